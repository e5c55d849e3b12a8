"""Members: paging and the status filter."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.records.finder import Record, identities, status_of
from oneinvoice_conformance.rules.lists import differ_in_volatile_fields, is_list, reordered
from oneinvoice_conformance.rules.rule import Step, probe
from oneinvoice_conformance.session.pages import Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import BAD_INPUT_STATUSES, RuleContext
from oneinvoice_conformance.wording import are, counted

HUGE = 10**20  # more than fits in 64 bits


@probe("MEM-1")
def json_list(context: RuleContext) -> Finding:
    return is_list(context, "members")


@probe("MEM-2")
def default_limit(context: RuleContext) -> Finding:
    page = context.page("members")
    if len(page) > DEFAULT_PAGE_SIZE:
        return failed(f"without a limit a page holds {counted(len(page), 'members')}", page.exchange, certain=True)
    members = context.read_list("members")
    population = _population(members)
    if population <= DEFAULT_PAGE_SIZE:
        return inconclusive(f"{_has(population)}; create at least 51", page.exchange)
    if len(page) < DEFAULT_PAGE_SIZE:
        return failed(f"without a limit a page holds {len(page)} of {population} members", page.exchange)
    later = context.page("members", offset=DEFAULT_PAGE_SIZE)
    if len(later) > DEFAULT_PAGE_SIZE:
        return failed(f"with an offset but no limit a page holds {len(later)} members", later.exchange, certain=True)
    due = min(DEFAULT_PAGE_SIZE, population - DEFAULT_PAGE_SIZE)
    if 0 < len(later) < due:  # an empty one is a page that is lost, which MEM-5 judges
        reason = f"with an offset but no limit a page holds {len(later)} members where {due} {are(due)} due"
        return failed(reason, later.exchange)
    if problem := _default_under_filter(context):
        return problem
    return passed(f"without a limit a page holds 50 of {population} members", page.exchange)


@probe("MEM-3")
def limit_is_honoured(context: RuleContext) -> Finding:
    population = _population(context.read_list("members"))
    for limit, offset in ((1, 1), (7, 3), (MAX_PAGE_SIZE, 0)):
        if offset and offset >= population:
            continue  # past the end a 4xx is as good as an empty list
        answer = context.ask("members", limit=limit, offset=offset)
        if answer.status in BAD_INPUT_STATUSES:
            return failed(f"limit={limit} is refused with {answer.status}", answer)
        page = context.records(answer)
        if len(page) > limit:
            return failed(f"limit={limit} gives {counted(len(page), 'members')}", answer, certain=True)
        if len(page) < min(limit, population - offset):
            return failed(f"limit={limit} gives {len(page)} of {population} members", answer)
    if population <= MAX_PAGE_SIZE:
        return inconclusive(f"{_has(population)}; create at least 201")
    return passed("limits of 1, 7 and 200 gave as many members")


@probe("MEM-4", Step.BAD_INPUT)
def never_more_than_200(context: RuleContext) -> Finding:
    sizes = {status: _population(listing) for status, listing in context.filtered_members().items()}
    largest = max(sizes, key=lambda status: sizes[status])
    queries: list[QueryParameters] = [{"limit": 201, "offset": 1}, {"status": largest, "limit": 201}]
    bad: list[QueryParameters] = [
        {"limit": limit} for limit in (0, -1, "abc", HUGE)
    ]  # ERR-1 asks them too, and judges errors
    for query in queries + bad:
        answer = context.ask("members", accepts_4xx=True, **query)
        if 400 <= answer.status < 500 and answer.status != 429:
            continue
        try:
            page = context.records(answer)
        except Undecided:
            if query in bad:
                continue
            raise
        if len(page) > MAX_PAGE_SIZE:
            return failed(f"{answer.request} gives {len(page)} members", answer, certain=True)
    for limit in ("", "all"):
        more = context.page_if_thorough("members", context.unmetered_key(), accepts_4xx=True, limit=limit)
        if more and len(more) > MAX_PAGE_SIZE:
            return failed(f"{more.exchange.request} gives {len(more)} members", more.exchange, certain=True)
    if _population(context.read_list("members")) <= MAX_PAGE_SIZE + 1:  # behind the first
        return inconclusive("the organisation has no more than 201 members; create at least 202, 201 of one status")
    if sizes[largest] <= MAX_PAGE_SIZE:
        most = f"{counted(sizes[largest], 'members')} {'has' if sizes[largest] == 1 else 'have'} one status"
        return inconclusive(f"no more than {most}; create at least 201 that do")
    return passed("limits over 200 gave no more than 200 members, filtered or not")


@probe("MEM-5")
def pages_tile(context: RuleContext) -> Finding:
    members = _unshared_members(context)
    count = len(members)
    if count < 2:
        return inconclusive(f"{_has(count)}; create at least 51")
    for limit, offset in ((MAX_PAGE_SIZE, 0), (None, DEFAULT_PAGE_SIZE), (7, 3), (7, max(0, count - 3))):
        if offset >= count:
            continue  # past the end a 4xx is as good as an empty list
        page = context.page("members", limit=limit, offset=offset)
        if problem := _not_the_slice(page, members, offset, limit or DEFAULT_PAGE_SIZE):
            return _other_members(context, page) or _unstable(context, members.pages[0]) or problem
    if members.overlaps:
        return _unstable(context, members.pages[0]) or failed("pages of 200 repeat members", *members.exchanges)
    past_the_end = context.without_others("members", members.end.records) if members.end else []
    if members.end and (again := [key for key in _ids(past_the_end) if key in members.seen_ids]):
        return failed(f"past the end of {count} members a page repeats {len(again)}", members.end.exchange)
    if unlisted := _count_unlisted(context, members):
        listed = [record for listing in context.filtered_members().values() for record in listing.records]
        reason = f"{counted(unlisted, 'members')} that a filter lists stand on no page of the plain list"
        return differ_in_volatile_fields(listed, members.records, "members") or failed(reason, *members.exchanges)
    if count <= DEFAULT_PAGE_SIZE:
        return inconclusive(f"{_has(count)}; create at least 51")
    return passed(f"pages of 7, 50 and 200 tile the {count} members")


@probe("MEM-6")
def counted_from_zero(context: RuleContext) -> Finding:
    plain, first = context.page("members"), context.page("members", limit=MAX_PAGE_SIZE, offset=0)
    if min(len(plain), len(first)) < 2:
        return inconclusive("the organisation has fewer than two members; create at least 51", plain.exchange)
    second = context.page("members", limit=1, offset=1)
    common = min(len(plain), len(first), DEFAULT_PAGE_SIZE)
    if _ids(plain.records)[:common] != _ids(first.records)[:common]:
        problem = failed("offset=0 does not begin where the list begins without an offset", first.exchange)
        return (
            _unstable(context, first) or differ_in_volatile_fields(plain.records, first.records, "members") or problem
        )
    if _ids(second.records) != _ids(first.records)[1:2]:
        problem = failed("offset=1 does not begin at the second member", second.exchange)
        problem = differ_in_volatile_fields(second.records, first.records, "members") or problem
        return _other_members(context, second) or _unstable(context, first) or problem
    return passed("offset=0 is the first member and the default, offset=1 the second", second.exchange)


@probe("MEM-7")
def status_filter(context: RuleContext) -> Finding:
    members = _unshared_members(context)
    for status in MEMBER_STATUSES:
        answer = context.ask("members", status=status, limit=MAX_PAGE_SIZE, offset=0)
        if answer.status in BAD_INPUT_STATUSES:
            return failed(f"status={status} is refused with {answer.status}", answer)
    listings = {status: listing.require_complete() for status, listing in context.filtered_members().items()}
    if wrong := _of_other_status(context, listings) or _listed_twice(context, listings):
        return wrong
    if any(listing.overlaps for listing in listings.values()):
        return inconclusive("the pages of a filtered list overlap, so that it can't be read whole; see MEM-8")
    listed = [record for listing in listings.values() for record in listing.records]
    if problem := differ_in_volatile_fields(listed, members.records, "members") or _not_the_union(
        context, members, listings
    ):
        return problem
    if empty := [status for status, listing in listings.items() if not listing.records]:
        return inconclusive(f"no member is {' or '.join(empty)}; create at least 51 of each status")
    return passed(f"the three filters together list the {len(members)} members, each under its own status")


@probe("MEM-8")
def filter_and_paging(context: RuleContext) -> Finding:
    sizes = {status: listing.require_complete() for status, listing in context.filtered_members().items()}
    # The largest status is read page by page anyway; of the others one is looked at early, and one at its end.
    _, middle, least = sorted(sizes, key=lambda status: len(sizes[status]), reverse=True)
    for status, limit, offset in ((middle, 7, 3), (least, 10, max(0, len(sizes[least]) - 5))):
        if offset >= len(sizes[status]):
            continue
        page = context.page("members", status=status, limit=limit, offset=offset)
        if problem := _not_the_slice(page, sizes[status], offset, limit):
            shared = _other_members(context, *sizes[status].pages, page)
            return shared or _unstable(context, sizes[status].pages[0]) or problem
    if problem := _past_the_filtered(context, least, sizes[least]):
        return problem
    for status, listing in sizes.items():
        if listing.overlaps:
            repeat = failed(f"the pages of status={status} repeat members", *listing.exchanges)
            return _other_members(context, *listing.pages) or repeat
    if len(sizes[least]) < 11:
        few = len(sizes[least])
        return inconclusive(f"{counted(few, 'members')} {are(few)} {least}; create at least 51 of each status")
    return passed("pages of filtered lists are slices of them")


def _default_under_filter(context: RuleContext) -> Finding | None:
    """Return a failure if a filter changes the default limit; only an extended run looks."""
    page = context.page_if_thorough("members", status="active")
    if page is None:
        return None
    if len(page) > DEFAULT_PAGE_SIZE:
        reason = f"with a filter but no limit a page holds {len(page)} members"
        return failed(reason, page.exchange, certain=True)
    population = _population(context.read_list("members", status="active"))
    if len(page) < min(DEFAULT_PAGE_SIZE, population):
        reason = f"with a filter but no limit a page holds {len(page)} of {population} members"
        return failed(reason, page.exchange)
    return None


def _past_the_filtered(context: RuleContext, status: str, listing: RecordList) -> Finding | None:
    """Return a failure if members stand past the end of a filtered list; only an extended run looks."""
    page = context.page_if_thorough(
        "members", accepts_4xx=True, status=status, limit=MAX_PAGE_SIZE, offset=len(listing)
    )
    primary_records = context.without_others("members", page.records) if page else []
    listed = listing.seen_ids | context.read_list("members").seen_ids
    if page is None or not (again := [key for key in _ids(primary_records) if key in listed]):
        return None
    reason = f"past the end of {counted(len(listing), 'members')} that are {status} a page lists {len(again)}"
    return failed(f"{reason} again", page.exchange)


def _ids(records: Sequence[Record]) -> list[str]:
    return identities(records, "members")


def _has(count: int) -> str:
    return f"the organisation has {counted(count, 'members')}"


def _unshared_members(context: RuleContext) -> RecordList:
    """Return the list of all members. Raises `Undecided` if some are in the other organisation's list too."""
    members = context.read_list("members").require_complete()
    if shared := _other_members(context, *members.pages):
        raise Undecided(shared)
    return members


