"""Records that both organisations list, but for fields that differ from answer to answer, or for their ids."""

from __future__ import annotations

from collections.abc import Sequence, Set

from oneinvoice_conformance.documented import FILTERS
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive
from oneinvoice_conformance.records.finder import Record, status_of
from oneinvoice_conformance.records.identity import identity_name
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.rules.places.answers import at_record, told_record
from oneinvoice_conformance.session.list_reader import are_alike
from oneinvoice_conformance.session.pages import RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.session.two_lists import (
    ids_are_local,
    same_but_for,
    same_but_for_id,
    similar_records,
    without_fields,
)
from oneinvoice_conformance.wording import are


def resembling(
    context: RuleContext, endpoint: str, asker: RecordList, other: RecordList, moving: Set[str]
) -> Finding | None:
    """Return the finding on records that are in both lists but for some fields; None if there are none.

    The asker's show others in the `moving` fields from answer to answer.
    """
    if ids_are_local(asker, other, endpoint, moving):
        return _equal_but_for_ids(context, endpoint, same_but_for_id(asker, other, endpoint, moving), moving)
    if same := same_but_for(moving, asker.records, other.records, endpoint):
        some = f"{len(same)} of the {endpoint} of one organisation {are(len(same))} listed to the other"
        found = failed(f"{some}, but for fields that differ from answer to answer", asker.pages[0].exchange)
        seen = f"{told_record(same[0], endpoint)}, which both keys list but for those"
        return at_record(found, asker.exchanges, same[0], "records that no other organisation lists", seen)
    alike = similar_records(asker.records, other.records, endpoint)
    return inconclusive(resemblance(len(alike), endpoint), asker.pages[0].exchange) if alike else None


def _equal_but_for_ids(context: RuleContext, endpoint: str, same: Sequence[Record], moving: Set[str]) -> Finding | None:
    """Return the finding on records that both organisations list under ids of their own; None if there are none.

    Both may be filled with the same data. What the plain list alone shows, and no filter by the status that it shows,
    isn't the asker's.
    """
    if not same:
        return None
    name = identity_name(same, endpoint)
    assert name is not None
    some = f"{len(same)} of the {endpoint} {are(len(same))} equal in both organisations but for their ids"
    for status in FILTERS[endpoint]:
        listing = context.read_list(endpoint, status=status)
        rests = {canonical(without_fields(record, {name, *moving})) for record in listing.records}
        by_id = {record.get(name): record for record in listing.records}
        alone = [
            record
            for record in same
            if status_of(record) == status and canonical(without_fields(record, {name, *moving})) not in rests
            if not are_alike(record, by_id.get(record[name], {}))  # it may be shown otherwise under a filter
        ]
        if alone and listing.complete and listing.records:
            plain = context.read_list(endpoint)
            found = failed(f"{some}, and {len(alone)} of them are not listed by status={status}", *plain.exchanges[:1])
            seen = f"{told_record(alone[0], endpoint)}, which the other organisation lists under another id"
            return at_record(found, plain.exchanges, alone[0], "a record of the key's own organisation", seen)
    return inconclusive(
        f"{some}, since these are of both, or both were filled with the same data; see whether that is so, or use "
        "organisations with different data"
    )


def resemblance(count: int, endpoint: str) -> str:
    look = "looks" if count == 1 else "look"
    return (
        f"{count} of the {endpoint} {look} like the other organisation's but for a field or two, which may change from "
        "answer to answer; use organisations with different data"
    )
