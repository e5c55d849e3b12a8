"""Receivers that answer too late, or not all of what comes at once."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler
from itertools import count

from tests.clients.base.receiver import Event, Headers, Receiver
from tests.clients.decorators import fault


@fault("HOOK-1", "works for 6 s before it answers")
class WorksBeforeAnswer(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        status = super().take(event, headers)
        time.sleep(6)
        return status


class _OneAtATime(Receiver):
    seconds = 0.0
    turn = threading.Lock()

    def take(self, event: Event, headers: Headers) -> int:
        with self.turn:
            time.sleep(self.seconds)
            return super().take(event, headers)


@fault("HOOK-1", "takes one event at a time, each in 0.3 s")
class OneAtATime(_OneAtATime):
    seconds = 0.3


@fault("HOOK-1", "answers 503 where more than ten come at once")
class TenAtOnce(Receiver):
    room = threading.BoundedSemaphore(10)

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        if not self.room.acquire(blocking=False):
            self.body(handler)
            handler.send_response(503)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        try:
            time.sleep(0.05)
            super().respond(handler)
        finally:
            self.room.release()


@fault("HOOK-1", "answers each tenth event with 500")
class EachTenthFails(Receiver):
    numbers = count(1)

    def take(self, event: Event, headers: Headers) -> int:
        status = super().take(event, headers)
        return 500 if next(self.numbers) % 10 == 0 else status


@fault("HOOK-1", "takes longer the more has come: 0.2 s for each event so far that is remembered")
class SlowerEachTime(Receiver):
    def take(self, event: Event, headers: Headers) -> int:
        status = super().take(event, headers)
        with self.store.connection() as db:
            (events,) = db.execute("SELECT COUNT(*) FROM seen").fetchone()
        time.sleep(0.2 * events)
        return status
