"""Bodies of answers, kept so that they take little memory however long and many they are.

Equal bodies are kept once, and those beyond a budget in a temporary file without a name, which is gone with the process
however that ends. What their JSON holds is kept for those that were looked at last, and made anew for others.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import weakref
from collections import OrderedDict

from oneinvoice_conformance.records.listing import Listing

_IN_MEMORY = 16 * 2**20  # bytes of different bodies; a usual run has 4 MiB
_LOOKED_AT = 12 * 2**20  # bytes of bodies whose JSON is kept, which takes some eight times the room


class Body:
    """Body as it came, without any transfer or content coding. `is_cut` says that it goes on behind what was read."""

    def __init__(self, content: bytes = b"", *, is_cut: bool = False) -> None:
        self.size = len(content)
        self.is_cut = is_cut
        self._digest = _digest(content)
        self._content: bytes | None = content
        self._listings: dict[tuple[str, str | None], Listing] = {}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and (self._digest, self.is_cut) == (other._digest, other.is_cut)

    def __hash__(self) -> int:
        return hash(self._digest)

    def read(self, most: int | None = None) -> bytes:
        """Return the bytes, or so many of the first."""
        assert self._content is not None
        return self._content[:most]

    def listing(self, endpoint: str, path: str | None = None) -> Listing:
        """Return what it holds for an endpoint, whose list is at that path if it is known."""
        if (endpoint, path) not in self._listings:
            self._listings[endpoint, path] = Listing(self.read(), endpoint, path, is_cut=self.is_cut)
        return self._listings[endpoint, path]


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


EMPTY = Body()


class _StoredBody(Body):
    """Body of a store, which has its bytes in memory or, at `offset`, in its file."""

    def __init__(self, store: BodyStore, content: bytes, *, is_cut: bool) -> None:
        super().__init__(content, is_cut=is_cut)
        self._store = store
        self._offset = 0

    def spill(self, offset: int) -> None:
        """Let go of the bytes, which are in the file at that offset."""
        self._content, self._offset = None, offset

    def read(self, most: int | None = None) -> bytes:
        if self._content is not None:
            return super().read(most)
        return self._store.read(self._offset, self.size if most is None else min(most, self.size))

    def listing(self, endpoint: str, path: str | None = None) -> Listing:
        is_new = (endpoint, path) not in self._listings
        listing = super().listing(endpoint, path)
        self._store.looked_at(self, listing.weight if is_new else 0)
        return listing

    def forget(self) -> None:
        """Let go of what it holds."""
        self._listings.clear()


class BodyStore:
    """Store of bodies, equal ones kept once. Not safe for use by several threads at once."""

    def __init__(self, in_memory: int = _IN_MEMORY) -> None:
        self._room = in_memory
        self._bodies: dict[Body, Body] = {}
        self._looked_at: OrderedDict[_StoredBody, int] = OrderedDict()
        self._looked_at_bytes = 0
        self._file: int | None = None
        self._end = 0

    def keep(self, content: bytes, *, is_cut: bool = False) -> Body:
        """Return the body of that content. Raises `OSError` where there is no room for it."""
        if not content and not is_cut:
            return EMPTY
        body = _StoredBody(self, content, is_cut=is_cut)
        if body in self._bodies:
            return self._bodies[body]
        if body.size > self._room:
            body.spill(self._write(content))
        else:
            self._room -= body.size
        self._bodies[body] = body
        return body

    def looked_at(self, body: _StoredBody, more: int) -> None:
        """Note that a body is looked at, and holds so many bytes more; have those forget that were not for long."""
        self._looked_at[body] = self._looked_at.get(body, 0) + more
        self._looked_at.move_to_end(body)
        self._looked_at_bytes += more
        while self._looked_at_bytes > _LOOKED_AT and len(self._looked_at) > 1:
            oldest, size = self._looked_at.popitem(last=False)
            self._looked_at_bytes -= size
            oldest.forget()

    def read(self, offset: int, size: int) -> bytes:
        """Return bytes of the file."""
        assert self._file is not None
        return os.pread(self._file, size, offset)

    def _write(self, content: bytes) -> int:
        """Write a body behind the others, and return its offset."""
        if self._file is None:
            with tempfile.TemporaryFile() as file:
                self._file = os.dup(file.fileno())
            weakref.finalize(self, os.close, self._file)
        offset = self._end
        rest = memoryview(content)
        while rest:
            written = os.pwrite(self._file, rest, self._end)
            self._end += written
            rest = rest[written:]
        return offset
