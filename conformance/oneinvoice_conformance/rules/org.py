"""Tenant isolation: records are compared as a whole, since ids may repeat across organisations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import suppress
from typing import Unpack

from oneinvoice_conformance.documented import ENDPOINTS, FILTERS, MAX_PAGE_SIZE
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.exchange import NotJSON, Request
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.finder import NoList, Record
from oneinvoice_conformance.records.identity import identity_name, is_distinctive
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.rules.leaks.beside import Side, foreign_objects, leak_beside_the_list, objects_in
from oneinvoice_conformance.rules.leaks.resembling import resemblance, resembling
from oneinvoice_conformance.rules.places.answers import at_record, told_record
from oneinvoice_conformance.rules.rule import Step, audit, probe
from oneinvoice_conformance.session.pages import Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.session.two_lists import (
    are_equal,
    ids_are_global,
    ids_are_local,
    is_detailed,
    moving_fields,
    only_in_first,
    same_but_for,
    shared_records,
    similar_records,
    without_fields,
)
from oneinvoice_conformance.wording import are, counted

_STATUSES_OF_EVENTS = {"quotes": ("sent", "rejected", "draft"), "invoices": ("sent", "draft")}
_IN_COMMON = 3  # fields, its id included
_DELIVERED = ("quotes", "invoices")
_ONE_ORGANISATION = "; or both keys are of one organisation"


@audit("ORG-1")
def unfiltered(context: RuleContext) -> Finding:
    """Judge every list of the run without a filter, whatever its paging, and of bad input too."""
    sides = {endpoint: _both_lists(context, endpoint) for endpoint in ENDPOINTS}
    shared = {endpoint: shared_records(asker, other) for endpoint, (asker, other) in sides.items()}
    if all(asker.records and are_equal(asker, other) for asker, other in sides.values()):
        evidence = [listing.pages[0].exchange for pair in sides.values() for listing in pair]
        same = f"both keys get the same members, quotes and invoices{_ONE_ORGANISATION}"
        mine, theirs = sides["members"]
        return _shown_to_both(failed(same, *evidence), mine.records[0], theirs)
    for endpoint, records in shared.items():
        asker, other = sides[endpoint]
        if any(is_distinctive(record, endpoint) for record in records) and not ids_are_local(asker, other, endpoint):
            some = f"{len(records)} of the {endpoint} of one organisation {are(len(records))}"
            firsts = (asker.pages[0].exchange, other.pages[0].exchange)
            record = next(record for record in records if is_distinctive(record, endpoint))
            return _shown_to_both(failed(f"{some} listed to the other, whole", *firsts, certain=True), record, other)
        if any(map(is_detailed, records)) and ids_are_global(asker, other, endpoint):
            firsts = (asker.pages[0].exchange, other.pages[0].exchange)
            some = f"{len(records)} of the {endpoint} {are(len(records))} listed to both organisations by the same id"
            return _shown_to_both(failed(f"{some}, where all others differ in theirs", *firsts), records[0], other)
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
        shown = [page for page in _lists_of_run(context, filtered=True) if _side(page) == (endpoint, False)]
        if finding := resembling(context, endpoint, asker, other, moving_fields(shown, asker)):
            return finding
    if leak:
        return leak
    _require_records(context)
    for asker, other in sides.values():
        asker.require_complete(), other.require_complete()
    return passed("no member, quote or invoice is listed to both organisations")


@audit("ORG-2")
def filtered(context: RuleContext) -> Finding:
    other_key = context.key(Role.OTHER)
    for endpoint, statuses in FILTERS.items():
        for status in statuses:
            context.read_list(endpoint, status=status)
        context.page(endpoint, other_key, status=statuses[0])
        for status in (*statuses[1:], *_STATUSES_OF_EVENTS.get(endpoint, ())):
            context.ask_filtered_if_recorded(endpoint, other_key, status)  # the journal has it
        for status in _STATUSES_OF_EVENTS.get(endpoint, ()):
            if not _was_asked(context, endpoint, status):
                context.ask_filtered_if_recorded(endpoint, context.unmetered_key(), status)
        _look(context, endpoint, status=statuses[0], offset=len(_own_list(context, endpoint)))  # past its end
    return _judge_pages(context, _lists_of_run(context, filtered=True), "filtered")


def _was_asked(context: RuleContext, endpoint: str, status: str) -> bool:
    """Tell whether the first organisation's list of that status was asked for, by whatever rule."""
    keys = (Role.PRIMARY, Role.SIBLING)
    asked = (each.request for each in context.journal if each.request.credential.role in keys)
    return any(request.endpoint == endpoint and ("status", status) in request.query for request in asked)


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


@probe("ORG-4", Step.BAD_INPUT)  # late, as the deliveries that it judges are all that came
def delivered(context: RuleContext) -> Finding:
    evidence = context.webhook_evidence()
    if not evidence.recognised:
        raise Undecided(inconclusive(f"nothing was delivered to {evidence.url}"))
    sides = {endpoint: _both_lists(context, endpoint) for endpoint in _DELIVERED}
    if not any(other.records for _, other in sides.values()):
        raise Undecided(inconclusive("the other organisation has no quotes or invoices to be delivered; create some"))
    for delivery in evidence.recognised:
        for endpoint, (asker, other) in sides.items():
            if any(_is_shown(record, other, asker, endpoint) for record in _objects_of(delivery)):
                reason = f"{delivery} is of one of the {endpoint} that are listed to the other organisation alone"
                return failed(reason, other.pages[0].exchange, certain=True).with_deliveries(delivery)
    for _, other in sides.values():
        other.require_complete()
    count = len(evidence.recognised)
    return passed(f"{counted(count, 'deliveries')} hold none of the other organisation's quotes and invoices")


