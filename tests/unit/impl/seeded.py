"""The mock's data in memory, for many tests: made once, and then copied."""

from __future__ import annotations

from functools import cache

from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.store.database import Database


def seed_memory(database: Database) -> None:
    """Fill an empty database in memory with the default seed and few records, as `seed_database` does."""
    database.copy(_template())


@cache
def _template() -> Database:
    database = Database("sqlite://")
    seed_database(database, seed=1, scale=30, progress=lambda done, total: None)
    return database
