"""Fill an empty database in bulk, and remember what it was filled with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, delete, insert, inspect, select, update

from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records.counts import count
from oneinvoice_impl.store.records.stored_json import RESOURCES, with_json
from oneinvoice_impl.store.schema import CURRENT, MIGRATE, create_tables, find_revision, metadata
from oneinvoice_impl.store.tables.metadata import Text
from oneinvoice_impl.store.tables.records import api_keys, invoices, members, quotes

_metadata = MetaData()
# Apart from the others, so that a service has no such table.
_seedings = Table(
    "seedings", _metadata, Column("seed", BigInteger, nullable=False), Column("scale", BigInteger, nullable=False)
)
_fixtures = Table("loaded_fixtures", _metadata, Column("digest", Text, nullable=False))

# Of SQLite's pages: its own 2 MB hold too few of those that ids in no order are spread over, and of more than this
# much stays with the process, in pieces.
_CACHE_KIB = 4 * 1024


class Seeding(NamedTuple):
    """Seed and scale that the data of a database derives from."""

    seed: int
    scale: int


def find_seeding(connection: Connection) -> Seeding | None:
    """Return the seeding that the database was filled with; None if it is empty.

    Raises `UnusableDatabase` if it holds something else, or tables of another version.
    """
    revision = find_revision(connection)
    if revision is None:
        return None
    if revision != CURRENT:
        raise UnusableDatabase(f"The database was made by an older version; {MIGRATE}, or name an empty one.")
    row = connection.execute(select(_seedings)).first() if inspect(connection).has_table(_seedings.name) else None
    if row is None:
        raise UnusableDatabase("The database is that of a service, which no mock filled; name an empty one.")
    return Seeding(row.seed, row.scale)


def begin_seeding(connection: Connection, seeding: Seeding) -> None:
    """Create all tables in an empty database, and note what they are filled with."""
    create_tables(connection)
    _metadata.create_all(connection, checkfirst=False)
    connection.execute(insert(_seedings), {"seed": seeding.seed, "scale": seeding.scale})


def find_fixtures(connection: Connection) -> str | None:
    """Return the digest of the fixtures that a seeded database was filled with; None if it was without any."""
    if not inspect(connection).has_table(_fixtures.name):
        return None
    return connection.execute(select(_fixtures.c.digest)).scalar()


def note_fixtures(connection: Connection, digest: str) -> None:
    """Remember the fixtures that the database is filled with."""
    connection.execute(delete(_fixtures))
    connection.execute(insert(_fixtures), {"digest": digest})


@contextmanager
def many_rows(connection: Connection) -> Iterator[None]:
    """Make room for many records: their indexes are built at the end, of what is there by then, which takes a third."""
    indexes = [index for table in (members, quotes, invoices) for index in table.indexes]
    for index in indexes:
        index.drop(connection)
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite:
        before = connection.exec_driver_sql("PRAGMA cache_size").scalar()
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_CACHE_KIB}")
    yield
    for index in indexes:
        index.create(connection)
    if is_sqlite:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
        connection.exec_driver_sql("PRAGMA shrink_memory")


def insert_rows(connection: Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    """Store rows, at least one, in the table of that name; with their JSON and their numbers, if they are records."""
    if table in RESOURCES:
        rows = [with_json(table, row) for row in rows]
        numbers = Counter((row["organisation_id"], row["status"]) for row in rows)
        for (organisation_id, status), number in numbers.items():
            count(connection, organisation_id, table, {status: number})
        _insert(table).run_each(connection, rows)
    else:
        connection.execute(insert(metadata.tables[table]), [*rows])


# SQLAlchemy takes as long over the values of a row as SQLite does over the row.
@cache
def _insert(table: str) -> Prepared:
    return Prepared(insert(metadata.tables[table]))


def set_rate_limit(connection: Connection, key_ids: Collection[str], rate_limit: int) -> None:
    """Let these keys send so many requests in a minute."""
    connection.execute(update(api_keys).where(api_keys.c.id.in_(key_ids)), {"rate_limit": rate_limit})


def change_keys(connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Give keys that are there other texts."""
    for row in rows:
        text = {name: row[name] for name in ("digest", "first_four", "last_four")}
        connection.execute(update(api_keys).where(api_keys.c.id == row["id"]), text)
