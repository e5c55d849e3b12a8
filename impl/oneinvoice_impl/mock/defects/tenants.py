"""Walls between organisations with a hole in them."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, or_

from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.reading import Query, reading
from oneinvoice_impl.store.records.scope import Listing, Page
from oneinvoice_impl.store.tables import records as tables

_cache: WeakKeyDictionary[Engine, dict[Page, Listing]] = WeakKeyDictionary()


def _of_everybody(query: Query) -> Listing:
    return query.select(*query.filtered)


def _cached_for_all(query: Query) -> Listing:
    """Whoever asks for the page."""
    pages = _cache.setdefault(query.connection.engine, {})
    if query.page not in pages:
        pages[query.page] = query.right()
    return pages[query.page]


def _filled_up(query: Query) -> Listing:
    listing = query.right()
    if query.page.status is not None or not listing.rows:
        return listing
    strangers = query.select(~query.own, offset=0).rows
    return replace(listing, rows=[*listing.rows, *strangers][: query.page.limit])


def _filter_widens(query: Query) -> Listing:
    """Without the brackets that `organisation AND (status OR …)` needs."""
    return (
        query.right()
        if query.page.status is None
        else query.select(or_(query.own & query.filtered[0], *query.filtered))
    )


def _paid_of_everybody(query: Query) -> Listing:
    return query.select(*query.filtered) if query.page.status == "paid" else query.right()


def _goes_on(query: Query) -> Listing:
    listing = query.right()
    if query.page.offset < listing.total:
        return listing
    return query.select(~query.own, *query.filtered, offset=query.page.offset - listing.total)


DEFECTS = [
    Defect(
        "members-of-everybody",
        "ORG-1",
        "Members are not kept apart by organisation.",
        reading(tables.members, _of_everybody),
    ),
    Defect(
        "invoices-of-everybody",
        "ORG-1",
        "Invoices are not kept apart by organisation.",
        reading(tables.invoices, _of_everybody),
    ),
    Defect(
        "quotes-cached-for-all-keys",
        "ORG-1",
        "A page of quotes is cached for all keys together.",
        reading(tables.quotes, _cached_for_all),
    ),
    Defect(
        "last-page-filled-up",
        "ORG-1",
        "The last page of members is filled up with those of other organisations.",
        reading(tables.members, _filled_up),
    ),
    Defect(
        "filtered-quotes-of-everybody",
        "ORG-2",
        "A status filter on quotes drops the organisation.",
        reading(tables.quotes, _filter_widens),
    ),
    Defect(
        "paid-invoices-of-everybody",
        "ORG-2",
        "The filter status=paid on invoices drops the organisation; the others don't.",
        reading(tables.invoices, _paid_of_everybody),
    ),
    Defect(
        "past-the-end-of-everybody",
        "ORG-3",
        "Past the end of members those of other organisations begin.",
        reading(tables.members, _goes_on),
    ),
]
