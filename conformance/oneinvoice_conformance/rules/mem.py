"""Members: paging and the status filter."""

from __future__ import annotations

from functools import partial

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, passed
from oneinvoice_conformance.records.finder import Record, status_of
from oneinvoice_conformance.rules.lists import (
    differ_in_volatile_fields,
    filtered_for_others,
    is_list,
    listed_twice,
    shown_otherwise,
)
from oneinvoice_conformance.rules.member_filters import (
    listed_under_two,
    missing_from_filter,
    missing_from_plain,
    not_the_filtered_slice,
    not_the_union,
    of_other_status,
    offset_of_filtered,
    past_the_filtered,
    small_page,
)
from oneinvoice_conformance.rules.member_pages import (
    EXAMPLE,
    ODD_OFFSET,
    begins_at_zero,
    cut_page,
    default_under_filter,
    first_difference,
    having,
    largest_page,
    limit_alone,
    limit_under_filter,
    lost_records,
    member_ids,
    not_as_long,
    not_the_slice,
    other_members,
    page_at,
    population_of,
    query_of,
    refused_limit,
    refused_within,
    repeated,
    require_end,
    short_page_within,
    spare_problem,
    told_count,
    too_long,
    unstable,
)
from oneinvoice_conformance.rules.places.answers import at_length, at_status, list_pointer, told_record
from oneinvoice_conformance.rules.rule import Step, probe
from oneinvoice_conformance.session.list_reader import largest_limit, refusal_of
from oneinvoice_conformance.session.pages import BAD_INPUT_STATUSES, Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are, counted

HUGE = 10**20  # more than fits in 64 bits
# The largest page is the first one that is read, so that a page which is cut is known at once.
_PAGES: tuple[QueryParameters, ...] = (
    {"limit": MAX_PAGE_SIZE, "offset": 0},
    {"limit": 1, "offset": 1},
    {"limit": 7},
    {"limit": 7, "offset": 3},
)


@probe("MEM-1")
def json_list(context: RuleContext) -> Finding:
    return is_list(context, "members")


@probe("MEM-2")
def default_limit(context: RuleContext) -> Finding:
    page = context.page("members")
    if len(page) > DEFAULT_PAGE_SIZE:
        return too_long("without a limit", page)
    members = context.read_list("members")
    population = population_of(members)
    if len(page) < min(DEFAULT_PAGE_SIZE, population):
        reason = f"without a limit a page holds {len(page)} of {told_count(members)} members"
        found = cut_page(context, page, reason, is_first_read=True)
        return at_length(found, page, counted(min(DEFAULT_PAGE_SIZE, population), "members"))
    if population <= DEFAULT_PAGE_SIZE:
        require_end(members)
        return inconclusive(f"{having(population)}; create at least 51", page.exchange)
    later = context.page("members", offset=DEFAULT_PAGE_SIZE)
    if len(later) > DEFAULT_PAGE_SIZE:
        return too_long("with an offset but no limit", later)
    due = min(DEFAULT_PAGE_SIZE, population - DEFAULT_PAGE_SIZE)
    if 0 < len(later) < due:  # an empty one is a page that is lost, which MEM-5 judges
        reason = f"with an offset but no limit a page holds {len(later)} members where {due} {are(due)} due"
        return at_length(failed(reason, later.exchange), later, counted(due, "members"))
    if problem := default_under_filter(context):
        return problem
    return passed(f"without a limit a page holds 50 of {told_count(members)} members", page.exchange)


@probe("MEM-3")
def limit_is_honoured(context: RuleContext) -> Finding:
    """Judge the size of pages, for all rules that read on with whatever it is."""
    if refusal := refusal_of(context, MAX_PAGE_SIZE):
        return refused_limit(context, refusal)
    members = context.read_list("members")
    population = population_of(members)
    for query in _PAGES:
        limit, offset = int(query["limit"] or 0), int(query.get("offset") or 0)
        if offset and offset >= population:
            continue  # past the end a 4xx is as good as an empty list
        answer = context.ask("members", **query)
        if answer.status in BAD_INPUT_STATUSES:
            return at_status(failed(f"{query_of(answer)} is refused with {answer.status}", answer), answer, "200")
        if problem := not_as_long(context, context.records(answer), limit, members, offset):
            return problem
    if problem := short_page_within(context, members) or limit_alone(context, members) or limit_under_filter(context):
        return problem
    if population <= MAX_PAGE_SIZE:
        require_end(members)
        return inconclusive(f"{having(population)}; create at least 201")
    return passed("limits of 1, 7, 50 and 200 gave as many members")


