"""Receivers that have their effects later, or know repeats and secrets otherwise."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from contextlib import suppress
from http.server import ThreadingHTTPServer

from tests.clients.base.receiver import Event, Headers, Receiver
from tests.clients.decorators import variant


@variant("stores an event before it answers, and has its effect 3 s later")
class EffectsLater(Receiver):
    seconds = 3.0

    def effect(self, db: sqlite3.Connection, event: Event, headers: Headers) -> None:
        db.execute("CREATE TABLE IF NOT EXISTS inbox (event TEXT PRIMARY KEY, body TEXT, due REAL)")
        db.execute("INSERT INTO inbox VALUES (?, ?, ?)", (event["id"], json.dumps(event), time.time() + self.seconds))

    def serve(self, port: int) -> ThreadingHTTPServer:
        threading.Thread(target=self.work, daemon=True).start()
        return super().serve(port)

    def work(self) -> None:
        """Have the effects that are due, for ever."""
        while True:
            with suppress(sqlite3.OperationalError), self.store.transaction() as db:  # there is no inbox at first
                for (body,) in db.execute("SELECT body FROM inbox WHERE due < ?", (time.time(),)).fetchall():
                    event = json.loads(body)
                    super().effect(db, event, {})
                    db.execute("DELETE FROM inbox WHERE event = ?", (event["id"],))
            time.sleep(0.1)


@variant("knows repeats by their bytes")
class KnowsBytes(Receiver):
    def event_id(self, event: Event, headers: Headers) -> str:
        return hashlib.sha256(json.dumps(event, sort_keys=True).encode()).hexdigest()


@variant("takes a signature in capitals, too")
class AnyCase(Receiver):
    def matches(self, expected: str, given: str) -> bool:
        return super().matches(expected, given.lower())


@variant("looks at X-1Invoice-Signature-Previous, too")
class LooksAtPrevious(Receiver):
    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        previous = {"x-1invoice-signature": headers.get("x-1invoice-signature-previous", "")}
        return super().is_genuine(headers, body) or super().is_genuine(previous, body)


@variant("takes one event at a time")
class OneByOne(Receiver):
    turn = threading.Lock()

    def take(self, event: Event, headers: Headers) -> int:
        with self.turn:
            return super().take(event, headers)
