"""Tenant isolation: records are compared as a whole, since ids may repeat across organisations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from typing import Any, Unpack

from oneinvoice_conformance.documented import ENDPOINTS, FILTERS, MAX_PAGE_SIZE
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import NotJSON, Request
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.finder import NoList, Record, identities, identity_name, is_distinctive, unwrapped
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.records.listing import WHOLE
from oneinvoice_conformance.records.names import blank
from oneinvoice_conformance.rules.rule import audit, probe
from oneinvoice_conformance.session.pages import Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are

_DETAILS = 5  # fields: an id, a status and three more
_STATUSES_OF_EVENTS = {"quotes": ("sent", "rejected", "draft"), "invoices": ("sent", "draft")}
_OWN = 3  # records, of which it is seen what differs from answer to answer
_DEPTH = 8  # of objects and lists in an answer that are looked at
_ONE_ORGANISATION = "; or both keys are of one organisation"


@audit("ORG-1")
def unfiltered(context: RuleContext) -> Finding:
    """Judge every list of the run without a filter, whatever its paging, and of bad input too."""
    sides = {endpoint: _both_lists(context, endpoint) for endpoint in ENDPOINTS}
    shared = {endpoint: _shared(asker, other) for endpoint, (asker, other) in sides.items()}
    if all(asker.records and _are_equal(asker, other) for asker, other in sides.values()):
        evidence = [listing.pages[0].exchange for pair in sides.values() for listing in pair]
        return failed(f"both keys get the same members, quotes and invoices{_ONE_ORGANISATION}", *evidence)
    for endpoint, records in shared.items():
        asker, other = sides[endpoint]
        if any(is_distinctive(record, endpoint) for record in records) and not _ids_are_local(asker, other, endpoint):
            some = f"{len(records)} of the {endpoint} of one organisation {are(len(records))}"
            firsts = (asker.pages[0].exchange, other.pages[0].exchange)
            return failed(f"{some} listed to the other, whole", *firsts, certain=True)
        if any(map(_is_detailed, records)) and _ids_are_global(asker, other, endpoint):
            firsts = (asker.pages[0].exchange, other.pages[0].exchange)
            some = f"{len(records)} of the {endpoint} {are(len(records))} listed to both organisations by the same id"
            return failed(f"{some}, where all others differ in theirs", *firsts)
    for endpoint in ("quotes", "invoices"):  # which needn't be paged, and may be all the same
        context.page_if_thorough(endpoint, context.key(Role.OTHER), accepts_4xx=True, limit=MAX_PAGE_SIZE)
    _look(context, "members", limit=1)  # one record may be a query of its own
    leak = _find_leak(context, _lists_of_run(context, filtered=False), "without a filter")
    if leak and leak.outcome is Outcome.FAILED:
        return leak
    for endpoint, records in shared.items():
        if records:
            some = f"{len(records)} of the {endpoint} {are(len(records))} equal in both organisations"
            return inconclusive(
                f"{some}, by chance or since both were filled with the same data; use organisations with different data"
            )
    for endpoint, (asker, other) in sides.items():
        if finding := _resembling(context, endpoint, asker, other):
            return finding
    if leak:
        return leak
    _require_records(context)
    for asker, other in sides.values():
        asker.require_complete(), other.require_complete()
    return passed("no member, quote or invoice is listed to both organisations")


def _resembling(context: RuleContext, endpoint: str, asker: RecordList, other: RecordList) -> Finding | None:
    """Return the finding on records that are in both lists but for some fields; None if there are none."""
    if _ids_are_local(asker, other, endpoint):
        return None
    mine = [page for page in _lists_of_run(context, filtered=True) if _side(page) == (endpoint, False)]
    if same := _same_but_for(_moving_fields(mine, asker), asker.records, other.records, endpoint):
        some = f"{len(same)} of the {endpoint} of one organisation {are(len(same))} listed to the other"
        return failed(f"{some}, but for fields that differ from answer to answer", asker.pages[0].exchange)
    alike = _similar_records(asker.records, other.records, endpoint)
    return inconclusive(_resemblance(len(alike), endpoint), asker.pages[0].exchange) if alike else None


@audit("ORG-2")
def filtered(context: RuleContext) -> Finding:
    other_key = context.key(Role.OTHER)
    for endpoint, statuses in FILTERS.items():
        for status in statuses:
            context.read_list(endpoint, status=status)
        context.page(endpoint, other_key, status=statuses[0])
        more = dict.fromkeys((*statuses[1:], *_STATUSES_OF_EVENTS.get(endpoint, ())))
        for _ in context.ask_if_recorded(
            context.request(endpoint, other_key, accepts_4xx=True, status=status) for status in more
        ):
            pass  # the journal has it
        _look(context, endpoint, status=statuses[0], offset=len(_own_list(context, endpoint)))  # past its end
    return _judge_pages(context, _lists_of_run(context, filtered=True), "filtered")


@probe("ORG-3")
def past_the_end(context: RuleContext) -> Finding:
    pages = [
        end
        for endpoint in ENDPOINTS
        for listing in _both_lists(context, endpoint)
        if (end := listing.require_complete().end)
    ]
    pages += [page for endpoint in ENDPOINTS for page in _look(context, endpoint, **_beyond(context, endpoint))]
    return _judge_pages(context, pages, "past the end of the list")


def _lists_of_run(context: RuleContext, *, filtered: bool) -> list[Page]:
    """Return the lists that a valid key got in this run, for whatever rule, but those that ORG-3 judges."""
    ends = {end.exchange.request for name in ENDPOINTS for side in _both_lists(context, name) if (end := side.end)}
    ends |= {_unmetered(context, name, **_beyond(context, name)) for name in ENDPOINTS}
    pages = []
    for exchange in context.journal:
        if exchange.is_served and exchange.request not in ends and _matches(exchange.request, filtered=filtered):
            with suppress(NotJSON, NoList):
                exchange.records()
                pages.append(Page(exchange).beginning)
    return pages


def _look(context: RuleContext, endpoint: str, **query: Unpack[QueryParameters]) -> list[Page]:
    """Return the list that a key gets whose limit isn't measured, if it gets one; a recording may have no answer."""
    pages = []
    for answer in context.ask_if_recorded([_unmetered(context, endpoint, **query)]):
        with suppress(Undecided):
            pages.append(context.records(answer).beginning)
    return pages


