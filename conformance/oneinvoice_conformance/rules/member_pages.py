"""Pages of members: how long they are, and which slice of the list they hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from itertools import pairwise
from typing import Unpack

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive
from oneinvoice_conformance.records.finder import Record
from oneinvoice_conformance.records.identity import identities
from oneinvoice_conformance.rules.lists import differ_in_volatile_fields, listed_twice, reordered
from oneinvoice_conformance.rules.places.answers import at_length, at_status, record_pointer
from oneinvoice_conformance.session.list_reader import largest_limit, refusal_of
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES, Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are, counted

ODD_OFFSET = 37  # where no page of a usual size begins
_READINGS = 3  # of a short page
EXAMPLE: QueryParameters = {"limit": DEFAULT_PAGE_SIZE, "offset": 0, "status": "active"}  # of the documentation


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
    return at_status(failed(reason, *filter(None, (refusal, again)), certain=is_certain), refusal, "200")


def lost_records(listing: RecordList) -> Finding | None:
    """Return a failure if offsets lead past members that the list begins with; else None."""
    if listing.lost is None:
        return None
    found = failed(f"{listing.lost_records}; an offset is a number of members", listing.lost.exchange)
    return at_length(found, listing.lost, "at least the last member of the page before")


def refused_within(context: RuleContext, offset: int | None, members: RecordList) -> Finding | None:
    """Return a failure if the list is said to end where it goes on, by what its filters list; else None."""
    end = members.end
    if end is None or end.exchange.status not in BAD_INPUT_STATUSES or not offset:
        return None
    listed = sum(listing.count for listing in context.filtered_members().values())
    if listed <= members.count:
        return None
    request, status = end.exchange.request, end.exchange.status
    found = failed(f"{request} is refused with {status}, though filters list {listed} members", end.exchange)
    return at_status(found, end.exchange, "200")


def not_as_long(context: RuleContext, page: Page, limit: int, members: RecordList, offset: int) -> Finding | None:
    """Return a failure unless a page has as many members as its limit says, or as are left; else None."""
    exchange, query = page.exchange, query_of(page.exchange)
    if len(page) > limit:
        found = failed(f"{query} gives {page.told_count} members", exchange, certain=True)
        return at_length(found, page, counted(limit, "members"))
    due = min(limit, population_of(members) - offset)
    if len(page) >= due:
        return None
    reason = f"{query} gives {len(page)} of {told_count(members)} members"
    found = cut_page(context, page, reason, is_first_read=exchange is members.pages[0].exchange)
    return at_length(found, page, counted(due, "members"))


def spare_answer(context: RuleContext, **query: Unpack[QueryParameters]) -> Exchange | None:
    """Return the answer to the sibling key, whose requests the rate limit isn't measured by, or else the primary one.

    None where the sibling key lists others, or a recording has no such answer.
    """
    key = context.key(Role.SIBLING if context.has(Role.SIBLING) else Role.PRIMARY)
    mine = context.page("members")
    for theirs in context.ask_if_recorded([context.request("members", key)]):
        if theirs.serves_list and context.records(theirs).identities == mine.identities:
            return next(context.ask_if_recorded([context.request("members", key, **query)]), None)
    return None


def spare_problem(
    context: RuleContext, judge: Callable[[Page], Finding | None], **query: Unpack[QueryParameters]
) -> Finding | None:
    """Return the failure that `judge` finds of the page of such an answer; else None.

    The primary key has to get it too, for a second key may read less, be it only at the end.
    """
    answer = spare_answer(context, **query)
    problem = judge(context.records(answer)) if answer else None
    if answer is None or problem is None or answer.request.credential.role is Role.PRIMARY:
        return problem
    mine = next(context.ask_if_recorded([context.request("members", **query)]), None)
    return judge(context.records(mine)) if mine else problem


def short_page_within(context: RuleContext, listing: RecordList) -> Finding | None:
    """Return a failure if a page is shorter than its limit, and more of the list follow it; else None.

    One that ended the list before that grew is longer when it is asked for again, and so is that of a copy that lags.
    """
    pages = [page for page in listing.pages if page is not listing.end]
    for page, behind in pairwise(pages):
        if page is not pages[0] and len(page) < len(pages[0]):
            reason = f"{query_of(page.exchange)} gives {len(page)} members, and {behind.exchange.request} gives more"
            if _stays_short(context, page):
                found = failed(reason, page.exchange, behind.exchange)
                return at_length(found, page, counted(len(pages[0]), "members"))
    return None


def _stays_short(context: RuleContext, page: Page) -> bool:
    """Tell whether a page is as short in further readings, which that of a copy that lags is not."""
    later = [context.ask_again_if_possible(page.exchange) for _ in range(_READINGS)]
    return all(again is None or (again.serves_list and len(context.records(again)) <= len(page)) for again in later)


def limit_alone(context: RuleContext, members: RecordList, status: str | None = None) -> Finding | None:
    """Return a failure if a limit of 200 is cut or refused where no offset stands beside it; else None."""
    if population_of(members) <= 1 or (answer := spare_answer(context, limit=MAX_PAGE_SIZE, status=status)) is None:
        return None
    if answer.status in BAD_INPUT_STATUSES:
        first = members.pages[0].exchange.request
        return at_status(
            failed(f"{answer.request} is refused with {answer.status}, and {first} is not", answer), answer, "200"
        )

    def stays_short(page: Page) -> Finding | None:
        problem = not_as_long(context, page, MAX_PAGE_SIZE, members, 0)
        return problem if problem and (problem.certain or _stays_short(context, page)) else None

    return spare_problem(context, stays_short, limit=MAX_PAGE_SIZE, status=status)


def limit_under_filter(context: RuleContext) -> Finding | None:
    """Return a failure if a limit that is honoured without a filter is cut or refused with one; else None."""
    with suppress(Undecided):
        listings = context.filtered_members()
        for status, listing in listings.items():
            if refusal := refusal_of(context, MAX_PAGE_SIZE, status):
                return refused_limit(context, refusal, status)
            if problem := short_page_within(context, listing):
                return problem
            first = listing.pages[0]
            if not listing.cut_at or len(first) >= MAX_PAGE_SIZE:
                continue
            limits_hold = len(page_at(context, status=status, limit=7, offset=3)) == 7
            if limits_hold and _stays_short(context, first):  # else it is ignored; see MEM-8
                of = f"{len(first)} of {told_count(listing)} members"
                found = failed(f"status={status} with limit={MAX_PAGE_SIZE} gives {of}", first.exchange)
                return at_length(found, first, counted(min(MAX_PAGE_SIZE, population_of(listing)), "members"))
        largest = max(listings, key=lambda status: population_of(listings[status]))
        if not listings[largest].cut_at and (problem := limit_alone(context, listings[largest], largest)):
            return problem
    answer = context.ask("members", **EXAMPLE)
    if answer.status in BAD_INPUT_STATUSES and context.ask("members", status="active").serves_list:
        found = failed(f"{answer.request}, of the documentation, is refused with {answer.status}", answer)
        return at_status(found, answer, "200")
    return None


def default_under_filter(context: RuleContext) -> Finding | None:
    """Return a failure if a filter changes the default limit."""
    example, *others = MEMBER_STATUSES
    answer = context.ask("members", status=example)
    if answer.serves_list and (problem := _another_default(context, context.records(answer), example)):
        return problem
    for status in others:
        answer_to_spare = spare_answer(context, status=status)
        if answer_to_spare and answer_to_spare.serves_list:
            judge = partial(_another_default, context, status=status)
            if problem := spare_problem(context, judge, status=status):
                return problem
    return None


def _another_default(context: RuleContext, page: Page, status: str) -> Finding | None:
    """Return a failure unless a page of a filtered list has the default size, or all that there is; else None."""
    if len(page) > DEFAULT_PAGE_SIZE:
        return too_long("with a filter but no limit", page)
    listing = context.read_list("members", status=status)
    due = min(DEFAULT_PAGE_SIZE, population_of(listing))
    if len(page) >= due:
        return None
    reason = f"with a filter but no limit a page holds {len(page)} of {told_count(listing)} members"
    return at_length(failed(reason, page.exchange), page, counted(due, "members"))


def too_long(what: str, page: Page) -> Finding:
    """Return the failure of a page that holds more members than it may."""
    found = failed(f"{what} a page holds {page.told_count} members", page.exchange, certain=True)
    return at_length(found, page, counted(DEFAULT_PAGE_SIZE, "members"))


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
        return at_length(failed(reason, page.exchange), page, counted(due, "members"))
    if got == ids[offset : offset + len(got)]:
        return None
    if problem := differ_in_volatile_fields(page.records, listing.records, "members"):
        return problem
    at = next(index for index, (one, two) in enumerate(zip(got, ids[offset:], strict=False)) if one != two)
    found = failed(
        f"{page.exchange.request} gives another member at position {offset + at} than the list read from its start",
        page.exchange,
    )
    due_there = f"{ids[offset + at]}, at position {offset + at} of the list read from its start"
    return found.at(page.exchange, record_pointer(page.exchange, at), due_there, _known_position(got[at], ids))


def _known_position(key: str, ids: Sequence[str]) -> str:
    """Return an id, with its position in the list if it stands there."""
    return f"{key}, of position {ids.index(key)}" if key in ids else f"{key}, which that list has not"


def repeated(listing: RecordList, what: str) -> Finding | None:
    """Return a failure if a list repeats members, on one page or on several; else None."""
    for page in listing.pages:
        if problem := listed_twice("members", page):
            return problem
    if not listing.overlaps:
        return None
    found, before = failed(f"the pages of {what} repeat members", *listing.exchanges), dict[str, Exchange]()
    for page in listing.pages:
        for at, key in enumerate(page.identities):
            if key in before and before[key] is not page.exchange:
                seen = f"{key}, which {before[key].request} has too"
                return found.at(page.exchange, record_pointer(page.exchange, at), "a member of no page before", seen)
            before[key] = page.exchange
    return found


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


def other_members(context: RuleContext, *pages: Page) -> Finding | None:
    """Return a doubt if pages hold members of the other organisation, whose ids may equal others; else None."""
    records = list(RecordList([*pages]).by_text.values())
    others = len(records) - len(context.without_others("members", records))
    if not others:
        return None
    shared = f"{counted(others, 'members')} {are(others)} listed, just the same, to the other organisation"
    return inconclusive(f"{shared}, so that the order can't be judged; see ORG-1", pages[0].exchange)


def unstable(context: RuleContext, page: Page) -> Finding | None:
    """Return a failure if three readings of a page have the same members in three orders; else None."""
    readings = [page, *(context.records(context.ask_again(page.exchange)) for _ in range(2))]
    pairs = ((readings[0], readings[1]), (readings[1], readings[2]), (readings[0], readings[2]))
    if all(reordered(one.records, two.records) for one, two in pairs):
        exchanges = [reading.exchange for reading in readings]
        found = failed(
            f"{page.exchange.request} gives its members in another order each time", *exchanges, certain=True
        )
        return first_difference(found, readings[1], readings[0])
    return None


def first_difference(finding: Finding, page: Page, plain: Page) -> Finding:
    """Return the finding with the first place at which a page has another member than the plain list."""
    pairs = zip(member_ids(plain.records), member_ids(page.records), strict=False)
    for at, (due, seen) in enumerate(pairs):
        if due != seen:
            return finding.at(page.exchange, record_pointer(page.exchange, at), due, seen)
    return finding
