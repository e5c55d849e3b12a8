"""Store of the self-test's clients: an SQLite file with records, events and secrets."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

FOLDER = "ONEINVOICE_SAMPLE_STORE"
_TABLES = """
CREATE TABLE IF NOT EXISTS records (list TEXT, id TEXT, told TEXT, content TEXT, PRIMARY KEY (list, id));
CREATE TABLE IF NOT EXISTS effects (event TEXT PRIMARY KEY, count INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS secrets (name TEXT PRIMARY KEY, secret TEXT NOT NULL);
"""
Record = Mapping[str, Any]


def folder() -> Path:
    """Return the folder that the client keeps its files in."""
    return Path(os.environ[FOLDER])


class Store:
    """Records by list and id, the effects of events, and the secrets that sign these."""

    def __init__(self) -> None:
        self._path = folder() / "client.db"
        with self.transaction() as database:
            database.executescript("PRAGMA journal_mode = WAL;" + _TABLES)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a connection whose writes are there together, or not at all."""
        database = sqlite3.connect(self._path, timeout=20, isolation_level=None)
        try:
            database.execute("BEGIN IMMEDIATE")
            yield database
            if database.in_transaction:
                database.execute("COMMIT")
        finally:
            database.close()

    def keep(self, name: str, records: Iterable[Record], told: str) -> None:
        """Keep records of a list as they were told at a time (RFC 3339), unless something newer is kept."""
        with self.transaction() as database:
            for record in records:
                self.keep_one(database, name, record, told)

    def keep_one(self, database: sqlite3.Connection, name: str, record: Record, told: str) -> None:
        """Keep a record within a transaction."""
        database.execute(
            "INSERT INTO records VALUES (?, ?, ?, ?) ON CONFLICT (list, id) DO UPDATE "
            "SET told = excluded.told, content = excluded.content WHERE excluded.told >= told",
            (name, str(record["id"]), told, json.dumps(record)),
        )

    def take_effect(self, event: Mapping[str, Any], name: str) -> None:
        """Keep what an event tells of, once for each of its ids."""
        with self.transaction() as database:
            cursor = database.execute("INSERT OR IGNORE INTO effects VALUES (?, 1)", (event["id"],))
            if cursor.rowcount:
                self.keep_one(database, name, event["data"], event["created_at"])

    def count_effect(self, id: str) -> None:
        """Count an effect of an event, however often it came."""
        with self.transaction() as database:
            database.execute(
                "INSERT INTO effects VALUES (?, 1) ON CONFLICT (event) DO UPDATE SET count = count + 1", (id,)
            )

    def secrets(self) -> list[str]:
        """Return the secrets that may sign: those that were given by a rotation, or the one of the environment."""
        with self.transaction() as database:
            kept = [secret for (secret,) in database.execute("SELECT secret FROM secrets ORDER BY name")]
        return kept or [os.environ["ONEINVOICE_WEBHOOK_SECRET"]]

    def rotate(self, new: str, old: str) -> None:
        """Keep the secrets of a rotation, of which the old one may be empty."""
        with self.transaction() as database:
            database.execute("DELETE FROM secrets")
            pairs = [("1 new", new), *([("2 old", old)] if old else [])]
            database.executemany("INSERT INTO secrets VALUES (?, ?)", pairs)

    def dump(self) -> dict[str, Any]:
        """Return all that is kept."""
        with self.transaction() as database:
            records = database.execute("SELECT list, id, content FROM records").fetchall()
            effects = dict(database.execute("SELECT event, count FROM effects").fetchall())
        lists: dict[str, Any] = {"members": {}, "quotes": {}, "invoices": {}}
        for name, id, content in records:
            lists[name][id] = json.loads(content)
        return lists | {"effects": effects}
