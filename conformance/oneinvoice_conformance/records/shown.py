"""Records of a list that stand in an answer which has to hold none, such as a refusal, in whatever form.

An error may echo what was sent, tell an id of the request, or show an example. So one value alone proves nothing: a
record is shown by three of its fields in one object, by two of its telling texts anywhere, or along with others.
"""

from __future__ import annotations

import html
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from oneinvoice_conformance.records.finder import Record, unwrapped
from oneinvoice_conformance.records.identity import identity_name, is_distinctive, telling_texts
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import blank

_DEPTH = 8  # of objects and lists in an answer that are looked at
_IN_COMMON = 3  # fields of one object
_TEXTS = 2  # telling texts of one record
_RECORDS = 3  # of which each shows a little


@dataclass(frozen=True, slots=True)
class Shown:
    """Record of an endpoint's list that an answer shows, and the number of those.

    `place` is the object or the text of the answer's JSON in which it stands, None in an answer without JSON, and
    `seen` what of the record stands there. Unless it `is_proven`, that may be something else.
    """

    endpoint: str
    record: Record
    count: int
    place: Any
    seen: Record | str
    is_proven: bool


class KnownRecords:
    """Records of one list, which are found elsewhere by their ids, their telling texts, and all that they hold."""

    def __init__(self, endpoint: str, records: Sequence[Record]) -> None:
        self._endpoint, self._records = endpoint, records
        self.names = {name for record in records for name in record}
        self._identity = identity_name(records, endpoint)
        self._telling = [telling_texts(record) for record in records]
        counts = Counter(text for texts in self._telling for text in texts)
        # What most records have tells of the organisation or of the API: a link, the name of a kind.
        usual = {text for text, count in counts.items() if count > 1 and count * 2 > len(records)}
        self._by: dict[str, set[int]] = defaultdict(set)
        for index, record in enumerate(records):
            self._telling[index] -= usual
            for key in (*self._telling[index], *self._whole(record)):
                self._by[key].add(index)

    def shown_in(self, value: Any) -> Shown | None:
        """Return what a JSON value, or the text of a body that is none, shows of them; None if nothing."""
        return self._in_objects(value) or self._in_texts(value)

    def _in_objects(self, value: Any) -> Shown | None:
        """Return what the objects of a JSON value show."""
        shown: dict[int, tuple[Any, Record]] = {}
        equal: dict[int, tuple[Any, Record]] = {}
        for place, item in _objects(value, _DEPTH):
            record = unwrapped(item)
            for index in {index for key in self._keys(record) for index in self._by.get(key, ())}:
                known = self._records[index]
                same = {
                    name: each
                    for name, each in known.items()
                    if name in record and record[name] == each and not blank(each)
                }
                if len(same) >= _IN_COMMON and is_distinctive(same, self._endpoint):
                    shown.setdefault(index, (place, same))
                elif same and record == known:
                    equal.setdefault(index, (place, same))
        if shown:
            return self._first(shown, is_proven=True)
        return self._first(equal, is_proven=len(equal) >= _RECORDS) if equal else None

    def _keys(self, record: Record) -> Iterator[str]:
        """Yield all by which a record may be found, but for the texts that tell nothing here."""
        yield from self._whole(record)
        yield from telling_texts(record)

    def _whole(self, record: Record) -> Iterator[str]:
        yield canonical(record)
        if self._identity and self._identity in record:
            yield f"{self._identity} {record[self._identity]}"

    def _in_texts(self, value: Any) -> Shown | None:
        """Return what the texts of a JSON value show, or the text of a body."""
        found: dict[int, tuple[Any, list[str]]] = {}
        for place, text in _texts(value, _DEPTH):
            for index, telling in enumerate(self._telling):
                if texts := [each for each in sorted(telling) if each in text]:
                    first, before = found.get(index, (place, []))
                    found[index] = first, [*before, *texts]
        if not found:
            return None
        detailed = {index: each for index, each in found.items() if len(set(each[1])) >= _TEXTS}
        best = detailed or found
        told = {index: (place, " and ".join(dict.fromkeys(texts))) for index, (place, texts) in best.items()}
        return self._first(told, is_proven=bool(detailed) or len(found) >= _RECORDS)

    def _first(self, shown: dict[int, Any], *, is_proven: bool) -> Shown:
        index, (place, seen) = next(iter(shown.items()))
        return Shown(self._endpoint, self._records[index], len(shown), place, seen, is_proven)


def objects_in(value: Any) -> list[Record]:
    """Return the objects in a JSON value, and in its texts that are JSON, without what is usual round a record."""
    return [unwrapped(item) for _, item in _objects(value, _DEPTH)]


def _objects(value: Any, depth: int, place: Any = None) -> Iterator[tuple[Any, Record]]:
    """Yield the objects in a JSON value, inner ones first, each with itself or the text that has it as the place."""
    if isinstance(value, str) and depth and value.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError, RecursionError):
            yield from _objects(json.loads(value), depth - 1, value if place is None else place)
    for inner in _inner(value) if depth else ():
        yield from _objects(inner, depth - 1, place)
    if isinstance(value, dict):
        yield (value if place is None else place), value


def _texts(value: Any, depth: int) -> Iterator[tuple[Any, str]]:
    """Yield the texts in a JSON value, with themselves as the place, and what they are as HTML."""
    if isinstance(value, str):
        yield value, html.unescape(value)
    elif depth:
        for inner in _inner(value):
            yield from _texts(inner, depth - 1)


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
