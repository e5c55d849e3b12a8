"""Exchange that passed through, as it is judged and archived."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field
from typing import IO, Any

from oneinvoice_conformance.http.failure import Failure
from oneinvoice_conformance.http.transport import BODY_LIMIT

_IN_MEMORY = 2**20  # bytes of a body; what is longer is on disk

Pairs = tuple[tuple[str, str], ...]


class Copy:
    """Copy of a body, of `size` bytes, of which no more than `BODY_LIMIT` are kept, in memory or on the disk."""

    def __init__(self) -> None:
        self._beginning = bytearray()
        self._file: IO[bytes] | None = None
        self.size = 0

    def add(self, content: bytes) -> None:
        """Take the next bytes. Raises `OSError` where there is no room for them on the disk."""
        kept = content[: max(0, BODY_LIMIT - self.size)]
        self.size += len(content)
        if self._file is None and len(self._beginning) + len(kept) > _IN_MEMORY:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # `close` ends it
        if self._file is None:
            self._beginning += kept
        else:
            self._file.write(kept)

    @property
    def in_memory(self) -> int:
        return len(self._beginning)

    @property
    def is_cut(self) -> bool:
        return self.size > BODY_LIMIT

    def read(self) -> bytes:
        """Return what is kept."""
        if self._file is None:
            return bytes(self._beginning)
        self._file.seek(0)
        return bytes(self._beginning) + self._file.read()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process gets: all in memory."""
        return {"_beginning": self.read(), "_file": None, "size": self.size}


@dataclass(slots=True)
class Observed:
    """Request of a client, and the deployment's answer; `status` is 0 and `failure` tells why where none came whole.

    `started` is in seconds since 1970, `seconds` how long the answer took to its end. `is_of_deployment` says that the
    failure is the deployment's, and not the client's who left.
    """

    number: int
    method: str
    target: str
    request_headers: Pairs = field(repr=False, default=())
    request_body: Copy = field(default_factory=Copy)
    status: int = 0
    reason: str = ""
    headers: Pairs = ()
    body: Copy = field(default_factory=Copy)
    failure: Failure | None = None
    is_of_deployment: bool = True
    started: float = field(default_factory=time.time)
    begun: float = field(default_factory=time.monotonic)
    seconds: float = 0.0
    has_ended: bool = False

    def end(self, failure: Failure | None = None, *, is_of_deployment: bool = True) -> None:
        """Note that it has ended, by a failure if one is given; what happens to its connections later is none of it."""
        if self.has_ended:
            return
        self.has_ended = True
        self.seconds = time.monotonic() - self.begun
        self.failure, self.is_of_deployment = failure, is_of_deployment

    @property
    def in_memory(self) -> int:
        """The bytes of the bodies that are in memory."""
        return self.request_body.in_memory + self.body.in_memory

    def close(self) -> None:
        """Forget the bodies."""
        self.request_body.close()
        self.body.close()
