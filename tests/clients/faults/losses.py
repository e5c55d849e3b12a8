"""Receivers that lose or double events when they are killed, or refuse genuine ones while a secret changes."""

from __future__ import annotations

import sqlite3
import threading
import time
from http.server import ThreadingHTTPServer

from tests.clients.base.receiver import Event, Headers, Receiver
from tests.clients.base.store import Store
from tests.clients.decorators import fault


@fault("HOOK-7", "answers first, and stores 2 s later")
class AnswersFirst(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        threading.Timer(2.0, super().take, (event, headers)).start()
        return self.accepted


@fault("HOOK-7", "has the effect, and remembers the event a second later, in another transaction")
class EffectThenMemory(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        id = self.event_id(event, headers)
        with _turn_of(id):
            with self.store.transaction() as db:
                if self.is_seen(db, id):
                    return self.repeated()
                self.effect(db, event, headers)
            time.sleep(1)
            with self.store.transaction() as db:
                self.remember(db, id)
        return self.accepted


@fault("HOOK-7", "remembers the event, and has the effect a second later, in another transaction")
class MemoryThenEffect(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        id = self.event_id(event, headers)
        with _turn_of(id):
            with self.store.transaction() as db:
                if self.is_seen(db, id):
                    return self.repeated()
                self.remember(db, id)
            time.sleep(1)
            with self.store.transaction() as db:
                self.effect(db, event, headers)
        return self.accepted


@fault("HOOK-7", "remembers events in its memory alone, which ends with it")
class MemoryEndsWithProcess(Receiver):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.seen: set[str] = set()

    def is_seen(self, db: sqlite3.Connection, id: str) -> bool:
        return id in self.seen

    def remember(self, db: sqlite3.Connection, id: str) -> None:
        self.seen.add(id)


@fault("HOOK-7", "drops the old secret when it gets the new one")
class OneSecretAlone(Receiver):
    def rotate(self, new: str, old: str) -> None:
        super().rotate(new, "")


@fault("HOOK-7", "keeps the old secret for ever")
class OldSecretsLive(Receiver):
    def rotate(self, new: str, old: str) -> None:
        self.store.write("secrets.json", [new, *(each for each in self.secrets() if each != new)])


@fault("HOOK-7", "goes by the secret that it was started with, until it is started anew")
class SecretOfStart(Receiver):
    known: tuple[str, ...] = ()

    def serve(self, port: int) -> ThreadingHTTPServer:
        self.known = tuple(super().secrets())
        return super().serve(port)

    def secrets(self) -> list[str]:
        return list(self.known)


@fault("HOOK-7", "notes that it began with an event, and takes that for done where it was killed meanwhile")
class BegunIsDone(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        id = self.event_id(event, headers)
        with _turn_of(id), self.store.transaction() as db:
            if db.execute("SELECT 1 FROM seen WHERE event = ?", (f"begun {id}",)).fetchone():
                return self.repeated()
            self.remember(db, f"begun {id}")
        time.sleep(0.95)
        return super().take(event, headers)


_TURNS: dict[str, threading.Lock] = {}


def _turn_of(id: str) -> threading.Lock:
    """Return the lock of an event: what comes twice at once is taken one after the other."""
    return _TURNS.setdefault(id, threading.Lock())
