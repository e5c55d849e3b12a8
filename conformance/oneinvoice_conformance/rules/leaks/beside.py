"""Records of another organisation that stand in an answer, and not in its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.model.finding import Finding, failed
from oneinvoice_conformance.records.finder import Record, unwrapped
from oneinvoice_conformance.records.identity import is_distinctive
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.listing import WHOLE
from oneinvoice_conformance.rules.places.answers import pointer_to, told_record
from oneinvoice_conformance.session.pages import Page, RecordList
from oneinvoice_conformance.session.two_lists import without_fields
from oneinvoice_conformance.wording import are

Side = tuple[str, bool]  # endpoint, and whether it is the other organisation's
_DEPTH = 8  # of objects and lists in an answer that are looked at


@dataclass(frozen=True)
class Foreign:
    """Records that only the other organisation lists, as canonical texts without the `moving` fields."""

    texts: Set[str]
    moving: Set[str]


def foreign_objects(
    sides: Mapping[Side, tuple[RecordList, RecordList]], moving: Mapping[Side, Set[str]], *, is_other: bool
) -> Mapping[str, Foreign]:
    """Return, by endpoint, the records that only another organisation lists, without what differs between answers."""
    found = {}
    for name in ENDPOINTS:
        fields = moving[name, is_other]
        asker, other = (
            {canonical(without_fields(record, fields)) for record in side.by_text.values()}
            for side in sides[name, is_other]
        )
        found[name] = Foreign(frozenset(other - asker), fields)
    return found


def leak_beside_the_list(page: Page, foreign: Mapping[str, Foreign]) -> Finding | None:
    """Return a failure if records that only the other organisation lists stand elsewhere in the answer; else None."""
    if page.is_end or page.exchange.body.size > WHOLE:  # of which not all is kept
        return None
    own = {id(record) for record in page.records}
    found = [
        (endpoint, record)
        for record in objects_in(page.exchange.json())
        if id(record) not in own
        for endpoint, known in foreign.items()
        if (rest := without_fields(unwrapped(record), known.moving)) and canonical(rest) in known.texts
        if is_distinctive(rest, endpoint)
    ]
    if not found:
        return None
    some = f"{len(found)} of the other organisation's {found[0][0]} {are(len(found))} shown"
    reason = f"{some} by {page.exchange.request}, beside or within the records of its list"
    place = pointer_to(page.exchange.json(), found[0][1])
    seen = f"{told_record(found[0][1], found[0][0])}, which only the other organisation's key lists"
    return failed(reason, page.exchange, certain=True).at(page.exchange, place, "nothing of another organisation", seen)


def objects_in(value: Any, depth: int = _DEPTH) -> Iterator[Record]:
    """Yield the objects in a JSON value."""
    if isinstance(value, dict):
        yield value
    if depth and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from objects_in(inner, depth - 1)
