"""Two lists: which records two organisations' lists share, by all of their fields or by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence, Set

from oneinvoice_conformance.records.finder import Record
from oneinvoice_conformance.records.identity import identities, identity_name, is_distinctive
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.names import blank
from oneinvoice_conformance.session.list_reader import are_alike
from oneinvoice_conformance.session.pages import Page, RecordList

_DETAILS = 5  # fields: an id, a status and three more
_OWN = 3  # records, of which it is seen what differs from answer to answer


def ids_are_local(asker: RecordList, other: RecordList, endpoint: str, moving: Set[str] = frozenset()) -> bool:
    """Tell whether each organisation numbers its records for itself, so that ids repeat across both but not within one.

    Then most ids that both have are of different records, and equal records may be data that both were filled with. A
    leaked record would bring an id that another record of the list has. Fields that are `moving` from answer to answer
    tell nothing.
    """
    asker_records, other_records = (list(side.by_text.values()) for side in (asker, other))
    if any(len(set(identities(records, endpoint))) < len(records) for records in (asker_records, other_records)):
        return False
    pairs = (
        (without_fields(one, moving), without_fields(two, moving))
        for one, two in same_id_pairs(asker_records, other_records, endpoint)
    )
    are_same = [one == two or hardly_differ(one, two, endpoint) for one, two in pairs]
    return are_same.count(False) > are_same.count(True)


def ids_are_global(asker: RecordList, other: RecordList, endpoint: str) -> bool:
    """Tell whether hardly an id is in both lists, and none of them of two different records.

    Organisations that number their records for themselves have most numbers in common.
    """
    asker_records, other_records = (list(side.by_text.values()) for side in (asker, other))
    if any(identity_name(records, endpoint) is None for records in (asker_records, other_records)):
        return False
    pairs = list(same_id_pairs(asker_records, other_records, endpoint))
    fewer = min(len(asker_records), len(other_records))
    return all(one == two for one, two in pairs) and len(pairs) * 2 < fewer


def is_detailed(record: Record) -> bool:
    """Tell whether a record shows so much beside an id and a status that another is hardly equal by chance."""
    return sum(not blank(value) for value in record.values()) >= _DETAILS


def shared_records(asker: RecordList, other: RecordList) -> list[Record]:
    others = other.by_text
    return [record for text, record in asker.by_text.items() if text in others]


def similar_records(records: list[Record], others: list[Record], endpoint: str) -> list[Record]:
    """Return the records that have the id of one of the others and hardly differ from it, as by a time of reading."""
    return [
        record for record, other in same_id_pairs(records, others, endpoint) if hardly_differ(record, other, endpoint)
    ]


def same_id_pairs(records: list[Record], others: list[Record], endpoint: str) -> Iterator[tuple[Record, Record]]:
    """Yield each record with that of the others which has the same id."""
    by_id = dict(zip(identities(others, endpoint), others, strict=True))
    for key, record in zip(identities(records, endpoint), records, strict=True):
        if key in by_id:
            yield record, by_id[key]


def hardly_differ(one: Record, two: Record, endpoint: str) -> bool:
    """Tell whether three in four fields are equal, and these hold a text that two organisations hardly share."""
    equal = _equal_fields(one, two)
    return len(equal) * 4 >= max(len(one), len(two)) * 3 and is_distinctive(equal, endpoint)


def _equal_fields(one: Record, two: Record) -> Record:
    return {name: value for name, value in one.items() if name in two and two[name] == value}


def are_equal(asker: RecordList, other: RecordList) -> bool:
    return sorted(map(canonical, asker.records)) == sorted(map(canonical, other.records))


def same_but_for(moving: Set[str], records: list[Record], others: list[Record], endpoint: str) -> list[Record]:
    """Return the records that equal the one of the others with their id, but for these fields, of which there are."""
    return [
        record
        for record, theirs in same_id_pairs(records, others, endpoint)
        if moving
        and (rest := without_fields(record, moving)) == without_fields(theirs, moving)
        and is_distinctive(rest, endpoint)
    ]


def same_but_for_id(asker: RecordList, other: RecordList, endpoint: str, moving: Set[str]) -> list[Record]:
    """Return the asker's records that equal one of the other's but for their ids and what is moving anyway."""
    name = identity_name(asker.records, endpoint)
    if name is None or name != identity_name(other.records, endpoint):
        return []
    fields = {name, *moving}
    theirs = {canonical(without_fields(record, fields)) for record in other.records}
    pairs = ((record, without_fields(record, fields)) for record in asker.records)
    return [
        record
        for record, rest in pairs
        if canonical(rest) in theirs and is_detailed(record) and is_distinctive(rest, endpoint)
    ]


def moving_fields(pages: Sequence[Page], asker: RecordList) -> Set[str]:
    """Return the fields that differ in most records of a page from what the list of the same key shows of them.

    Of two that have little in common but the id, that may be the number of a row, and the records others.
    """
    moving: set[str] = set()
    for page in {page.exchange.body: page for page in pages}.values():
        endpoint = page.exchange.request.endpoint
        by_id = list(same_id_pairs(page.records, asker.records, endpoint))
        if all(one == two for one, two in by_id):
            continue
        pairs = [pair for pair in by_id if are_alike(*pair) and is_distinctive(_equal_fields(*pair), endpoint)]
        names = Counter(
            name for one, two in pairs for name in one.keys() | two.keys() if one.get(name) != two.get(name)
        )
        moving |= {name for name, count in names.items() if len(pairs) >= _OWN and count * 2 > len(pairs)}
    return moving - {"status"}


def without_fields(record: Record, names: Set[str]) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def only_in_first(asker: RecordList, other: RecordList) -> Set[str]:
    """Return the canonical texts of the records that only the first of the lists has."""
    return asker.by_text.keys() - other.by_text.keys()