def _objects_of(delivery: Delivery) -> Iterator[Record]:
    with suppress(ValueError):
        yield from objects_in(delivery.json())


def _is_shown(record: Record, listing: RecordList, another: RecordList, endpoint: str) -> bool:
    """Tell whether an object is one of a list, and none of another: by its id and what else both tell.

    An event changes a status and some times, and a delivery may tell more than a list does.
    """
    name = identity_name(listing.records, endpoint)
    if name is None:
        text = canonical(record)
        return text in listing.by_text and text not in another.by_text and is_distinctive(record, endpoint)
    if any(known.get(name) == record.get(name) for known in another.records):
        return False
    for known in listing.records:
        if known[name] == record.get(name):
            equal = {key: value for key, value in known.items() if key in record and record[key] == value}
            is_proven = is_detailed(equal) and ids_are_global(another, listing, endpoint)
            return len(equal) >= _IN_COMMON and (is_distinctive(equal, endpoint) or is_proven)
    return False


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


def _require_records(context: RuleContext) -> None:
    """Raise `Undecided` where an organisation has nothing that could be listed to the other."""
    for endpoint in ENDPOINTS:
        for option, listing in zip(("--key", "--other-key"), _both_lists(context, endpoint), strict=True):
            if not listing.records:
                reason = f"the organisation of {option} has no {endpoint}, which decides nothing; create some"
                raise Undecided(inconclusive(reason, listing.pages[0].exchange))


def _judge_pages(context: RuleContext, pages: Sequence[Page], where: str) -> Finding:
    if leak := _find_leak(context, pages, where):
        return leak
    _require_records(context)
    for endpoint in ENDPOINTS:
        asker, other = _both_lists(context, endpoint)
        if not only_in_first(asker, other) or not only_in_first(other, asker):
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
    foreign = {key: only_in_first(other, asker) for key, (asker, other) in sides.items()}
    seen = [*pages, *_lists_of_run(context, filtered=True)]  # a row's number differs under a filter alone
    moving = {key: moving_fields([page for page in seen if _side(page) == key], sides[key][0]) for key in sides}
    beside = {is_other: foreign_objects(sides, moving, is_other=is_other) for is_other in (False, True)}
    doubts = []
    for page in pages:
        key = _side(page)
        leaked = [record for text, record in zip(page.texts, page.records, strict=True) if text in foreign[key]]
        finding = _leak(page, leaked, *sides[key], where) if leaked else _doubt(page, *sides[key], moving[key])
        if not leaked:
            finding = leak_beside_the_list(page, beside[key[1]]) or finding
        if finding and finding.certain:
            return finding
        doubts += [finding] if finding else []
    return next((each for each in doubts if each.outcome is Outcome.FAILED), doubts[0] if doubts else None)


def _leak(page: Page, leaked: Sequence[Record], asker: RecordList, other: RecordList, where: str) -> Finding:
    """Return the finding on a page with records that only the other organisation lists."""
    request = page.exchange.request
    some = f"{len(leaked)} of the {request.endpoint}"
    by_chance = shared_records(asker, other) and ids_are_local(asker, other, request.endpoint)
    is_proven = any(map(is_detailed, leaked)) and ids_are_global(asker, other, request.endpoint)
    if by_chance or not (is_proven or any(is_distinctive(record, request.endpoint) for record in leaked)):
        reason = f"{some} {are(len(leaked))} equal to some of the other's; use organisations with different data"
        return inconclusive(reason, page.exchange)
    whose = " to the sibling key; or that key is the other's" if request.credential.role == Role.SIBLING else ""
    reason = f"{some} of the other organisation {are(len(leaked))} listed {where}{whose}"
    seen = f"{told_record(leaked[0], request.endpoint)}, which only the other organisation's key lists"
    found = failed(reason, page.exchange, certain=True)
    return at_record(found, [page.exchange], leaked[0], "a record of the key's own organisation", seen)


def _shown_to_both(finding: Finding, record: Record, other: RecordList) -> Finding:
    """Return the finding with the place of a record in the other organisation's list."""
    seen = f"{told_record(record, other.pages[0].exchange.request.endpoint)}, which both keys list"
    return at_record(finding, other.exchanges, record, "records that no other organisation lists", seen)


def _side(page: Page) -> Side:
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
        seen = f"{told_record(leaked[0], endpoint)}, which only the other organisation's key lists but for those"
        due = "a record of the key's own organisation"
        return at_record(failed(reason, page.exchange), [page.exchange], leaked[0], due, seen)
    alike = similar_records(page.records, other.records, endpoint)
    if len(alike) > len(similar_records(alike, asker.records, endpoint)):
        return inconclusive(resemblance(len(alike), endpoint), page.exchange)
    return None


def _leaked_but_for(moving: Set[str], page: Page, asker: RecordList, other: RecordList) -> list[Record]:
    """Return the records that equal one of the other's and none of the asker's, but for fields such as a fresh link."""
    same = same_but_for(moving, page.records, other.records, page.exchange.request.endpoint)
    kept = {canonical(without_fields(record, moving)) for record in asker.records} if same else set()
    return [record for record in same if canonical(without_fields(record, moving)) not in kept]
