"""Pages and filters of members that give too much, too little, or others."""

from __future__ import annotations

import json
from dataclasses import replace
from http import HTTPStatus

from jsonschema_rs import Draft202012Validator
from starlette.requests import Request

from oneinvoice_impl.api.parameters import Parameter
from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer
from oneinvoice_impl.mock.defects.queries import changes_page, changes_parameter, replaces_query
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.unguarded import ListQuery


@defect("MEM-1", changes_answer)
def members_by_id(request: Request, answer: Answer) -> None:
    """Members are an object with their ids as names, not a list."""
    if request.url.path == f"{API}/members" and answer.status == HTTPStatus.OK:
        answer.content = {member["id"]: member for member in answer.content["data"]}


@defect("MEM-2", changes_parameter("list_members", "limit"))
def default_of_100(limit: Parameter) -> Parameter:
    """Without a limit a page holds 100 members."""
    return replace(limit, default=100)


@defect("MEM-3", changes_page("members"))
def limit_capped_at_100(page: Page) -> Page:
    """No page holds more than 100 members."""
    return replace(page, limit=min(page.limit, 100))


@defect("MEM-3", changes_page("members"))
def limit_ignored_on_later_pages(page: Page) -> Page:
    """A limit counts on the first page alone; later ones hold 50 members."""
    return replace(page, limit=50) if page.offset else page


@defect("MEM-4", changes_parameter("list_members", "limit"))
def maximum_of_500(limit: Parameter) -> Parameter:
    """The largest page holds 500 members."""
    return replace(limit, validator=Draft202012Validator({"type": "integer", "minimum": 1, "maximum": 500}))


@defect("MEM-5", changes_page("members"))
def pages_overlap_by_one(page: Page) -> Page:
    """Each page begins with the last member of the one before."""
    return replace(page, offset=max(page.offset - 1, 0) if page.offset > 1 else page.offset)


@defect("MEM-5", replaces_query("members"))
def later_pages_reversed(query: ListQuery) -> Listing:
    """The first page is in ascending order, later ones are in descending order."""
    if not query.page.offset:
        return query.correct()
    return query.select(query.own, *query.filtered, descending=True)


@defect("MEM-6", changes_page("members"))
def offset_counts_from_one(page: Page) -> Page:
    """The first member stands at offset 1."""
    return replace(page, offset=max(page.offset - 1, 0))


@defect("MEM-6", changes_parameter("list_members", "offset"))
def default_offset_of_one(offset: Parameter) -> Parameter:
    """Without an offset members begin with the second one."""
    return replace(offset, default=1)


@defect("MEM-7", replaces_query("members"))
def pending_is_not_active(query: ListQuery) -> Listing:
    """The filter status=pending lists inactive members too."""
    if query.page.status != "pending":
        return query.correct()
    return query.select(query.own, query.field("status") != "active")


@defect("MEM-7", replaces_query("members"))
def filter_misses_newest(query: ListQuery) -> Listing:
    """Each status filter misses the newest member of that status."""
    listing = query.correct()
    if query.page.status is None:
        return listing
    # As a filter does that an index answers which is a little late.
    left = max(listing.total - 1 - query.page.offset, 0)
    return Listing(listing.records[:left], listing.total - 1)


@defect("MEM-8", replaces_query("members"))
def filter_after_paging(query: ListQuery) -> Listing:
    """A page of members is cut first and filtered then."""
    if query.page.status is None:
        return query.correct()
    page = query.correct(replace(query.page, status=None))
    return replace(page, records=[each for each in page.records if json.loads(each)["status"] == query.page.status])


@defect("MEM-8", changes_page("members"))
def limit_ignored_when_filtered(page: Page) -> Page:
    """With a status filter the limit is ignored; 50 members are given."""
    return page if page.status is None else replace(page, limit=50)
