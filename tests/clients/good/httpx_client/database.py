"""Database of the client: records, and the events that it has taken."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_ORDER = ("draft", "sent")


class Database:
    """SQLite file in a folder. A record knows by which event it came last, if by one, and when it was written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self._lock = folder, threading.Lock()
        self._db = sqlite3.connect(folder / "erp.db", timeout=30, check_same_thread=False, isolation_level=None)
        self._db.executescript(
            "PRAGMA journal_mode=WAL;"
            "CREATE TABLE IF NOT EXISTS document(kind, id, content, told_at, step, written, PRIMARY KEY(kind, id));"
            "CREATE TABLE IF NOT EXISTS handled(event PRIMARY KEY, effects);"
            "CREATE TABLE IF NOT EXISTS setting(name PRIMARY KEY, value);"
        )

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise

    def keep(self, kind: str, records: Mapping[str, Any], began: float) -> None:
        """Keep what was read since a moment, but for documents that an event told of meanwhile."""
        with self._changing() as db:
            for id, record in records.items():
                row = db.execute("SELECT written FROM document WHERE kind=? AND id=?", (kind, id)).fetchone()
                if row is None or row[0] < began:
                    db.execute(
                        "REPLACE INTO document VALUES(?, ?, ?, NULL, ?, ?)",
                        (kind, id, json.dumps(record), _step(record), began),
                    )

    def handle(self, event: Mapping[str, Any], kind: str) -> bool:
        """Take an event with its effect, once; tell whether it was new."""
        with self._changing() as db:
            if db.execute("SELECT 1 FROM handled WHERE event=?", (event["id"],)).fetchone():
                return False
            record, told_at = event["data"], event["created_at"]
            row = db.execute(
                "SELECT told_at, step FROM document WHERE kind=? AND id=?", (kind, record["id"])
            ).fetchone()
            # What was read has no time by the API's clock: there the step alone tells what is later.
            if row is None or ((told_at, _step(record)) if row[0] else (row[0], _step(record))) >= row:
                db.execute(
                    "REPLACE INTO document VALUES(?, ?, ?, ?, ?, ?)",
                    (kind, record["id"], json.dumps(record), told_at, _step(record), time.time()),
                )
            db.execute("INSERT INTO handled VALUES(?, 1)", (event["id"],))
            return True

    def setting(self, name: str) -> Any:
        row = self._db.execute("SELECT value FROM setting WHERE name=?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set(self, name: str, value: Any) -> None:
        with self._changing() as db:
            db.execute("REPLACE INTO setting VALUES(?, ?)", (name, json.dumps(value)))

    def dump(self) -> dict[str, Any]:
        content: dict[str, Any] = {"members": {}, "quotes": {}, "invoices": {}}
        for kind, id, text in self._db.execute("SELECT kind, id, content FROM document"):
            content[kind][id] = json.loads(text)
        content["effects"] = dict(self._db.execute("SELECT event, effects FROM handled").fetchall())
        return content


def _step(record: Mapping[str, Any]) -> int:
    status = record.get("status")
    return _ORDER.index(status) if status in _ORDER else len(_ORDER)
