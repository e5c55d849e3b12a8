"""All tables together. Import the metadata from here: each module of `tables/` knows its own tables alone."""

from __future__ import annotations

from sqlalchemy import Connection, inspect

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.tables import dashboard, records, webhooks
from oneinvoice_impl.store.tables.metadata import metadata

__all__ = ["create_tables", "metadata", "require_current", "table_names"]

_MODULES = (records, dashboard, webhooks)


def table_names() -> frozenset[str]:
    """Return the names of all tables."""
    return frozenset(metadata.tables)


def create_tables(connection: Connection) -> None:
    """Create all tables in an empty database."""
    metadata.create_all(connection, checkfirst=False)


def require_current(database: Database) -> None:
    """Raise `UnusableDatabase` unless a database has this version's tables; `DatabaseProblem` if it is away."""
    with database.exclusive() as connection:
        if not table_names() <= frozenset(inspect(connection).get_table_names()):
            raise UnusableDatabase("The database has not the tables of the service; run oneinvoice-service init first.")
