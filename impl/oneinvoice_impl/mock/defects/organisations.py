"""Walls between organisations with a hole in them."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.queries import replaces_query
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.unguarded import ListQuery

_cache: WeakKeyDictionary[object, dict[Page, Listing]] = WeakKeyDictionary()


def _of_everybody(query: ListQuery) -> Listing:
    return query.select(*query.filtered)


@defect("ORG-1", replaces_query("members"))
def members_of_everybody(query: ListQuery) -> Listing:
    """Members are not kept apart by organisation."""
    return _of_everybody(query)


@defect("ORG-1", replaces_query("invoices"))
def invoices_of_everybody(query: ListQuery) -> Listing:
    """Invoices are not kept apart by organisation."""
    return _of_everybody(query)


@defect("ORG-1", replaces_query("quotes"))
def quotes_cached_for_all_keys(query: ListQuery) -> Listing:
    """A page of quotes is cached for all keys together."""
    pages = _cache.setdefault(query.database, {})
    if query.page not in pages:
        pages[query.page] = query.correct()
    return pages[query.page]


@defect("ORG-1", replaces_query("members"))
def last_page_filled_up(query: ListQuery) -> Listing:
    """The last page of members is filled up with those of other organisations."""
    listing = query.correct()
    if query.page.status is not None or not listing.records:
        return listing
    strangers = query.select(~query.own, offset=0).records
    return replace(listing, records=[*listing.records, *strangers][: query.page.limit])


@defect("ORG-2", replaces_query("quotes"))
def filtered_quotes_of_everybody(query: ListQuery) -> Listing:
    """A status filter on quotes drops the organisation."""
    if query.page.status is None:
        return query.correct()
    (status,) = query.filtered
    # Without the brackets that `organisation AND (status OR …)` needs.
    return query.select(query.own & status | status)


@defect("ORG-2", replaces_query("invoices"))
def paid_invoices_of_everybody(query: ListQuery) -> Listing:
    """The filter status=paid on invoices drops the organisation; the others don't."""
    return _of_everybody(query) if query.page.status == "paid" else query.correct()


@defect("ORG-3", replaces_query("members"))
def past_the_end_of_everybody(query: ListQuery) -> Listing:
    """Past the end of members those of other organisations begin."""
    listing = query.correct()
    if query.page.offset < listing.total:
        return listing
    return query.select(~query.own, *query.filtered, offset=query.page.offset - listing.total)
