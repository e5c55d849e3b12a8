"""Receivers that end wrong where events come out of order."""

from __future__ import annotations

import sqlite3

from tests.clients.base.receiver import Event, Headers, Receiver
from tests.clients.decorators import fault


@fault("HOOK-5", "has what came last win")
class LastOneWins(Receiver):
    def is_newer(self, event: Event, kept: tuple[str, int] | None, name: str) -> bool:
        return True


@fault("HOOK-5", "orders events by when the record was created, which is the same in all of them")
class OrdersByRecordCreation(Receiver):
    def as_of(self, event: Event) -> str:
        return str(event["data"]["created_at"])

    def is_newer(self, event: Event, kept: tuple[str, int] | None, name: str) -> bool:
        return kept is None or self.as_of(event) >= kept[0]


@fault("HOOK-5", "has the first event of a record win")
class FirstOneWins(Receiver):
    def is_newer(self, event: Event, kept: tuple[str, int] | None, name: str) -> bool:
        return kept is None


@fault("HOOK-5", "leaves out a change of a record that it doesn't know yet")
class ChangesNeedCreation(Receiver):
    def apply(self, db: sqlite3.Connection, name: str, event: Event, headers: Headers) -> None:
        is_created = str(event["event"]).endswith(".created")
        if is_created or self.store.row(db, name, event["data"]["id"]) is not None:
            super().apply(db, name, event, headers)


@fault("HOOK-5", "makes a record anew whenever it is told of its creation")
class CreationOverwrites(Receiver):
    def is_newer(self, event: Event, kept: tuple[str, int] | None, name: str) -> bool:
        return str(event["event"]).endswith(".created") or super().is_newer(event, kept, name)


@fault("HOOK-5", "orders the events of quotes, and has what came last win of invoices")
class OrdersQuotesAlone(Receiver):
    def is_newer(self, event: Event, kept: tuple[str, int] | None, name: str) -> bool:
        return name == "invoices" or super().is_newer(event, kept, name)
