"""Records of a list that stand in an answer which has to hold none, such as a refusal, in whatever form.

An error may echo what was sent, tell an id of the request, or show an example. So one value alone proves nothing: a
record is shown by three of its fields in one object, by two of its telling texts anywhere, or along with others. A text
that two records have, such as a link to their list or the address of who made them, tells of neither.
"""

from __future__ import annotations

import html
import json
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from oneinvoice_conformance.records.finder import Record, unwrapped
from oneinvoice_conformance.records.identity import identities, identity_name, is_distinctive, telling_texts
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import blank

_DEPTH = 8  # of objects and lists in an answer that are looked at
_IN_COMMON = 3  # fields of one object
_TEXTS = 2  # telling texts of one record
_RECORDS = 3  # of which each shows a little; and fewer don't tell what all have in common
_LOOKED_AT = 256 * 2**10  # characters of the texts of an answer
_PIECE = 8  # characters, which the shortest telling text has

Page = tuple[Hashable, Sequence[Record]]  # records that one answer lists, with what stands for the key that got it


@dataclass(frozen=True, slots=True)
class Shown:
    """Record of an endpoint's list that an answer shows, and the number of those.

    `place` is the object or the text of the answer's JSON in which it stands, None in an answer without JSON, and
    `seen` the fields of the record that stand there. Unless it `is_proven`, that may be something else.
    """

    endpoint: str
    record: Record
    count: int
    place: Any
    seen: Record
    is_proven: bool