def _unmetered(context: RuleContext, endpoint: str, **query: Unpack[QueryParameters]) -> Request:
    return context.request(endpoint, context.unmetered_key(), accepts_4xx=True, **query)


def _own_list(context: RuleContext, endpoint: str) -> RecordList:
    """Return the list of the organisation whose key `_look` asks with."""
    asker, other = _both_lists(context, endpoint)
    return other if context.unmetered_key().role is Role.OTHER else asker


def _beyond(context: RuleContext, endpoint: str) -> QueryParameters:
    """Return a query for what stands one record further than where the list ends, and is asked for anyway."""
    return {"offset": len(_own_list(context, endpoint)) + 1}


def _matches(request: Request, *, filtered: bool) -> bool:
    by_status = any(name == "status" for name, _ in request.query)
    return (
        request.credential.valid and request.version == "v1" and request.endpoint in ENDPOINTS and by_status is filtered
    )


def _both_lists(context: RuleContext, endpoint: str) -> tuple[RecordList, RecordList]:
    return context.read_list(endpoint), context.read_list(endpoint, context.key(Role.OTHER))


def _ids_are_local(asker: RecordList, other: RecordList, endpoint: str) -> bool:
    """Tell whether each organisation numbers its records for itself, so that ids repeat across both but not within one.

    Then most ids that both have are of different records, and equal records may be data that both were filled with. A
    leaked record would bring an id that another record of the list has.
    """
    asker_records, other_records = (list(side.by_text.values()) for side in (asker, other))
    if any(len(set(identities(records, endpoint))) < len(records) for records in (asker_records, other_records)):
        return False
    are_same = [
        one == two or _hardly_differ(one, two, endpoint)
        for one, two in _same_id_pairs(asker_records, other_records, endpoint)
    ]
    return are_same.count(False) > are_same.count(True)


def _ids_are_global(asker: RecordList, other: RecordList, endpoint: str) -> bool:
    """Tell whether hardly an id is in both lists, and none of them of two different records.

    Organisations that number their records for themselves have most numbers in common.
    """
    asker_records, other_records = (list(side.by_text.values()) for side in (asker, other))
    if any(identity_name(records, endpoint) is None for records in (asker_records, other_records)):
        return False
    pairs = list(_same_id_pairs(asker_records, other_records, endpoint))
    fewer = min(len(asker_records), len(other_records))
    return all(one == two for one, two in pairs) and len(pairs) * 2 < fewer


