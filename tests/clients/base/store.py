"""Store that a puller and a receiver share: one SQLite file in the folder that CLIENT_STORE names."""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Record = dict[str, Any]
LISTS = ("members", "quotes", "invoices")
RANKS = {"draft": 0, "sent": 1, "accepted": 2, "rejected": 2, "paid": 2}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    list TEXT, id TEXT, body TEXT, as_of TEXT, rank INTEGER, arrived REAL, PRIMARY KEY (list, id)
);
CREATE TABLE IF NOT EXISTS seen (event TEXT PRIMARY KEY, number INTEGER, arrived REAL);
CREATE TABLE IF NOT EXISTS effects (event TEXT PRIMARY KEY, count INTEGER);
"""


def rank(record: Record) -> int:
    """Return how far a record has come; a status that nobody knows stands between."""
    return RANKS.get(record.get("status", ""), 1)


class Store:
    """Records by list and id, the events that were taken, and how often each had its effect."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._turn = threading.Lock()
        self._db = self._connected()
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.executescript(_SCHEMA)

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """Give a connection of one's own that commits each statement by itself."""
        db = self._connected()
        try:
            yield db
        finally:
            db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are all made at the end of the block, or none; one at a time."""
        with self._turn:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _connected(self) -> sqlite3.Connection:
        path = self.folder / "client.sqlite"
        db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA synchronous=NORMAL")
        return db

    def keep(self, name: str, records: Iterable[Record], as_of: str, started: float) -> None:
        """Keep what a list shows, unless an event told of the record since reading began (seconds since 1970)."""
        with self.transaction() as db:
            for record in records:
                db.execute(
                    "INSERT INTO records VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE"
                    " SET body = ?3, as_of = ?4, rank = ?5, arrived = ?6 WHERE records.arrived < ?6",
                    (name, record["id"], json.dumps(record), as_of, rank(record), started),
                )

    def row(self, db: sqlite3.Connection, name: str, id: str) -> tuple[str, int] | None:
        """Return the time by the server and the rank of what is kept of a record."""
        found: tuple[str, int] | None = db.execute(
            "SELECT as_of, rank FROM records WHERE list = ? AND id = ?", (name, id)
        ).fetchone()
        return found

    def put(self, db: sqlite3.Connection, name: str, record: Record, as_of: str, arrived: float) -> None:
        db.execute(
            "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?, ?)",
            (name, record["id"], json.dumps(record), as_of, rank(record), arrived),
        )

    def count(self, db: sqlite3.Connection, event_id: str) -> None:
        """Have the effect of an event once more."""
        db.execute(
            "INSERT INTO effects VALUES (?, 1) ON CONFLICT DO UPDATE SET count = count + 1",
            (event_id,),
        )

    def contents(self) -> dict[str, Any]:
        """Return all that is kept, as `--readback` prints it."""
        content: dict[str, Any] = {name: {} for name in LISTS}
        with self.connection() as db:
            for name, id, body in db.execute("SELECT list, id, body FROM records"):
                content[name][id] = json.loads(body)
            content["effects"] = dict(db.execute("SELECT event, count FROM effects").fetchall())
        return content

    def read(self, name: str) -> Any:
        """Return what a small file of the folder holds, None if there is none."""
        try:
            return json.loads((self.folder / name).read_text("utf-8"))
        except FileNotFoundError:
            return None

    def write(self, name: str, content: Any) -> None:
        """Write a small file of the folder, whole or not at all."""
        new = self.folder / f"{name}.{os.getpid()}.{threading.get_ident()}.new"
        new.write_text(json.dumps(content), "utf-8")
        new.replace(self.folder / name)
