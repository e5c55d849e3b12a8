"""Listing: the JSON of a body, and the one list of records that it holds for an endpoint."""

from __future__ import annotations

import io
from functools import cached_property
from typing import Any

from oneinvoice_conformance.records.abridged import abridged, shallow
from oneinvoice_conformance.records.finder import NoList, Record, find_list, path_of_list
from oneinvoice_conformance.records.identity import identities, identity_name
from oneinvoice_conformance.records.json_text import TooDeep, canonical, decoded, foreign_encoding, parse
from oneinvoice_conformance.records.long_json import Beginning, parse_long

WHOLE = 2 * 2**20  # bytes; of a longer body only the first records are kept


class NotJSON(ValueError):
    """Raised where a body is not JSON (RFC 8259); its text says why."""


class Listing:
    """JSON of a body, and the list of records in it, abridged; of a body that is long, or `is_cut`, the first records.

    `weight` is how many bytes its values took in the text.
    """

    def __init__(self, body: bytes, endpoint: str, path: str | None = None, *, is_cut: bool = False) -> None:
        self.endpoint = endpoint
        self._path = path
        # Why it may hold more than can be seen, if it may.
        self._unread = f"it goes on behind the {len(body) >> 20} MiB that were read of it" if is_cut else None
        self.weight = len(body)
        self._value: Any = None
        self._problem: str | None = None
        try:
            self._read(body, is_cut=is_cut)
        except ValueError as error:
            self._problem = str(error)

    def _read(self, body: bytes, *, is_cut: bool) -> None:
        """Read the JSON. Raises `ValueError`, whose text says what is wrong."""
        try:
            self._read_as_deep_as_it_is(body, is_cut=is_cut)
        except TooDeep:
            rest = shallow(decoded(body)).encode("utf-8", "surrogatepass")
            self.weight = len(rest)
            self._read_as_deep_as_it_is(rest, is_cut=is_cut)

    def _read_as_deep_as_it_is(self, body: bytes, *, is_cut: bool) -> None:
        if is_cut or (len(body) > WHOLE and not foreign_encoding(body)):
            beginnings: list[Beginning] = []
            self._value = parse_long(io.BytesIO(body), lambda path: _kept(beginnings), is_cut=is_cut)
            self.weight = sum(each.characters for each in beginnings)
        else:
            self._value = parse(body)

    def json(self) -> Any:
        """Return the JSON value, of which long lists may have lost their ends. Raises `NotJSON`."""
        if self._problem is not None:
            raise NotJSON(self._problem)
        return self._value

    @cached_property
    def _found(self) -> list[Record] | NotJSON | NoList:
        try:
            records = find_list(self.json(), self.endpoint, self._path)
            if not isinstance(records, Beginning):  # whose records are so already
                records[:] = map(abridged, records)
            return records
        except (NotJSON, NoList) as error:
            if self._unread:  # and may hold anything
                seen, entry = (error.seen, error.entry) if isinstance(error, NoList) else (str(error), "")
                return NoList(f"{self._unread}, and {seen}", entry=entry, ambiguous=True)
            return error

    @property
    def records(self) -> list[Record]:
        """Records of the one list, of a long one the first. Raises `NotJSON` or `NoList`."""
        if isinstance(self._found, list):
            return self._found
        raise self._found.with_traceback(None)

    @cached_property
    def path(self) -> tuple[str, ...]:
        """Names on the way to the one list. Raises as `records` does."""
        return path_of_list(self.json(), self.endpoint, self._path)

    @property
    def count(self) -> int:
        """Number of records that came, all of which may not be kept. Raises as `records` does."""
        return self.records.total if isinstance(self.records, Beginning) else len(self.records)

    @property
    def is_whole(self) -> bool:
        """Tell whether all records are kept. Raises as `records` does."""
        return not isinstance(self.records, Beginning) or self.records.is_whole

    @cached_property
    def texts(self) -> list[str]:
        """Records as canonical texts. Raises as `records` does."""
        return [canonical(record) for record in self.records]

    @cached_property
    def identified(self) -> bool:
        """Tell whether each record has an id. Raises as `records` does."""
        return identity_name(self.records, self.endpoint) is not None

    @cached_property
    def identities(self) -> list[str]:
        """Identities of the records, each its id or else its canonical text. Raises as `records` does."""
        return identities(self.records, self.endpoint) if self.identified else self.texts


def _kept(beginnings: list[Beginning]) -> Beginning:
    """Return the beginning of one more list."""
    beginnings.append(Beginning())
    return beginnings[-1]
