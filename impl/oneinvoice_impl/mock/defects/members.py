"""Pages and filters of members that give too much, too little, or others."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from jsonschema_rs import Draft202012Validator
from starlette.requests import Request

from oneinvoice_impl.api.parameters import Parameter
from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.reading import Query, paging, reading, understanding
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.tables.records import members

_OPERATION = "list_members"


def _by_id(request: Request, answer: Answer) -> None:
    if request.url.path == f"{API}/members" and answer.status == HTTPStatus.OK:
        answer.content = {member["id"]: member for member in answer.content["data"]}


def _up_to(largest: int) -> Draft202012Validator:
    return Draft202012Validator({"type": "integer", "minimum": 1, "maximum": largest})


def _default_of_100(limit: Parameter) -> Parameter:
    return replace(limit, default=100)


def _maximum_of_500(limit: Parameter) -> Parameter:
    return replace(limit, validator=_up_to(500))


def _from_second(offset: Parameter) -> Parameter:
    return replace(offset, default=1)


def _capped_at_100(page: Page) -> Page:
    return replace(page, limit=min(page.limit, 100))


def _first_page_alone(page: Page) -> Page:
    return replace(page, limit=50) if page.offset else page


def _overlapping(page: Page) -> Page:
    return replace(page, offset=max(page.offset - 1, 0) if page.offset > 1 else page.offset)


def _counting_from_one(page: Page) -> Page:
    return replace(page, offset=max(page.offset - 1, 0))


def _later_reversed(query: Query) -> Listing:
    """The first page in ascending order, the others of the descending one."""
    if not query.page.offset:
        return query.right()
    order = (members.c.created_at.desc(), members.c.id.desc())
    return query.select(query.own, *query.filtered, order=order)


def _pending_is_not_active(query: Query) -> Listing:
    if query.page.status != "pending":
        return query.right()
    return query.select(query.own, members.c.status != "active")


def _misses_newest(query: Query) -> Listing:
    """As a filter does that an index answers which is a little late."""
    if query.page.status is None:
        return query.right()
    listing = query.right()
    left = max(listing.total - 1 - query.page.offset, 0)
    return Listing(listing.rows[:left], listing.total - 1)


def _filtered_late(query: Query) -> Listing:
    """The page is cut before the filter is applied."""
    if query.page.status is None:
        return query.right()
    page = query.right(replace(query.page, status=None))
    return replace(page, rows=[row for row in page.rows if row.status == query.page.status])


def _limit_dropped(page: Page) -> Page:
    return page if page.status is None else replace(page, limit=50)


DEFECTS = [
    Defect("members-by-id", "MEM-1", "Members are an object with their ids as names, not a list.", answering(_by_id)),
    Defect(
        "default-of-100",
        "MEM-2",
        "Without a limit a page holds 100 members.",
        understanding(_OPERATION, "limit", _default_of_100),
    ),
    Defect("limit-capped-at-100", "MEM-3", "No page holds more than 100 members.", paging(members, _capped_at_100)),
    Defect(
        "limit-ignored-on-later-pages",
        "MEM-3",
        "A limit counts on the first page alone; later ones hold 50 members.",
        paging(members, _first_page_alone),
    ),
    Defect(
        "maximum-of-500",
        "MEM-4",
        "The largest page holds 500 members.",
        understanding(_OPERATION, "limit", _maximum_of_500),
    ),
    Defect(
        "pages-overlap-by-one",
        "MEM-5",
        "Each page begins with the last member of the one before.",
        paging(members, _overlapping),
    ),
    Defect(
        "later-pages-reversed",
        "MEM-5",
        "The first page is in ascending order, later ones are in descending order.",
        reading(members, _later_reversed),
    ),
    Defect(
        "offset-counts-from-one", "MEM-6", "The first member stands at offset 1.", paging(members, _counting_from_one)
    ),
    Defect(
        "default-offset-of-one",
        "MEM-6",
        "Without an offset members begin with the second one.",
        understanding(_OPERATION, "offset", _from_second),
    ),
    Defect(
        "pending-is-not-active",
        "MEM-7",
        "The filter status=pending lists inactive members too.",
        reading(members, _pending_is_not_active),
    ),
    Defect(
        "filter-misses-newest",
        "MEM-7",
        "Each status filter misses the newest member of that status.",
        reading(members, _misses_newest),
    ),
    Defect(
        "filter-after-paging",
        "MEM-8",
        "A page of members is cut first and filtered then.",
        reading(members, _filtered_late),
    ),
    Defect(
        "limit-ignored-when-filtered",
        "MEM-8",
        "With a status filter the limit is ignored; 50 members are given.",
        paging(members, _limit_dropped),
    ),
]