def _is_detailed(record: Record) -> bool:
    """Tell whether a record shows so much beside an id and a status that another is hardly equal by chance."""
    return sum(not blank(value) for value in record.values()) >= _DETAILS


def _require_records(context: RuleContext) -> None:
    """Raise `Undecided` where an organisation has nothing that could be listed to the other."""
    for endpoint in ENDPOINTS:
        for option, listing in zip(("--key", "--other-key"), _both_lists(context, endpoint), strict=True):
            if not listing.records:
                reason = f"the organisation of {option} has no {endpoint}, which decides nothing; create some"
                raise Undecided(inconclusive(reason, listing.pages[0].exchange))


def _shared(asker: RecordList, other: RecordList) -> list[Record]:
    others = other.by_text
    return [record for text, record in asker.by_text.items() if text in others]


def _similar_records(records: list[Record], others: list[Record], endpoint: str) -> list[Record]:
    """Return the records that have the id of one of the others and hardly differ from it, as by a time of reading."""
    return [
        record for record, other in _same_id_pairs(records, others, endpoint) if _hardly_differ(record, other, endpoint)
    ]


def _same_id_pairs(records: list[Record], others: list[Record], endpoint: str) -> Iterator[tuple[Record, Record]]:
    """Yield each record with that of the others which has the same id."""
    by_id = dict(zip(identities(others, endpoint), others, strict=True))
    for key, record in zip(identities(records, endpoint), records, strict=True):
        if key in by_id:
            yield record, by_id[key]


def _hardly_differ(one: Record, two: Record, endpoint: str) -> bool:
    """Tell whether three in four fields are equal, and these hold a text that two organisations hardly share."""
    equal = {name: value for name, value in one.items() if name in two and two[name] == value}
    return len(equal) * 4 >= max(len(one), len(two)) * 3 and is_distinctive(equal, endpoint)


def _resemblance(count: int, endpoint: str) -> str:
    look = "looks" if count == 1 else "look"
    return (
        f"{count} of the {endpoint} {look} like the other organisation's but for a field or two, which may change from "
        "answer to answer; use organisations with different data"
    )


def _are_equal(asker: RecordList, other: RecordList) -> bool:
    return sorted(map(canonical, asker.records)) == sorted(map(canonical, other.records))


def _judge_pages(context: RuleContext, pages: Sequence[Page], where: str) -> Finding:
    if leak := _find_leak(context, pages, where):
        return leak
    _require_records(context)
    for endpoint in ENDPOINTS:
        asker, other = _both_lists(context, endpoint)
        if not _only_in_first(asker, other) or not _only_in_first(other, asker):
            raise Undecided(
                inconclusive(
                    f"the {endpoint} of one organisation are all listed to both; create different ones in both"
                )
            )
    return passed(f"{len(pages)} answers held nothing of the other organisation")


def _find_leak(context: RuleContext, pages: Sequence[Page], where: str) -> Finding | None:
    """Return the first failure, else the first doubt, on pages with records that only the other organisation lists."""
    sides = {(endpoint, False): _both_lists(context, endpoint) for endpoint in ENDPOINTS}
    sides |= {(endpoint, True): (other, asker) for (endpoint, _), (asker, other) in sides.items()}
    foreign = {key: _only_in_first(other, asker) for key, (asker, other) in sides.items()}
    beside = {
        is_other: {text: name for name in ENDPOINTS for text in foreign[name, is_other]} for is_other in (False, True)
    }
    moving = {key: _moving_fields([page for page in pages if _side(page) == key], sides[key][0]) for key in sides}
    doubts = []
    for page in pages:
        key = _side(page)
        leaked = [record for text, record in zip(page.texts, page.records, strict=True) if text in foreign[key]]
        finding = _leak(page, leaked, *sides[key], where) if leaked else _doubt(page, *sides[key], moving[key])
        if not leaked:
            finding = _leak_beside_the_list(page, beside[key[1]]) or finding
        if finding and finding.certain:
            return finding
        doubts += [finding] if finding else []
    return next((each for each in doubts if each.outcome is Outcome.FAILED), doubts[0] if doubts else None)