def _other_members(context: RuleContext, *pages: Page) -> Finding | None:
    """Return a doubt if pages hold members of the other organisation, whose ids may equal others; else None."""
    records = list(RecordList([*pages]).by_text.values())
    others = len(records) - len(context.without_others("members", records))
    if not others:
        return None
    shared = f"{counted(others, 'members')} {are(others)} listed, just the same, to the other organisation"
    return inconclusive(f"{shared}, so that the order can't be judged; see ORG-1", pages[0].exchange)


def _count_unlisted(context: RuleContext, members: RecordList) -> int:
    """Return the number of members that are listed under the status that they show, but not without a filter."""
    unlisted = 0
    for status, listing in context.filtered_members().items():
        shown = [record for record in listing.records if status_of(record) == status]
        unlisted += len(set(_ids(context.without_others("members", shown))) - members.seen_ids)
    return unlisted


def _population(members: RecordList) -> int:
    """Return the number of members seen in all, those behind a page that was not full included."""
    return members.count + len(set(_ids(members.end.records)) - members.seen_ids if members.end else ())


def _not_the_slice(page: Page, listing: RecordList, offset: int, limit: int) -> Finding | None:
    """Return a failure unless the page is the slice of the listing at its limit and offset; else None."""
    due, got = _ids(listing.records)[offset : offset + limit], _ids(page.records)
    if got == due:
        return None
    if len(got) != len(due):
        reason = f"{page.exchange.request} gives {counted(len(got), 'members')} where {len(due)} {are(len(due))} due"
        return failed(reason, page.exchange)
    if problem := differ_in_volatile_fields(page.records, listing.records, "members"):
        return problem
    at = next(index for index, (one, two) in enumerate(zip(got, due, strict=True)) if one != two)
    return failed(
        f"{page.exchange.request} gives another member at position {offset + at} than the list read from its start",
        page.exchange,
    )


