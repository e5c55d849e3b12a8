"""Pages of members: how long they are, and which slice of the list they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive
from oneinvoice_conformance.records.finder import Record, identities
from oneinvoice_conformance.rules.lists import differ_in_volatile_fields, listed_twice
from oneinvoice_conformance.session.list_reader import largest_limit
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES, Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are, counted


def page_at(context: RuleContext, **query: Unpack[QueryParameters]) -> Page:
    """Return the page of members at that place; without a limit where that is refused, which MEM-3 judges."""
    answer = context.ask("members", **query)
    if answer.status in BAD_INPUT_STATUSES and query.get("limit"):
        return context.page("members", **(query | {"limit": None}))
    return context.records(answer)


def refused_limit(context: RuleContext, refusal: Exchange, status: str | None = None) -> Finding:
    """Return the finding on a limit of 200 that gets no page, of a status."""
    largest = largest_limit(context, status)
    told = f"limit={MAX_PAGE_SIZE}" if largest and not status else f"{refusal.request}"
    served = f"limit={largest} is served" if largest else "neither is limit=100 served, but a page without a limit"
    if refusal.error or refusal.status >= 500:  # which says how the server fares, and not what limit it takes
        reason = f"{told} gets no page ({refusal.outcome}), and {served}"
        mend = "see ERR-2" if refusal.status else "give more time with --timeout, if it takes longer"
        return inconclusive(f"{reason}; {mend}", refusal, transient=True)
    again = context.ask_again_if_possible(refusal)
    is_certain = again is not None and again.status == refusal.status
    reason = f"{told} is refused with {refusal.status}, and {served}"
    return failed(reason, *filter(None, (refusal, again)), certain=is_certain)


def lost_records(listing: RecordList) -> Finding | None:
    """Return a failure if offsets lead past members that the list begins with; else None."""
    if listing.lost is None:
        return None
    return failed(f"{listing.lost_records}; an offset is a number of members", listing.lost.exchange)


def refused_within(context: RuleContext, offset: int | None, members: RecordList) -> Finding | None:
    """Return a failure if the list is said to end where it goes on, by what its filters list; else None."""
    end = members.end
    if end is None or end.exchange.status not in BAD_INPUT_STATUSES or not offset:
        return None
    listed = sum(listing.count for listing in context.filtered_members().values())
    if listed <= members.count:
        return None
    request, status = end.exchange.request, end.exchange.status
    return failed(f"{request} is refused with {status}, though filters list {listed} members", end.exchange)


def not_as_long(context: RuleContext, page: Page, limit: int, members: RecordList, offset: int) -> Finding | None:
    """Return a failure unless a page has as many members as its limit says, or as are left; else None."""
    exchange, query = page.exchange, query_of(page.exchange)
    if len(page) > limit:
        return failed(f"{query} gives {page.told_count} members", exchange, certain=True)
    if len(page) >= min(limit, population_of(members) - offset):
        return None
    reason = f"{query} gives {len(page)} of {told_count(members)} members"
    return cut_page(context, page, reason, is_first_read=exchange is members.pages[0].exchange)


def too_long(what: str, page: Page) -> Finding:
    """Return the failure of a page that holds more members than it may."""
    return failed(f"{what} a page holds {page.told_count} members", page.exchange, certain=True)


def cut_page(context: RuleContext, page: Page, reason: str, *, is_first_read: bool) -> Finding:
    """Return the failure of a page that holds too few members.

    One that was read before those behind it is asked for again: if it is as short then, there are no fewer members
    than before, and nothing else needs a second reading.
    """
    if not is_first_read:
        return failed(reason, page.exchange)
    again = context.ask_again_if_possible(page.exchange)
    is_certain = again is not None and again.serves_list and len(context.records(again)) == len(page)
    return failed(reason, *filter(None, (page.exchange, again)), certain=is_certain)


def not_the_slice(
    page: Page, listing: RecordList, offset: int, most: int, *, is_length_due: bool = False
) -> Finding | None:
    """Return a failure unless the page is the slice of the listing at its offset; else None.

    How long it is counts at the end of the list alone, unless it is due: elsewhere MEM-2 and MEM-3 judge that.
    """
    ids, got = member_ids(listing.records), member_ids(page.records)
    left = len(ids) - offset
    due = min(most, left)
    is_length_open = left > most and not is_length_due and 0 < len(got) <= left
    if len(got) != due and not is_length_open:
        reason = f"{page.exchange.request} gives {counted(len(got), 'members')} where {due} {are(due)} due"
        return failed(reason, page.exchange)
    if got == ids[offset : offset + len(got)]:
        return None
    if problem := differ_in_volatile_fields(page.records, listing.records, "members"):
        return problem
    at = next(index for index, (one, two) in enumerate(zip(got, ids[offset:], strict=False)) if one != two)
    return failed(
        f"{page.exchange.request} gives another member at position {offset + at} than the list read from its start",
        page.exchange,
    )


def repeated(listing: RecordList, what: str) -> Finding | None:
    """Return a failure if a list repeats members, on one page or on several; else None."""
    for page in listing.pages:
        if problem := listed_twice("members", page):
            return problem
    return failed(f"the pages of {what} repeat members", *listing.exchanges) if listing.overlaps else None


def query_of(exchange: Exchange) -> str:
    return "&".join(f"{name}={value}" for name, value in exchange.request.query if (name, value) != ("offset", "0"))


def largest_page(context: RuleContext, limit: int | None, listing: RecordList) -> int:
    """Return how many members a page with that limit holds at most, cut as it is."""
    if limit is None:
        return min(DEFAULT_PAGE_SIZE, len(context.page("members")))
    return min(limit, listing.cut_at or limit)


def told_count(members: RecordList) -> str:
    """Return how many members there are, as far as was read."""
    return f"{population_of(members)}" if members.complete else f"more than {population_of(members)}"


def require_end(members: RecordList) -> None:
    """Raise `Undecided` where there may be more members than were read."""
    if not members.complete:
        members.require_complete()
    last, end = members.pages[-1], members.end
    if end is not None and end.records and len(last) >= (members.cut_at or MAX_PAGE_SIZE):
        rule = "MEM-8" if "status" in dict(end.exchange.request.query) else "MEM-5"
        repeated = f"{end.exchange.request} gives members where {len(members)} were read, and none that is new"
        raise Undecided(inconclusive(f"{repeated}, so that nobody knows how many there are; see {rule}", end.exchange))


def population_of(members: RecordList) -> int:
    """Return the number of members seen in all, those behind a page that was not full included."""
    return members.count + len(set(member_ids(members.end.records)) - members.seen_ids if members.end else ())


def member_ids(records: Sequence[Record]) -> list[str]:
    return identities(records, "members")


def begins_at_zero(context: RuleContext, members: RecordList) -> bool:
    """Tell whether a page without an offset begins where the list does, which MEM-6 judges."""
    return member_ids(context.page("members").records)[:1] == member_ids(members.records)[:1]


def having(count: int) -> str:
    """Return how many members the organisation has, in words."""
    return f"the organisation has {counted(count, 'members')}"