def _leak(page: Page, leaked: Sequence[Record], asker: RecordList, other: RecordList, where: str) -> Finding:
    """Return the finding on a page with records that only the other organisation lists."""
    request = page.exchange.request
    some = f"{len(leaked)} of the {request.endpoint}"
    by_chance = _shared(asker, other) and _ids_are_local(asker, other, request.endpoint)
    is_proven = any(map(_is_detailed, leaked)) and _ids_are_global(asker, other, request.endpoint)
    if by_chance or not (is_proven or any(is_distinctive(record, request.endpoint) for record in leaked)):
        reason = f"{some} {are(len(leaked))} equal to some of the other's; use organisations with different data"
        return inconclusive(reason, page.exchange)
    whose = " to the sibling key; or that key is the other's" if request.credential.role == Role.SIBLING else ""
    reason = f"{some} of the other organisation {are(len(leaked))} listed {where}{whose}"
    return failed(reason, page.exchange, certain=True)


def _leak_beside_the_list(page: Page, foreign: Mapping[str, str]) -> Finding | None:
    """Return a failure if records that only the other organisation lists stand elsewhere in the answer; else None.

    `foreign` has the endpoint of each by its canonical text.
    """
    if page.is_end or page.exchange.body.size > WHOLE:  # of which not all is kept
        return None
    own = {id(record) for record in page.records}
    found = [
        (foreign[text], record)
        for record in _objects(page.exchange.json(), _DEPTH)
        if id(record) not in own and record and (text := canonical(unwrapped(record))) in foreign
    ]
    if not any(is_distinctive(record, endpoint) for endpoint, record in found):
        return None
    some = f"{len(found)} of the other organisation's {found[0][0]} {are(len(found))} shown"
    reason = f"{some} by {page.exchange.request}, beside or within the records of its list"
    return failed(reason, page.exchange, certain=True)


def _objects(value: Any, depth: int) -> Iterator[Record]:
    """Yield the objects in a JSON value."""
    if isinstance(value, dict):
        yield value
    if depth and isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner, depth - 1)


def _side(page: Page) -> tuple[str, bool]:
    """Return the endpoint of a page, and whether the other organisation's key got it; a second key is of the first."""
    request = page.exchange.request
    return request.endpoint, request.credential.role == Role.OTHER


def _doubt(page: Page, asker: RecordList, other: RecordList, moving: Set[str]) -> Finding | None:
    """Return a doubt if not all of the page is looked at, or more of it resembles the other's than the asker's."""
    endpoint = page.exchange.request.endpoint
    if not page.is_whole:
        return inconclusive(page.excess, page.exchange)
    if leaked := _leaked_but_for(moving, page, asker, other):
        some = f"{len(leaked)} of the {endpoint} of the other organisation {are(len(leaked))} listed by"
        reason = f"{some} {page.exchange.request}, but for fields that differ from answer to answer in all records"
        return failed(reason, page.exchange)
    alike = _similar_records(page.records, other.records, endpoint)
    if len(alike) > len(_similar_records(alike, asker.records, endpoint)):
        return inconclusive(_resemblance(len(alike), endpoint), page.exchange)
    return None


def _leaked_but_for(moving: Set[str], page: Page, asker: RecordList, other: RecordList) -> list[Record]:
    """Return the records that equal one of the other's and none of the asker's, but for fields such as a fresh link."""
    same = _same_but_for(moving, page.records, other.records, page.exchange.request.endpoint)
    kept = {canonical(_without(record, moving)) for record in asker.records} if same else set()
    return [record for record in same if canonical(_without(record, moving)) not in kept]


def _same_but_for(moving: Set[str], records: list[Record], others: list[Record], endpoint: str) -> list[Record]:
    """Return the records that equal the one of the others with their id, but for these fields, of which there are."""
    return [
        record
        for record, theirs in _same_id_pairs(records, others, endpoint)
        if moving and (rest := _without(record, moving)) == _without(theirs, moving) and is_distinctive(rest, endpoint)
    ]


def _moving_fields(pages: Sequence[Page], asker: RecordList) -> Set[str]:
    """Return the fields that differ in most records of a page from what the list of the same key shows of them."""
    moving: set[str] = set()
    for page in pages:
        pairs = list(_same_id_pairs(page.records, asker.records, page.exchange.request.endpoint))
        names = Counter(
            name for one, two in pairs for name in one.keys() | two.keys() if one.get(name) != two.get(name)
        )
        moving |= {name for name, count in names.items() if len(pairs) >= _OWN and count * 2 > len(pairs)}
    return moving - {"status"}


def _without(record: Record, names: Set[str]) -> Record:
    return {name: value for name, value in record.items() if name not in names}


def _only_in_first(asker: RecordList, other: RecordList) -> Set[str]:
    """Return the canonical texts of the records that only the first of the lists has."""
    return asker.by_text.keys() - other.by_text.keys()