def _unstable(context: RuleContext, page: Page) -> Finding | None:
    """Return a failure if three readings of a page have the same members in three orders; else None."""
    readings = [page, *(context.records(context.ask_again(page.exchange)) for _ in range(2))]
    pairs = ((readings[0], readings[1]), (readings[1], readings[2]), (readings[0], readings[2]))
    if all(reordered(one.records, two.records) for one, two in pairs):
        exchanges = [reading.exchange for reading in readings]
        return failed(f"{page.exchange.request} gives its members in another order each time", *exchanges, certain=True)
    return None


def _of_other_status(context: RuleContext, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure if a filter lists members that show another of the three statuses."""
    for status, listing in listings.items():
        others = set(MEMBER_STATUSES) - {status}
        wrong = [record for record in listing.records if status_of(record) in others]
        if context.without_others("members", wrong):
            first = listing.pages[0].exchange
            reason = f"status={status} lists {counted(len(wrong), 'members')} who show another"
            return failed(reason, first, certain=True)
    return None


def _listed_twice(context: RuleContext, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure if two filters list the same member."""
    ids = {
        status: set(_ids(context.without_others("members", listing.records))) for status, listing in listings.items()
    }
    for one, two in (("active", "inactive"), ("active", "pending"), ("inactive", "pending")):
        if both := ids[one] & ids[two]:
            firsts = (listings[one].pages[0].exchange, listings[two].pages[0].exchange)
            reason = f"{counted(len(both), 'members')} {are(len(both))} listed both as {one} and as {two}"
            return failed(reason, *firsts)
    return None


def _not_the_union(context: RuleContext, members: RecordList, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure unless the filters together list all members, each under the status that it shows."""
    shown_by_id = dict(zip(_ids(members.records), map(status_of, members.records), strict=True))
    for status, listing in listings.items():
        first = listing.pages[0].exchange
        if missing := [key for key, shown in shown_by_id.items() if shown == status and key not in listing.seen_ids]:
            return failed(f"status={status} leaves out {counted(len(missing), 'members')} of that status", first)
        primary_records = context.without_others("members", listing.records)
        if extra := [key for key in _ids(primary_records) if key not in shown_by_id]:
            return failed(f"status={status} lists {counted(len(extra), 'members')} that the plain list has not", first)
    left_out = set(shown_by_id) - set().union(*(listing.seen_ids for listing in listings.values()))
    if left_out:
        firsts = [listing.pages[0].exchange for listing in listings.values()]
        some = f"{len(left_out)} of {counted(len(shown_by_id), 'members')} {are(len(left_out))}"
        return failed(f"{some} in none of the three filters", *firsts)
    return None
