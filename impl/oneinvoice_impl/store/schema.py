"""All tables together, and which version of them a database has.

Import the metadata from here: each module of `tables/` knows its own tables alone.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect, select

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.tables import dashboard, job_queue, records, webhooks
from oneinvoice_impl.store.tables.metadata import metadata

__all__ = [
    "CURRENT",
    "MIGRATE",
    "REVISIONS",
    "VERSION_TABLE",
    "create_tables",
    "find_revision",
    "is_versioned",
    "metadata",
    "must_be_current",
    "note_revision",
    "require_current",
    "table_names",
]

_MODULES = (records, dashboard, webhooks)

# Written here, so that who asks for them need not load Alembic.
REVISIONS = ("0001", "0002", "0003")
"""The revisions in `migrations/versions`, in their order."""
CURRENT = REVISIONS[-1]
"""The revision of the tables of this version."""

VERSION_TABLE = "oneinvoice_schema"
# As Alembic makes it.
_version = Table(
    VERSION_TABLE,
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)

MIGRATE = "stop whatever uses it, back it up, and run oneinvoice-service migrate with ONEINVOICE_DATABASE_URL set to it"
"""The advice for a database of an older version."""

# Of 0.2.0, which had no versions yet.
_UNVERSIONED = {
    *("organisations", "api_keys", "members", "quotes", "invoices"),
    *("users", "login_links", "dashboard_sessions", "key_use", "announcements", "member_imports"),
    *("webhook_endpoints", "webhook_events", "webhook_deliveries", "webhook_attempts"),
}


def table_names() -> frozenset[str]:
    """Return the names of all tables."""
    return frozenset(metadata.tables)


def create_tables(connection: Connection) -> None:
    """Create all tables in an empty database, and note their revision."""
    metadata.create_all(connection, checkfirst=False)
    note_revision(connection, CURRENT)


def note_revision(connection: Connection, revision: str) -> None:
    """Note the revision of tables in a database without versions."""
    _version.create(connection, checkfirst=False)
    connection.execute(insert(_version), {"version_num": revision})


def is_versioned(connection: Connection) -> bool:
    """Tell whether the revision of a database is noted in it."""
    return inspect(connection).has_table(VERSION_TABLE)


def find_revision(connection: Connection) -> str | None:
    """Return the revision of a database's tables, which is one of `REVISIONS`; None if it is empty.

    Raises `UnusableDatabase` if its tables are of something else or of a newer version, or if some are missing.
    """
    present = inspect(connection).get_table_names()
    if not present:
        return None
    if VERSION_TABLE not in present:
        return _unversioned_revision(connection, present)
    revision = connection.execute(select(_version.c.version_num)).scalar()
    if revision not in REVISIONS:
        raise UnusableDatabase(
            "The database was made by a newer version of oneinvoice-kit; update the kit here, or name another database."
        )
    if revision == CURRENT and not table_names() <= set(present):
        raise UnusableDatabase("The database lacks tables of its version; restore it from a backup, or name another.")
    return str(revision)


def _unversioned_revision(connection: Connection, present: Collection[str]) -> str:
    """Return the revision of tables that a mock made before revisions were noted."""
    if not set(present) >= _UNVERSIONED:
        raise UnusableDatabase("The database holds tables of something else; name an empty one.")
    if "record_counts" not in present:
        return "0001"
    columns = {column["name"] for column in inspect(connection).get_columns("announcements")}
    return "0003" if "operations" in columns else "0002"


def require_current(database: Database) -> None:
    """Raise `UnusableDatabase` unless a database has this version's tables; `DatabaseProblem` if it is away."""
    with database.reading() as connection:
        must_be_current(connection)


def must_be_current(connection: Connection) -> None:
    """Raise `UnusableDatabase` unless a database has this version's tables."""
    revision = find_revision(connection)
    if revision is None:
        raise UnusableDatabase("The database is empty; run oneinvoice-service init first.")
    if revision != CURRENT or not job_queue.is_current(connection):
        raise UnusableDatabase(f"The database was made by an older version or by a mock; {MIGRATE}.")
