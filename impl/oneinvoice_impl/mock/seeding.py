"""Fill an empty database with the organisations of a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import chain, islice
from typing import Any

from oneinvoice_fixtures.organisations import Organisation, organisations
from sqlalchemy import BigInteger, Column, Connection, MetaData, Table, insert, inspect, select, update

from oneinvoice_impl.mock import seed_rows as rows
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.tables import dashboard as dashboard_tables
from oneinvoice_impl.store.tables import records as tables

Progress = Callable[[int, int], None]
"""Told how many records are stored, of how many."""

_BATCH = 1_000

_metadata = MetaData()
_seedings = Table(
    "seedings", _metadata, Column("seed", BigInteger, nullable=False), Column("scale", BigInteger, nullable=False)
)


def seed_database(
    database: Database, seed: int, scale: int, progress: Progress, *, rate_limit: int | None = None
) -> None:
    """Fill the database, all or nothing; leave it as it is if the same seed and scale filled it before.

    `rate_limit` is set on the seeded keys, also on those that are there; None leaves them as they are.

    Raises `DatabaseProblem` if it can't be used, `UnusableDatabase` if it holds something else.
    """
    with database.exclusive() as connection:
        found = inspect(connection).get_table_names()
        was = connection.execute(select(_seedings)).first() if _seedings.name in found else None
        if was is None and found:
            raise UnusableDatabase("The database holds tables of something else; name an empty one.")
        if was is not None and not tables.metadata.tables.keys() <= set(found):
            raise UnusableDatabase("The database was filled by an older version of the mock; name an empty one.")
        if was is None:
            _fill(connection, seed, scale, progress)
        elif (was.seed, was.scale) != (seed, scale):
            raise UnusableDatabase(
                f"The database was filled with --seed {was.seed} --scale {was.scale}; "
                "start with the same, or name another database."
            )
        if rate_limit is not None:
            ids = [key.id for each in organisations(seed, scale) for key in each.keys]
            connection.execute(update(tables.api_keys).where(tables.api_keys.c.id.in_(ids)), {"rate_limit": rate_limit})


def _fill(connection: Connection, seed: int, scale: int, progress: Progress) -> None:
    tables.metadata.create_all(connection, checkfirst=False)
    _metadata.create_all(connection, checkfirst=False)
    both = organisations(seed, scale)
    connection.execute(insert(tables.organisations), [rows.organisation(each) for each in both])
    connection.execute(insert(dashboard_tables.users), [rows.user(each) for each in both])
    connection.execute(insert(tables.api_keys), [rows.key(each, key) for each in both for key in each.keys])
    done, total = 0, sum(each.member_count + each.quote_count + each.invoice_count for each in both)
    for table, records in chain.from_iterable(map(_records, both)):
        for batch in _batches(records):
            connection.execute(insert(table), batch)
            done += len(batch)
            progress(done, total)
    connection.execute(insert(_seedings), {"seed": seed, "scale": scale})


def _records(organisation: Organisation) -> Iterable[tuple[Table, Iterable[dict[str, Any]]]]:
    """The rows of each table, quotes before the invoices that name them."""
    yield tables.members, (rows.member(organisation, record) for record in organisation.members())
    yield tables.quotes, (rows.quote(organisation, record) for record in organisation.quotes())
    yield tables.invoices, (rows.invoice(organisation, record) for record in organisation.invoices())


def _batches(records: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    iterator = iter(records)
    return iter(lambda: list(islice(iterator, _BATCH)), [])
