"""Receivers to which a repeated event is another one."""

from __future__ import annotations

import sqlite3
import time

from tests.clients.base.receiver import DELIVERY, Event, Headers, Receiver
from tests.clients.decorators import fault


@fault("HOOK-4", "remembers no event")
class NoMemory(Receiver):
    def is_seen(self, db: sqlite3.Connection, id: str) -> bool:
        return False


@fault("HOOK-4", "looks into its memory before the transaction, so that two at once both find nothing")
class RacingMemory(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        id = self.event_id(event, headers)
        with self.store.connection() as db:
            if self.is_seen(db, id):
                return self.repeated()
        time.sleep(0.1)
        with self.store.transaction() as db:
            self.effect(db, event, headers)
            self.remember(db, id)
        return self.accepted


@fault("HOOK-4", "remembers the last five events")
class RemembersFive(Receiver):
    def is_seen(self, db: sqlite3.Connection, id: str) -> bool:
        found = db.execute(
            "SELECT 1 FROM seen WHERE event = ? AND number > (SELECT MAX(number) FROM seen) - 5", (id,)
        ).fetchone()
        return found is not None


@fault("HOOK-4", "remembers an event for two seconds")
class RemembersForTwoSeconds(Receiver):
    def is_seen(self, db: sqlite3.Connection, id: str) -> bool:
        found = db.execute("SELECT 1 FROM seen WHERE event = ? AND arrived > ?", (id, time.time() - 2)).fetchone()
        return found is not None


@fault("HOOK-4", "tells repeats by the delivery, whose id nobody signed")
class RemembersDeliveries(Receiver):
    def event_id(self, event: Event, headers: Headers) -> str:
        return headers.get(DELIVERY) or str(event["id"])


@fault("HOOK-4", "answers 409 to a repeat")
class RepeatsConflict(Receiver):
    def repeated(self) -> int:
        return 409


@fault("HOOK-4", "remembers invoices' events, and none of quotes")
class ForgetsQuotes(Receiver):
    def is_seen(self, db: sqlite3.Connection, id: str) -> bool:
        kept = db.execute("SELECT 1 FROM seen WHERE event = ?", (f"quote {id}",)).fetchone()
        return kept is None and super().is_seen(db, id)

    def take(self, event: Event, headers: Headers) -> int:
        if str(event["event"]).startswith("quote."):
            with self.store.transaction() as db:
                self.remember(db, f"quote {event['id']}")
        return super().take(event, headers)
