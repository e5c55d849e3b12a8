"""Receiver of webhooks: verifies the bytes as they came, and has each event's effect once."""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

from tests.clients.base.store import Store, rank

SIGNATURE, EVENT, DELIVERY = "x-1invoice-signature", "x-1invoice-event", "x-1invoice-delivery"
LIST_OF = {
    "invoice.created": "invoices",
    "invoice.sent": "invoices",
    "invoice.paid": "invoices",
    "quote.created": "quotes",
    "quote.sent": "quotes",
    "quote.accepted": "quotes",
    "quote.rejected": "quotes",
}
Event = dict[str, Any]
Headers = Mapping[str, str]


class Receiver:
    """Correct receiver in small steps. Names of headers are in lower case."""

    accepted = 200
    refused = 401
    backlog = 128
    lists: ClassVar[Mapping[str, str]] = LIST_OF

    def __init__(self, store: Store) -> None:
        self.store = store

    def answer(self, headers: Headers, body: bytes) -> int:
        """Take a delivery, and return the status of its answer."""
        if not self.is_genuine(headers, body):
            return self.refused
        event = self.event(body)
        if not self.is_known(self.name(event, headers)):
            return self.unknown(event)
        return self.take(event, headers)

    def unknown(self, event: Event) -> int:
        """Return the status for an event of which this client knows nothing."""
        return self.accepted

    def is_genuine(self, headers: Headers, body: bytes) -> bool:
        given = self.signature(headers)
        return any(self.matches(self.expected(secret, self.signed(body)), given) for secret in self.secrets())

    def secrets(self) -> list[str]:
        """Return the secrets of today: two while one takes the place of the other."""
        return list(self.store.read("secrets.json") or [])

    def rotate(self, new: str, old: str) -> None:
        """Take a new secret beside the old one, or alone where no old one is given any more."""
        self.store.write("secrets.json", [secret for secret in (new, old) if secret])

    def signature(self, headers: Headers) -> str:
        return headers.get(SIGNATURE, "")

    def signed(self, body: bytes) -> bytes:
        """Return the bytes that the signature is over."""
        return body

    def expected(self, secret: str, body: bytes) -> str:
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    def matches(self, expected: str, given: str) -> bool:
        return hmac.compare_digest(expected.encode(), given.encode("latin-1", "replace"))

    def event(self, body: bytes) -> Event:
        content = json.loads(body)
        return content if isinstance(content, dict) else {}

    def name(self, event: Event, headers: Headers) -> str:
        """Return the name of an event, from what is signed."""
        return str(event.get("event", ""))

    def is_known(self, name: str) -> bool:
        return name in self.lists

    def list_of(self, name: str) -> str:
        return self.lists[name]

    def event_id(self, event: Event, headers: Headers) -> str:
        """Return what an event is told by when it comes again."""
        return str(event["id"])

    def take(self, event: Event, headers: Headers) -> int:
        """Have the effect and remember the event, both or none, before it is answered."""
        id = self.event_id(event, headers)
        with self.store.transaction() as db:
            if self.is_seen(db, id):
                return self.repeated()
            self.effect(db, event, headers)
            self.remember(db, id)
        return self.accepted

    def repeated(self) -> int:
        """Return the status for an event that was taken before."""
        return self.accepted

    def is_seen(self, db: sqlite3.Connection, id: str) -> bool:
        return db.execute("SELECT 1 FROM seen WHERE event = ?", (id,)).fetchone() is not None

    def remember(self, db: sqlite3.Connection, id: str) -> None:
        db.execute(
            "INSERT OR IGNORE INTO seen VALUES (?, (SELECT COALESCE(MAX(number), 0) + 1 FROM seen), ?)",
            (id, time.time()),
        )

    def effect(self, db: sqlite3.Connection, event: Event, headers: Headers) -> None:
        """Count the event, and keep its record unless what is kept is newer."""
        self.store.count(db, str(event["id"]))
        self.apply(db, self.list_of(self.name(event, headers)), event, headers)

    def apply(self, db: sqlite3.Connection, name: str, event: Event, headers: Headers) -> None:
        record = self.record(event, headers)
        if self.is_newer(event, self.store.row(db, name, record["id"]), name):
            self.store.put(db, name, record, self.as_of(event), time.time())

    def record(self, event: Event, headers: Headers) -> dict[str, Any]:
        return dict(event["data"])

    def as_of(self, event: Event) -> str:
        return str(event["created_at"])

    def is_newer(self, event: Event, kept: tuple[str, int] | None, name: str) -> bool:
        """Tell whether an event tells of a later time than what is kept, or of a later state at the same time."""
        return kept is None or (_moment(self.as_of(event)), rank(event["data"])) >= (_moment(kept[0]), kept[1])

    def serve(self, port: int) -> ThreadingHTTPServer:
        """Return a server that listens on 127.0.0.1."""
        receiver = self

        class Handler(_Handler):
            def receiver(self) -> Receiver:
                return receiver

        class Server(ThreadingHTTPServer):
            request_queue_size = receiver.backlog
            daemon_threads = True

        return Server(("127.0.0.1", port), Handler)

    def body(self, handler: BaseHTTPRequestHandler) -> bytes:
        """Read the body of a request."""
        if "chunked" in handler.headers.get("Transfer-Encoding", "").lower():
            return b"".join(iter(lambda: _chunk(handler), b""))
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        body = self.body(handler)
        try:
            status = self.answer({name.lower(): value for name, value in handler.headers.items()}, body)
        except Exception as problem:  # a delivery that fails here comes again
            status = self.crashed(problem)
        handler.send_response(status)
        if status != 204:
            handler.send_header("Content-Length", "0")
        handler.end_headers()

    def crashed(self, problem: Exception) -> int:
        """Return the status where the receiver itself failed."""
        return 500


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30

    def receiver(self) -> Receiver:
        raise NotImplementedError

    def do_POST(self) -> None:
        self.receiver().respond(self)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


def _chunk(handler: BaseHTTPRequestHandler) -> bytes:
    size = int(handler.rfile.readline().partition(b";")[0], 16)
    data = handler.rfile.read(size)
    handler.rfile.readline()
    return data


def _moment(time: str) -> str:
    """Return a time of the API in a form that sorts, with and without fractions of a second."""
    whole, _, fraction = time.rstrip("Z").partition(".")
    return f"{whole}.{fraction:0<9}"
