"""Fill an empty database with the organisations of a seed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from oneinvoice_fixtures.organisations import Organisation, organisations

from oneinvoice_impl.mock import seed_rows
from oneinvoice_impl.mock.proposals.new_statuses import with_new_statuses
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.seeding import (
    Seeding,
    begin_seeding,
    change_keys,
    find_fixtures,
    find_seeding,
    insert_rows,
    many_rows,
    note_fixtures,
    set_rate_limit,
)
from oneinvoice_impl.store.snapshots import emptied
from oneinvoice_impl.store.types import Connection

if TYPE_CHECKING:
    from oneinvoice_impl.mock.fixtures.fixtures import FixtureFile
    from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption

Progress = Callable[[int, int], None]
"""Takes how many records are stored, of how many."""

_BATCH = 1_000
_MANY = 20_000
"""Records from which on it pays to build indexes at the end."""


@dataclass(frozen=True, slots=True)
class Seeded:
    """Seed and scale of a mock's data, and a file of its user's own beside it or in its place.

    Its keys have the texts of `holder`; a limit of None is left alone. Some records have the `statuses` that a proposed
    contract adds, by resource.
    """

    seed: int
    scale: int
    rate_limit: int | None = None
    holder: str = ""
    file: FixtureFile | None = None
    statuses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def seed_database(
    database: Database,
    seed: int,
    scale: int,
    progress: Progress,
    *,
    rate_limit: int | None = None,
    file: FixtureFile | None = None,
    statuses: Mapping[str, tuple[str, ...]] | None = None,
    encryption: SecretEncryption | None = None,
) -> None:
    """Fill the database, all or nothing; leave it as it is if the same seed, scale and file filled it before.

    `rate_limit` is set on the seeded keys, also on those that are there; None leaves them as they are. `file` has
    records beside the seeded ones, or in their place; None leaves them as they are, too. Its endpoints are registered
    if there is an `encryption` of their secrets. Some seeded records have the `statuses`, by resource.

    Raises `DatabaseProblem` if it can't be used, `UnusableDatabase` if it holds something else, `InvalidFixtures`, and
    `EncryptionProblem`.
    """
    seeded = Seeded(seed, scale, rate_limit, file=file, statuses=statuses or {})
    with database.exclusive() as connection:
        before = find_seeding(connection)
        if before is None:
            begin_seeding(connection, Seeding(seed, scale))
            _fill(connection, seeded, progress, encryption)
        elif before != Seeding(seed, scale):
            raise UnusableDatabase(
                f"The database was filled with --seed {before.seed} --scale {before.scale}; "
                "start with the same, or name another database."
            )
        elif file is not None:
            _must_be_loaded(connection, file)
        give_keys(connection, seeded)


def seed_again(connection: Connection, seeded: Seeded, encryption: SecretEncryption) -> None:
    """Have what is seeded in the place of all that there is."""
    with emptied(connection):
        _fill(connection, seeded, lambda done, total: None, encryption)
        give_keys(connection, seeded)


def give_keys(connection: Connection, seeded: Seeded) -> None:
    """Give the seeded keys the texts of their holder, and their limit."""
    both = organisations(seeded.seed, seeded.scale, seeded.holder)
    if seeded.holder:
        change_keys(connection, [seed_rows.key(each, key) for each in both for key in each.keys])
    if seeded.rate_limit is not None:
        set_rate_limit(connection, [key.id for each in both for key in each.keys], seeded.rate_limit)


def _must_be_loaded(connection: Connection, file: FixtureFile) -> None:
    before = find_fixtures(connection)
    if before != file.digest:
        those = "without --fixtures" if before is None else "with other --fixtures"
        raise UnusableDatabase(
            f"The database was filled {those}; leave them out, name another database, "
            "or load the file while the mock runs: oneinvoice-mock load FILE."
        )


def _fill(connection: Connection, seeded: Seeded, progress: Progress, encryption: SecretEncryption | None) -> None:
    """Fill the empty tables."""
    both, file = organisations(seeded.seed, seeded.scale), seeded.file
    insert_rows(connection, "organisations", map(seed_rows.organisation, both))
    insert_rows(connection, "users", map(seed_rows.user, both))
    insert_rows(connection, "api_keys", (seed_rows.key(each, key) for each in both for key in each.keys))
    derived = [each for position, each in enumerate(both) if not (file and file.replaces(position))]
    _fill_records(connection, derived, seeded.statuses, progress)
    if file is not None:
        from oneinvoice_impl.mock.fixtures.loading import load

        primary, other = both
        load(connection, (primary.id, other.id), file.fixtures, file.at, encryption)
        note_fixtures(connection, file.digest)


def _fill_records(
    connection: Connection,
    derived: Sequence[Organisation],
    statuses: Mapping[str, tuple[str, ...]],
    progress: Progress,
) -> None:
    done, total = 0, sum(each.member_count + each.quote_count + each.invoice_count for each in derived)
    with many_rows(connection) if total >= _MANY else nullcontext():
        for table, rows in chain.from_iterable(map(_rows, derived)):
            shown = with_new_statuses(rows, table, statuses) if table in statuses else rows
            for batch in _batches(shown):
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
