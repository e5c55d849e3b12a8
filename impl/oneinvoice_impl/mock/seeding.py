"""Fill an empty database with the organisations of a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

from oneinvoice_fixtures.organisations import Organisation, organisations

from oneinvoice_impl.mock import seed_rows
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.seeding import (
    Seeding,
    begin_seeding,
    change_keys,
    find_seeding,
    insert_rows,
    many_rows,
    set_rate_limit,
)
from oneinvoice_impl.store.snapshots import emptied
from oneinvoice_impl.store.types import Connection

Progress = Callable[[int, int], None]
"""Takes how many records are stored, of how many."""

_BATCH = 1_000
_MANY = 20_000
"""Records from which on it pays to build indexes at the end."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """Seed and scale of a mock's data; its keys have the texts of `holder`; a limit of None is left alone."""

    seed: int
    scale: int
    rate_limit: int | None = None
    holder: str = ""


def seed_database(
    database: Database, seed: int, scale: int, progress: Progress, *, rate_limit: int | None = None
) -> None:
    """Fill the database, all or nothing; leave it as it is if the same seed and scale filled it before.

    `rate_limit` is set on the seeded keys, also on those that are there; None leaves them as they are.

    Raises `DatabaseProblem` if it can't be used, `UnusableDatabase` if it holds something else.
    """
    with database.exclusive() as connection:
        before = find_seeding(connection)
        if before is None:
            begin_seeding(connection, Seeding(seed, scale))
            fill(connection, seed, scale, progress)
        elif before != Seeding(seed, scale):
            raise UnusableDatabase(
                f"The database was filled with --seed {before.seed} --scale {before.scale}; "
                "start with the same, or name another database."
            )
        give_keys(connection, Seeded(seed, scale, rate_limit))


def seed_again(connection: Connection, seeded: Seeded) -> None:
    """Have what is seeded in the place of all that there is."""
    with emptied(connection):
        fill(connection, seeded.seed, seeded.scale, lambda done, total: None)
        give_keys(connection, seeded)


def give_keys(connection: Connection, seeded: Seeded) -> None:
    """Give the seeded keys the texts of their holder, and their limit."""
    both = organisations(seeded.seed, seeded.scale, seeded.holder)
    if seeded.holder:
        change_keys(connection, [seed_rows.key(each, key) for each in both for key in each.keys])
    if seeded.rate_limit is not None:
        set_rate_limit(connection, [key.id for each in both for key in each.keys], seeded.rate_limit)


def fill(connection: Connection, seed: int, scale: int, progress: Progress) -> None:
    """Fill the empty tables."""
    both = organisations(seed, scale)
    insert_rows(connection, "organisations", map(seed_rows.organisation, both))
    insert_rows(connection, "users", map(seed_rows.user, both))
    insert_rows(connection, "api_keys", (seed_rows.key(each, key) for each in both for key in each.keys))
    done, total = 0, sum(each.member_count + each.quote_count + each.invoice_count for each in both)
    with many_rows(connection) if total >= _MANY else nullcontext():
        for table, rows in chain.from_iterable(map(_rows, both)):
            for batch in _batches(rows):
                insert_rows(connection, table, batch)
                done += len(batch)
                if done < total:
                    progress(done, total)
    progress(total, total)


def _rows(organisation: Organisation) -> Iterable[tuple[str, Iterable[dict[str, Any]]]]:
    """Return the rows of each table, quotes before the invoices that name them."""
    yield "members", (seed_rows.member(organisation, record) for record in organisation.members())
    yield "quotes", (seed_rows.quote(organisation, record) for record in organisation.quotes())
    yield "invoices", (seed_rows.invoice(organisation, record) for record in organisation.invoices())


def _batches(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    iterator = iter(rows)
    return iter(lambda: list(islice(iterator, _BATCH)), [])
