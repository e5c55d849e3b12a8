"""Members by their status: whether the three filters list all members, each under its own, and how they are paged."""

from __future__ import annotations

from functools import partial

from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, MEMBER_STATUSES
from oneinvoice_conformance.model.finding import Finding, failed
from oneinvoice_conformance.records.finder import status_of
from oneinvoice_conformance.rules.lists import shown_otherwise
from oneinvoice_conformance.rules.member_pages import (
    ODD_OFFSET,
    largest_page,
    member_ids,
    not_the_slice,
    other_members,
    page_at,
    spare_problem,
    unstable,
)
from oneinvoice_conformance.rules.places.answers import at_record, list_pointer, record_pointer, told
from oneinvoice_conformance.session.list_reader import largest_limit
from oneinvoice_conformance.session.pages import Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext
from oneinvoice_conformance.wording import are, counted


def of_other_status(context: RuleContext, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure if a filter lists members that show another of the three statuses."""
    for status, listing in listings.items():
        others = set(MEMBER_STATUSES) - {status}
        wrong = [record for record in listing.records if status_of(record) in others]
        if context.without_others("members", wrong):
            first = listing.pages[0].exchange
            reason = f"status={status} lists {counted(len(wrong), 'members')} who show another"
            found = failed(reason, first, certain=True)
            return at_record(found, listing.exchanges, wrong[0], told(status), told(wrong[0].get("status")), "status")
    return None


def listed_under_two(context: RuleContext, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure if two filters list the same member."""
    ids = {
        status: set(member_ids(context.without_others("members", listing.records)))
        for status, listing in listings.items()
    }
    for one, two in (("active", "inactive"), ("active", "pending"), ("inactive", "pending")):
        if both := ids[one] & ids[two]:
            firsts = (listings[one].pages[0].exchange, listings[two].pages[0].exchange)
            reason = f"{counted(len(both), 'members')} {are(len(both))} listed both as {one} and as {two}"
            found, key = failed(reason, *firsts), sorted(both)[0]
            for page in listings[two].pages:
                if key in page.identities:
                    place = record_pointer(page.exchange, page.identities.index(key))
                    return found.at(
                        page.exchange, place, f"members that are {two} alone", f"{key}, listed as {one} too"
                    )
            return found
    return None


def not_the_union(context: RuleContext, members: RecordList, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure unless the filters together list all members, each under the status that it shows."""
    shown_by_id = dict(zip(member_ids(members.records), map(status_of, members.records), strict=True))
    for status, listing in listings.items():
        first = listing.pages[0].exchange
        if missing := [key for key, shown in shown_by_id.items() if shown == status and key not in listing.seen_ids]:
            found = failed(f"status={status} leaves out {counted(len(missing), 'members')} of that status", first)
            record = members.records[list(shown_by_id).index(missing[0])]
            due = f"{told(record)}, which {members.pages[0].exchange.request} shows with that status"
            return found.at(first, list_pointer(first), due, f"{counted(len(listing), 'members')} without it")
        primary_records = context.without_others("members", listing.records)
        if extra := [key for key in member_ids(primary_records) if key not in shown_by_id]:
            found = failed(f"status={status} lists {counted(len(extra), 'members')} that the plain list has not", first)
            return found.at(first, list_pointer(first), "members of the plain list", f"{extra[0]}, which that has not")
    left_out = set(shown_by_id) - set().union(*(listing.seen_ids for listing in listings.values()))
    if left_out:
        firsts = [listing.pages[0].exchange for listing in listings.values()]
        some = f"{len(left_out)} of {counted(len(shown_by_id), 'members')} {are(len(left_out))}"
        found, key = failed(f"{some} in none of the three filters", *firsts), sorted(left_out)[0]
        for page in members.pages:
            if key in page.identities:
                at = page.identities.index(key)
                seen = told(page.records[at].get("status"))
                place = record_pointer(page.exchange, at, "status")
                return found.at(page.exchange, place, f"one of {', '.join(MEMBER_STATUSES)}", f"{seen} of {key}")
        return found
    return None


def missing_from_plain(context: RuleContext, members: RecordList) -> Finding | None:
    """Return a failure if a filter lists more members than the plain list has of its status, by count; else None."""
    listings = context.filtered_members()
    for status, (plain, filtered) in _counts_without_ids(context, members, listings).items():
        if plain < filtered:
            return _other_count(context, status, members, listings[status], short=members, due=filtered, seen=plain)
    return None


def missing_from_filter(context: RuleContext, members: RecordList, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure if the plain list has more members of a status than its filter lists, by count; else None."""
    for status, (plain, filtered) in _counts_without_ids(context, members, listings).items():
        if plain > filtered:
            listing = listings[status]
            return _other_count(context, status, members, listing, short=listing, due=plain, seen=filtered)
    return None


def _other_count(
    context: RuleContext,
    status: str,
    members: RecordList,
    listing: RecordList,
    *,
    short: RecordList,
    due: int,
    seen: int,
) -> Finding:
    """Return the failure of a list that is short of members of a status.

    It is certain where all pages, asked for again, have as many: what such members show may be new in each answer.
    """
    before = (_count(members, status), _count(listing, status))
    again = (_count_again(context, members, status), _count_again(context, listing, status))
    reason = f"status={status} lists {before[1]} members, and the plain list has {before[0]} of that status"
    found = failed(reason, *short.exchanges, certain=before == again)
    first = short.pages[0].exchange
    return found.at(first, list_pointer(first), f"{due} that are {status}, on all of its pages", f"{seen}")


def _count(listing: RecordList, status: str) -> int:
    return [*map(status_of, listing.records)].count(status)


def _count_again(context: RuleContext, listing: RecordList, status: str) -> int | None:
    """Return how many are of a status on the pages of a list, asked for again; None where a recording has no others."""
    answers = [context.ask_again_if_possible(each) for each in listing.exchanges]
    pages = [context.records(each) for each in answers if each]
    if len(pages) < len(answers):
        return None
    return sum([*map(status_of, page.records)].count(status) for page in pages)


def _counts_without_ids(
    context: RuleContext, members: RecordList, listings: dict[str, RecordList]
) -> dict[str, tuple[int, int]]:
    """Return how many members show each status in the plain list, and how many in its filtered one.

    None where members have ids, by which more can be told, or where a list wasn't read to its end, or holds the other
    organisation's.
    """
    lists = (members, *listings.values())
    if any(not listing.complete or listing.indistinguishable or listing.overlaps for listing in lists):
        return {}
    if any(page.exchange.identified for listing in lists for page in listing.pages if page.records):
        return {}
    if any(len(context.without_others("members", listing.records)) < len(listing) for listing in lists):
        return {}
    return {status: (_count(members, status), _count(each, status)) for status, each in listings.items()}


def offset_of_filtered(context: RuleContext, status: str, listing: RecordList) -> Finding | None:
    """Return a failure unless a page with a status and an offset, but no limit, is that slice; else None."""
    offset = min(ODD_OFFSET, max(len(listing) - DEFAULT_PAGE_SIZE - 1, 3))  # so that more is left than a page
    if len(listing) <= offset:
        return None
    most = largest_page(context, None, listing)
    judge = partial(_no_slice, context, listing, offset, most)
    return spare_problem(context, judge, status=status, offset=offset)


def small_page(context: RuleContext, status: str, listing: RecordList) -> Finding | None:
    """Return a failure unless a small page of a filtered list, where limits hold at all, is that slice; else None."""
    limit, offset = 7, 3
    is_long = len(listing) >= limit + offset and len(context.read_list("members")) >= 10
    if not is_long or len(page_at(context, limit=limit, offset=offset)) != limit:
        return None
    judge = partial(_no_slice, context, listing, offset, limit, is_length_due=True)
    return spare_problem(context, judge, status=status, limit=limit, offset=offset)


def _no_slice(
    context: RuleContext, listing: RecordList, offset: int, most: int, page: Page, *, is_length_due: bool = False
) -> Finding | None:
    problem = not_the_slice(page, listing, offset, most, is_length_due=is_length_due)
    return problem and (other_members(context, *listing.pages, page) or unstable(context, listing.pages[0]) or problem)


def not_the_filtered_slice(context: RuleContext, listing: RecordList, query: QueryParameters) -> Finding | None:
    """Return a failure unless the page is the slice of a filtered list at its limit and offset; else None.

    Where limits don't hold without a filter either, that is for MEM-3 to say.
    """
    limit, offset = query.get("limit"), int(query.get("offset") or 0)
    if offset >= len(listing):
        return None
    page = page_at(context, **query)
    most = largest_page(context, int(limit) if limit else None, listing)
    is_large = len(context.read_list("members")) >= 10
    limits_hold = limit is not None and is_large and len(page_at(context, limit=7, offset=3)) == 7
    problem = not_the_slice(page, listing, offset, most, is_length_due=limits_hold)
    if problem is None:
        return shown_otherwise(context, "members", listing, [page])
    return other_members(context, *listing.pages, page) or unstable(context, listing.pages[0]) or problem


def past_the_filtered(context: RuleContext, status: str, listing: RecordList) -> Finding | None:
    """Return a failure if members stand past the end of a filtered list; only an extended run looks."""
    page = context.page_if_thorough(
        "members", accepts_4xx=True, status=status, limit=largest_limit(context, status), offset=len(listing)
    )
    primary_records = context.without_others("members", page.records) if page else []
    listed = listing.seen_ids | context.read_list("members").seen_ids
    if page is None or not (again := [key for key in member_ids(primary_records) if key in listed]):
        return None
    reason = f"past the end of {counted(len(listing), 'members')} that are {status} a page lists {len(again)}"
    found = failed(f"{reason} again", page.exchange)
    return found.at(page.exchange, list_pointer(page.exchange), "an empty list, or a 4xx", again[0])
