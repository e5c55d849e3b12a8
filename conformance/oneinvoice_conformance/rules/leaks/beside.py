"""Records of another organisation that stand in an answer, and not in its list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
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


def foreign_objects(
    sides: Mapping[Side, tuple[RecordList, RecordList]], moving: Mapping[Side, Set[str]], *, is_other: bool
) -> tuple[Mapping[str, str], Set[str]]:
    """Return the endpoint of each record that only another organisation lists, by its canonical text.

    And the fields without which that is, since they differ from answer to answer.
    """
    fields = frozenset[str]().union(*(moving[name, is_other] for name in ENDPOINTS))
    foreign: dict[str, str] = {}
    for name in ENDPOINTS:
        asker, other = (
            {canonical(without_fields(record, fields)) for record in side.by_text.values()}
            for side in sides[name, is_other]
        )
        foreign |= dict.fromkeys(other - asker, name)
    return foreign, fields


def leak_beside_the_list(page: Page, foreign: Mapping[str, str], moving: Set[str]) -> Finding | None:
    """Return a failure if records that only the other organisation lists stand elsewhere in the answer; else None."""
    if page.is_end or page.exchange.body.size > WHOLE:  # of which not all is kept
        return None
    own = {id(record) for record in page.records}
    found = [
        (foreign[text], record)
        for record in objects_in(page.exchange.json())
        if id(record) not in own and (rest := without_fields(unwrapped(record), moving))
        if (text := canonical(rest)) in foreign
    ]
    if not any(is_distinctive(record, endpoint) for endpoint, record in found):
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