@probe("MEM-4", Step.BAD_INPUT)
def never_more_than_200(context: RuleContext) -> Finding:
    sizes = {status: population_of(listing) for status, listing in context.filtered_members().items()}
    largest = max(sizes, key=lambda status: sizes[status])
    queries: list[QueryParameters] = [{"limit": 201, "offset": 1}, {"status": largest, "limit": 201}]
    bad: list[QueryParameters] = [{"limit": limit} for limit in (0, -1, "abc", HUGE)]  # ERR-1 judges errors to these
    for query in queries + bad:
        if is_bad := query in bad:
            answer = context.send_bad_input("members", (("limit", str(query["limit"])),))
        else:
            answer = context.ask("members", accepts_4xx=True, **query)
        if 400 <= answer.status < 500 and answer.status != 429:
            continue
        try:
            page = context.records(answer)
        except Undecided:
            if is_bad:
                continue
            raise
        if len(page) > MAX_PAGE_SIZE:
            return _over_200(page)
    for limit in ("", "all", MAX_PAGE_SIZE + 1):
        more = context.page_if_thorough("members", context.unmetered_key(), accepts_4xx=True, limit=limit)
        if more and len(more) > MAX_PAGE_SIZE:
            return _over_200(more)
    members = context.read_list("members")
    if population_of(members) <= MAX_PAGE_SIZE + 1:  # behind the first
        require_end(members)
        return inconclusive("the organisation has no more than 201 members; create at least 202, 201 of one status")
    if sizes[largest] <= MAX_PAGE_SIZE:
        require_end(context.read_list("members", status=largest))
        most = f"{counted(sizes[largest], 'members')} {'has' if sizes[largest] == 1 else 'have'} one status"
        return inconclusive(f"no more than {most}; create at least 201 that do")
    return passed("limits over 200 gave no more than 200 members, filtered or not")


@probe("MEM-5")
def pages_tile(context: RuleContext) -> Finding:
    if lost := lost_records(context.read_list("members")):
        return lost
    members = _unshared_members(context)
    count = len(members)
    if count < 2:
        return inconclusive(f"{having(count)}; create at least 51")
    if problem := missing_from_plain(context, members):
        return problem
    if problem := next(filter(None, (listed_twice("members", page) for page in members.pages)), None):
        return problem
    pages = [context.page("members")]
    alone = [(7, None)] if begins_at_zero(context, members) else []
    for limit, offset in ((None, DEFAULT_PAGE_SIZE), *alone, (7, 3), (7, max(0, count - 3))):
        if (offset or 0) >= count:
            continue  # past the end a 4xx is as good as an empty list
        if problem := refused_within(context, offset, members):
            return problem
        page = page_at(context, limit=limit, offset=offset)
        if problem := not_the_slice(page, members, offset or 0, largest_page(context, limit, members)):
            return other_members(context, page) or unstable(context, members.pages[0]) or problem
        pages.append(page)
    if problem := repeated(members, "the list"):
        return unstable(context, members.pages[0]) or problem
    past_the_end = context.without_others("members", members.end.records) if members.end else []
    if members.end and (again := [key for key in member_ids(past_the_end) if key in members.seen_ids]):
        found = failed(f"past the end of {count} members a page repeats {len(again)}", members.end.exchange)
        return found.at(members.end.exchange, list_pointer(members.end.exchange), "an empty list, or a 4xx", again[0])
    if unlisted := _count_unlisted(context, members):
        listed = [record for listing in context.filtered_members().values() for record in listing.records]
        reason = f"{counted(unlisted, 'members')} that a filter lists stand on no page of the plain list"
        return differ_in_volatile_fields(listed, members.records, "members") or failed(reason, *members.exchanges)
    if differing := shown_otherwise(context, "members", members, pages):
        return differing
    if count <= DEFAULT_PAGE_SIZE:
        return inconclusive(f"{having(count)}; create at least 51")
    return passed(f"pages of 7, 50 and {members.cut_at or MAX_PAGE_SIZE} tile the {count} members")


@probe("MEM-6")
def counted_from_zero(context: RuleContext) -> Finding:
    plain, first = context.page("members"), context.page("members", limit=largest_limit(context), offset=0)
    two = first.records[:2] if len(first) > 1 else context.read_list("members").records[:2]
    if not plain.records or len(two) < 2:
        return inconclusive("the organisation has fewer than two members; create at least 51", plain.exchange)
    second = page_at(context, limit=1, offset=1)
    common = min(len(plain), len(first), DEFAULT_PAGE_SIZE)
    if member_ids(plain.records)[:common] != member_ids(first.records)[:common]:
        problem = failed("offset=0 does not begin where the list begins without an offset", first.exchange)
        is_offset_right = member_ids(second.records)[:1] == member_ids(two)[1:]
        problem = first_difference(problem, *((plain, first) if is_offset_right else (first, plain)))
        return unstable(context, first) or differ_in_volatile_fields(plain.records, first.records, "members") or problem
    if member_ids(second.records)[:1] != member_ids(two)[1:]:
        problem = _at_second(failed("offset=1 does not begin at the second member", second.exchange), second, two[1])
        problem = differ_in_volatile_fields(second.records, two, "members") or problem
        return other_members(context, second) or unstable(context, first) or problem
    told = passed("offset=0 is the first member and the default, offset=1 the second", second.exchange)
    return _offset_alone(context, first) or told


