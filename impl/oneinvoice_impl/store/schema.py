"""All tables together. Import the metadata from here: each module of `tables/` knows its own tables alone."""

from __future__ import annotations

from sqlalchemy import Connection

from oneinvoice_impl.store.tables import dashboard, records, webhooks
from oneinvoice_impl.store.tables.metadata import metadata

__all__ = ["create_tables", "metadata", "table_names"]

_MODULES = (records, dashboard, webhooks)


def table_names() -> frozenset[str]:
    """Return the names of all tables."""
    return frozenset(metadata.tables)


def create_tables(connection: Connection) -> None:
    """Create all tables in an empty database."""
    metadata.create_all(connection, checkfirst=False)
