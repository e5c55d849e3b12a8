"""Members by their status: whether the three filters together list all members, each under its own status."""

from __future__ import annotations

from collections import Counter

from oneinvoice_conformance.documented import MEMBER_STATUSES
from oneinvoice_conformance.model.finding import Finding, failed
from oneinvoice_conformance.records.finder import status_of
from oneinvoice_conformance.rules.member_pages import member_ids
from oneinvoice_conformance.rules.places.answers import at_record, list_pointer, record_pointer, told
from oneinvoice_conformance.session.pages import RecordList
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
    for status, (plain, filtered) in _counts_without_ids(context, members, context.filtered_members()).items():
        if plain < filtered:
            reason = f"status={status} lists {filtered} members, and the plain list has {plain} of that status"
            found = failed(reason, *members.exchanges)
            first = members.pages[0].exchange
            return found.at(
                first, list_pointer(first), f"{filtered} that are {status}, on all of its pages", f"{plain}"
            )
    return None


def missing_from_filter(context: RuleContext, members: RecordList, listings: dict[str, RecordList]) -> Finding | None:
    """Return a failure if the plain list has more members of a status than its filter lists, by count; else None."""
    for status, (plain, filtered) in _counts_without_ids(context, members, listings).items():
        if plain > filtered:
            first = listings[status].pages[0].exchange
            reason = f"status={status} lists {filtered} members, and the plain list has {plain} of that status"
            due = f"{plain} that are {status}, on all of its pages"
            return failed(reason, first).at(first, list_pointer(first), due, f"{filtered}")
    return None


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
    plain = Counter(map(status_of, members.records))
    return {status: (plain[status], [*map(status_of, each.records)].count(status)) for status, each in listings.items()}