@probe("MEM-7")
def status_filter(context: RuleContext) -> Finding:
    members = _unshared_members(context)
    for status in MEMBER_STATUSES:
        limit = largest_limit(context, status)
        answer = context.ask("members", status=status, limit=limit, offset=0 if limit else None)
        if answer.status in BAD_INPUT_STATUSES:
            return at_status(failed(f"status={status} is refused with {answer.status}", answer), answer, "200")
    listings = {status: listing.require_complete() for status, listing in context.filtered_members().items()}
    if wrong := of_other_status(context, listings):
        return wrong
    if any(listing.overlaps for listing in listings.values()) and not listed_under_two(context, listings):
        return inconclusive("the pages of a filtered list overlap, so that it can't be read whole; see MEM-8")
    listed = [record for listing in listings.values() for record in listing.records]
    if problem := (
        missing_from_filter(context, members, listings)
        or differ_in_volatile_fields(listed, members.records, "members")
        or listed_under_two(context, listings)
        or not_the_union(context, members, listings)
    ):
        return problem
    filtered = [page for listing in listings.values() for page in listing.pages]
    if differing := shown_otherwise(context, "members", members, filtered):
        return differing
    if problem := filtered_for_others(context, "members", MEMBER_STATUSES):
        return problem
    if empty := [status for status, listing in listings.items() if not listing.records]:
        return inconclusive(f"no member is {' or '.join(empty)}; create at least 51 of each status")
    return passed(f"the three filters together list the {len(members)} members, each under its own status")


@probe("MEM-8")
def filter_and_paging(context: RuleContext) -> Finding:
    listings = context.filtered_members()
    if lost := next(filter(None, map(lost_records, listings.values())), None):
        return lost
    sizes = {status: listing.require_complete() for status, listing in listings.items()}
    # The largest status is read page by page anyway; of the others one is looked at early, and one at its end.
    largest, middle, least = sorted(sizes, key=lambda status: len(sizes[status]), reverse=True)
    alone: QueryParameters = {"status": "active"}
    queries: tuple[QueryParameters, ...] = (
        {"status": middle, "limit": 7, "offset": 3},
        {"status": least, "limit": 10, "offset": max(0, len(sizes[least]) - 5)},
        EXAMPLE,
        *([alone] if begins_at_zero(context, context.read_list("members")) else []),
    )
    for query in queries:
        if problem := not_the_filtered_slice(context, sizes[str(query["status"])], query):
            return problem
    if problem := (
        small_page(context, largest, sizes[largest])
        or small_page(context, least, sizes[least])
        or offset_of_filtered(context, middle, sizes[middle])
        or past_the_filtered(context, least, sizes[least])
    ):
        return problem
    for status, listing in sizes.items():
        if problem := repeated(listing, f"status={status}"):
            return other_members(context, *listing.pages) or problem
    if len(sizes[least]) < 11:
        few = len(sizes[least])
        return inconclusive(f"{counted(few, 'members')} {are(few)} {least}; create at least 51 of each status")
    return passed("pages of filtered lists are slices of them")


def _offset_alone(context: RuleContext, first: Page) -> Finding | None:
    """Return a failure unless pages with an odd offset and nothing else, the last one too, begin there; else None."""
    members = context.read_list("members")
    last = [len(members) - 3] if members.complete and not members.indistinguishable else []
    for offset in (ODD_OFFSET, *last):
        if ODD_OFFSET <= offset < len(members):
            judge = partial(_not_at, context, members, offset, first)
            if problem := spare_problem(context, judge, offset=offset):
                return problem
    return None


def _not_at(context: RuleContext, members: RecordList, offset: int, first: Page, page: Page) -> Finding | None:
    problem = not_the_slice(page, members, offset, largest_page(context, None, members))
    return problem and (other_members(context, *members.pages, page) or unstable(context, first) or problem)


def _unshared_members(context: RuleContext) -> RecordList:
    """Return the list of all members. Raises `Undecided` if some are in the other organisation's list too."""
    members = context.read_list("members").require_complete()
    if shared := other_members(context, *members.pages):
        raise Undecided(shared)
    return members


def _count_unlisted(context: RuleContext, members: RecordList) -> int:
    """Return the number of members that are listed under the status that they show, but not without a filter."""
    unlisted = 0
    for status, listing in context.filtered_members().items():
        shown = [record for record in listing.records if status_of(record) == status]
        unlisted += len(set(member_ids(context.without_others("members", shown))) - members.seen_ids)
    return unlisted


def _over_200(page: Page) -> Finding:
    """Return the failure of a page with more members than any may hold."""
    found = failed(f"{page.exchange.request} gives {page.told_count} members", page.exchange, certain=True)
    return at_length(found, page, f"{MAX_PAGE_SIZE} members at most")


def _at_second(finding: Finding, page: Page, due: Record) -> Finding:
    """Return the finding with the place of the first member of a page that should be the second of all."""
    seen = told_record(page.records[0], "members") if page.records else "no member"
    return finding.at(page.exchange, f"{list_pointer(page.exchange)}/0", told_record(due, "members"), seen)