class KnownRecords:
    """Records of an endpoint, which are found elsewhere by their ids, their telling texts, and all that they hold."""

    def __init__(self, endpoint: str, pages: Sequence[Page]) -> None:
        self.endpoint = endpoint
        self._identity = identity_name([record for _, records in pages for record in records], endpoint)
        self._records: list[Record] = []
        self._indices: dict[str, int] = {}  # by canonical text
        groups = self._merge(pages)
        self.forms = {frozenset(record) for record in self._records}  # names of fields
        self._telling = [telling_texts(record) for record in self._records]
        self._shared: set[str] = set()
        among_many: set[int] = set()
        for group in groups:
            same = identities([self._records[index] for index in group], endpoint)
            self._shared.update(self._held_by_several(dict(zip(group, same, strict=True))))
            among_many.update(group if len(set(same)) >= _RECORDS else ())
        self._among_few = set(range(len(self._records))) - among_many
        self._by: dict[str, set[int]] = defaultdict(set)
        for text, index in self._indices.items():
            self._telling[index] -= self._shared
            for key in (text, *self._telling[index], *self._id(self._records[index])):
                self._by[key].add(index)
        self._longest_first = sorted(set().union(*self._telling), key=lambda text: (-len(text), text))

    def _merge(self, pages: Sequence[Page]) -> Iterable[Iterable[int]]:
        """Keep each record once; return the indices of those that are known to be different, or the same by their ids.

        These are the records of one key. Without ids they are those of one page, since a later one may have a record
        again with another row or link in it.
        """
        groups: dict[Hashable, dict[int, None]] = defaultdict(dict)
        for number, (key, records) in enumerate(pages):
            for record in records:
                index = self._indices.setdefault(canonical(record), len(self._records))
                if index == len(self._records):
                    self._records.append(record)
                groups[key if self._identity else number][index] = None
        return groups.values()

    def _held_by_several(self, same: Mapping[int, str]) -> Iterator[str]:
        """Yield the texts of several records, of which `same` has what tells them apart."""
        holder: dict[str, str] = {}
        for index, identity in same.items():
            for text in self._telling[index]:
                if holder.setdefault(text, identity) != identity:
                    yield text

    @property
    def are_few(self) -> bool:
        """Tell whether a key has too few to see what all have in common."""
        return bool(self._among_few)

    def shown_in(self, value: Any) -> Shown | None:
        """Return what a JSON value, or the text of a body that is none, shows of them; None if nothing."""
        return self._in_objects(value) or self._in_texts(value)

    def _in_objects(self, value: Any) -> Shown | None:
        """Return what the objects of a JSON value show."""
        shown: dict[str, Shown] = {}
        equal: dict[str, Shown] = {}
        for place, item in _objects(value, _DEPTH):
            record = unwrapped(item)
            for index in sorted({index for key in self._keys(record) for index in self._by.get(key, ())}):
                known = self._records[index]
                same = {
                    name: each
                    for name, each in known.items()
                    if name in record and record[name] == each and not blank(each)
                }
                found = Shown(self.endpoint, known, 1, place, same, True)
                if len(same) >= _IN_COMMON and is_distinctive(self._own(same), self.endpoint):
                    shown.setdefault(canonical(record), found)
                elif same and record == known:
                    equal.setdefault(canonical(record), found)
        found_in = shown or equal
        if not found_in:
            return None
        first = next(iter(found_in.values()))
        return replace(first, count=len(found_in), is_proven=bool(shown) or len(equal) >= _RECORDS)

    def _own(self, fields: Record) -> Record:
        """Return the fields but for those that hold nothing but texts of several records."""
        texts = {name: telling_texts({name: value}) for name, value in fields.items()}
        return {name: value for name, value in fields.items() if not texts[name] or texts[name] - self._shared}

    def _keys(self, record: Record) -> Iterator[str]:
        """Yield all by which a record may be found, but for the texts that tell nothing here."""
        yield canonical(record)
        yield from self._id(record)
        yield from telling_texts(record)

    def _id(self, record: Record) -> Iterator[str]:
        if self._identity and self._identity in record:
            yield f"{self._identity} {record[self._identity]}"

    def _in_texts(self, value: Any) -> Shown | None:
        """Return what the texts of a JSON value show, or the text of a body."""
        places = list(_first_texts(value))
        at = self._positions("\n".join(text for _, text in places))
        found: dict[int, set[str]] = defaultdict(set)
        for text in at:  # the longest first
            for index in self._by[text]:
                if not any(text in longer for longer in found[index]):
                    found[index].add(text)
        if not found:
            return None
        detailed = {index: texts for index, texts in found.items() if len(texts) >= _TEXTS}
        among_many = {index: texts for index, texts in found.items() if index not in self._among_few}
        is_proven = not among_many.keys().isdisjoint(detailed) or _different(among_many.values()) >= _RECORDS
        best = detailed or found
        if is_proven:
            best = {index: texts for index, texts in best.items() if index in among_many}
        first = min(best, key=lambda index: min(at[text] for text in best[index]))
        record, texts = self._records[first], best[first]
        place = next((place for place, text in places if any(each in text for each in texts)), None)
        seen = {name: inner for name, inner in record.items() if telling_texts({name: inner}) & texts}
        return Shown(self.endpoint, record, _different(best.values()), place, seen, is_proven)

    def _positions(self, text: str) -> dict[str, int]:
        """Return where in a text each telling text stands that is no part of a longer one there."""
        pieces = {text[start : start + _PIECE] for start in range(len(text) - _PIECE + 1)}
        positions = {}
        for each in self._longest_first:
            if each[:_PIECE] in pieces and each[-_PIECE:] in pieces and (position := text.find(each)) >= 0:
                positions[each] = position
                text = text.replace(each, "\0" * len(each))
        return positions


def _different(found: Iterable[Set[str]]) -> int:
    """Return the number of records by the texts that show them: one that is known in two forms counts once."""
    seen: set[str] = set()
    count = 0
    for texts in found:
        count += seen.isdisjoint(texts)
        seen |= texts
    return count


def unwrapped_objects(value: Any) -> list[Record]:
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


def _first_texts(value: Any) -> Iterator[tuple[Any, str]]:
    """Yield the first texts in a JSON value, as far as they are looked at."""
    room = _LOOKED_AT
    for place, text in _texts(value, _DEPTH):
        yield place, text[:room]
        room -= len(text)
        if room <= 0:
            break


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
