"""What an organisation's key lists."""

from __future__ import annotations

from datetime import date

from oneinvoice_impl.store.records.counts import read_counts
from oneinvoice_impl.store.records.scope import Listing, Page, Resource, Scope
from sqlalchemy import Connection

TODAY = date(2026, 4, 2)
FIRST = Page(50, 0)


def listing(
    connection: Connection, organisation_id: str, resource: Resource, today: date = TODAY, page: Page = FIRST
) -> Listing:
    """One page of its records."""
    scope = Scope(organisation_id, read_counts(connection, organisation_id))
    return scope.list(connection, resource, page, today)
