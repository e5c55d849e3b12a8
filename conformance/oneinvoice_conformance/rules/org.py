"""Tenant isolation: records are compared whole, since ids may repeat across organisations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import suppress

from oneinvoice_conformance.documented import ENDPOINTS, FILTERS, MAX_PAGE_SIZE
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import NotJSON, Request
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.records.finder import NoList, Record, identities, is_distinctive
from oneinvoice_conformance.records.json_text import canonical
from oneinvoice_conformance.rules.rule import audit, probe
from oneinvoice_conformance.session.pages import Page, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are

_ONE_ORGANISATION = "; or both keys are of one organisation"


@audit("ORG-1")
def is_plain(context: RuleContext) -> Finding:
    """Look at every list without a filter, whatever its paging and whether its input was good or bad."""
    sides = {endpoint: _both(context, endpoint) for endpoint in ENDPOINTS}
    shared = {endpoint: _shared(mine, theirs) for endpoint, (mine, theirs) in sides.items()}
    if all(mine.records and _same(mine, theirs) for mine, theirs in sides.values()):
        evidence = [listing.pages[0].exchange for pair in sides.values() for listing in pair]
        return failed(f"both keys get the same members, quotes and invoices{_ONE_ORGANISATION}", *evidence)
    for endpoint, records in shared.items():
        mine, theirs = sides[endpoint]
        if any(is_distinctive(record, endpoint) for record in records) and not _each_counts(mine, theirs, endpoint):
            some = f"{len(records)} of the {endpoint} of one organisation {are(len(records))}"
            firsts = (mine.pages[0].exchange, theirs.pages[0].exchange)
            return failed(f"{some} listed to the other, whole", *firsts, certain=True)
    for endpoint in ("quotes", "invoices"):  # which needn't be paged, and may be all the same
        context.page_if_thorough(endpoint, context.key(Role.OTHER), accepts_4xx=True, limit=MAX_PAGE_SIZE)
    context.page_if_thorough(
        "members", context.unmetered_key(), accepts_4xx=True, limit=1
    )  # one record may be a query of its own
    stray = _stray(context, _answers(context, filtered=False), "without a filter")
    if stray and stray.outcome is Outcome.FAILED:
        return stray
    for endpoint, records in shared.items():
        if records:
            some = f"{len(records)} of the {endpoint} {are(len(records))} equal in both organisations"
            return inconclusive(
                f"{some}, by chance or since both were filled with the same data; use organisations with different data"
            )
    for endpoint, (mine, theirs) in sides.items():
        alike = _look_alike(mine.records, theirs.records, endpoint)
        if alike and not _each_counts(mine, theirs, endpoint):
            return inconclusive(_looks(len(alike), endpoint), mine.pages[0].exchange)
    if stray:
        return stray
    _need_both(context)
    for mine, theirs in sides.values():
        mine.require_complete(), theirs.require_complete()
    return passed("no member, quote or invoice is listed to both organisations")


@audit("ORG-2")
def filtered(context: RuleContext) -> Finding:
    theirs = context.key(Role.OTHER)
    for endpoint, statuses in FILTERS.items():
        for status in statuses:
            context.read_list(endpoint, status=status)
        context.page(endpoint, theirs, status=statuses[0])
    return _nothing_of_the_other(context, _answers(context, filtered=True), "filtered")


@probe("ORG-3")
def past_the_end(context: RuleContext) -> Finding:
    pages = [
        end for endpoint in ENDPOINTS for listing in _both(context, endpoint) if (end := listing.require_complete().end)
    ]
    return _nothing_of_the_other(context, pages, "past the end of the list")


def _answers(context: RuleContext, *, filtered: bool) -> list[Page]:
    """Return the lists that a valid key got in this run, whatever was asked for and why, but those past the end."""
    ends = {end.exchange.request for name in ENDPOINTS for side in _both(context, name) if (end := side.end)}
    pages = []
    for exchange in context.journal:
        if exchange.status == 200 and exchange.request not in ends and _is_about(exchange.request, filtered=filtered):
            with suppress(NotJSON, NoList):
                pages.append(Page(exchange, exchange.records()))
    return pages


def _is_about(request: Request, *, filtered: bool) -> bool:
    by_status = any(name == "status" for name, _ in request.query)
    return (
        request.credential.valid and request.version == "v1" and request.endpoint in ENDPOINTS and by_status is filtered
    )


def _both(context: RuleContext, endpoint: str) -> tuple[RecordList, RecordList]:
    return context.read_list(endpoint), context.read_list(endpoint, context.key(Role.OTHER))


def _each_counts(mine: RecordList, theirs: RecordList, endpoint: str) -> bool:
    """Tell whether each organisation counts its ids for itself, and has no id twice.

    Then most ids that both have stand for different records, and what is equal in both may be the data that each was
    filled with at first; a stranger would come with an id that is taken.
    """
    here, there = (list(side.by_text.values()) for side in (mine, theirs))
    if any(len(set(identities(records, endpoint))) < len(records) for records in (here, there)):
        return False
    same = [one == two or _hardly_differ(one, two, endpoint) for one, two in _pairs(here, there, endpoint)]
    return same.count(False) > same.count(True)


def _need_both(context: RuleContext) -> None:
    """Raise `Undecided` where an organisation has nothing that could be listed to the other."""
    for endpoint in ENDPOINTS:
        for option, listing in zip(("--key", "--other-key"), _both(context, endpoint), strict=True):
            if not listing.records:
                reason = f"the organisation of {option} has no {endpoint}, which decides nothing; create some"
                raise Undecided(inconclusive(reason, listing.pages[0].exchange))


def _shared(mine: RecordList, theirs: RecordList) -> list[Record]:
    known = theirs.by_text
    return [record for text, record in mine.by_text.items() if text in known]


def _look_alike(records: list[Record], others: list[Record], endpoint: str) -> list[Record]:
    """Records that have the id of one of the others and hardly differ from it, as where a field is ever new."""
    return [one for one, two in _pairs(records, others, endpoint) if _hardly_differ(one, two, endpoint)]


def _pairs(records: list[Record], others: list[Record], endpoint: str) -> Iterator[tuple[Record, Record]]:
    """Records beside those of the others that have the same id."""
    by_id = dict(zip(identities(others, endpoint), others, strict=True))
    for key, record in zip(identities(records, endpoint), records, strict=True):
        if key in by_id:
            yield record, by_id[key]


def _hardly_differ(one: Record, two: Record, endpoint: str) -> bool:
    """Tell whether but for a field in four all is equal, and something of that says whose it is."""
    equal = {name: value for name, value in one.items() if name in two and two[name] == value}
    return len(equal) * 4 >= max(len(one), len(two)) * 3 and is_distinctive(equal, endpoint)


def _looks(count: int, endpoint: str) -> str:
    look = "looks" if count == 1 else "look"
    return (
        f"{count} of the {endpoint} {look} like the other organisation's but for a field or two, which may change from "
        "answer to answer; use organisations with different data"
    )


def _same(mine: RecordList, theirs: RecordList) -> bool:
    return sorted(map(canonical, mine.records)) == sorted(map(canonical, theirs.records))


def _nothing_of_the_other(context: RuleContext, pages: Sequence[Page], where: str) -> Finding:
    if stray := _stray(context, pages, where):
        return stray
    _need_both(context)
    for endpoint in ENDPOINTS:
        mine, theirs = _both(context, endpoint)
        if not _alone(mine, theirs) or not _alone(theirs, mine):
            raise Undecided(
                inconclusive(
                    f"the {endpoint} of one organisation are all listed to both; create different ones in both"
                )
            )
    return passed(f"{len(pages)} answers held nothing of the other organisation")


def _stray(context: RuleContext, pages: Sequence[Page], where: str) -> Finding | None:
    """What to say of pages that hold what only the organisation lists that did not ask: a failure before a doubt."""
    sides = {(endpoint, False): _both(context, endpoint) for endpoint in ENDPOINTS}
    sides |= {(endpoint, True): (theirs, mine) for (endpoint, _), (mine, theirs) in sides.items()}
    foreign = {key: _alone(theirs, mine) for key, (mine, theirs) in sides.items()}
    doubts = []
    for page in pages:
        request = page.exchange.request
        key = request.endpoint, request.credential.role == Role.OTHER  # a second key is of the first one's organisation
        leaked = [record for text, record in zip(page.texts, page.records, strict=True) if text in foreign[key]]
        doubt = _leak(page, leaked, *sides[key], where) if leaked else _looks_alike(page, *sides[key])
        if doubt and doubt.outcome is Outcome.FAILED:
            return doubt
        doubts += [doubt] if doubt else []
    return doubts[0] if doubts else None


def _leak(page: Page, leaked: Sequence[Record], mine: RecordList, theirs: RecordList, where: str) -> Finding:
    """What to say of a page with records that only the other organisation lists."""
    request = page.exchange.request
    some = f"{len(leaked)} of the {request.endpoint}"
    by_chance = _shared(mine, theirs) and _each_counts(mine, theirs, request.endpoint)
    if by_chance or not any(is_distinctive(record, request.endpoint) for record in leaked):
        reason = f"{some} {are(len(leaked))} equal to some of the other's; use organisations with different data"
        return inconclusive(reason, page.exchange)
    whose = " to the sibling key; or that key is the other's" if request.credential.role == Role.SIBLING else ""
    reason = f"{some} of the other organisation {are(len(leaked))} listed {where}{whose}"
    return failed(reason, page.exchange, certain=True)


def _looks_alike(page: Page, mine: RecordList, theirs: RecordList) -> Finding | None:
    endpoint = page.exchange.request.endpoint
    alike = _look_alike(page.records, theirs.records, endpoint)
    if len(alike) > len(_look_alike(alike, mine.records, endpoint)):
        return inconclusive(_looks(len(alike), endpoint), page.exchange)
    return None


def _alone(mine: RecordList, theirs: RecordList) -> Set[str]:
    """Return the records, as canonical texts, that only the first of the two lists."""
    return mine.by_text.keys() - theirs.by_text.keys()
