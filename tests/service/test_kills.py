"""Nothing that is committed is lost, and nothing signed wrongly, whichever process is killed and whatever is frozen."""

from __future__ import annotations

import hashlib
import hmac
import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

import httpx
import psycopg
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.store.accounts.sessions import begin_session
from oneinvoice_impl.store.accounts.users import create_organisation, ensure_user
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.tables.dashboard import users
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption, new_key
from sqlalchemy import select

from tests.integration.impl.receivers import Receiver, receiver, status
from tests.service.kill_targets import Service, service
from tests.soak import SOAK

KILLS = 100 if SOAK else 12
ENDPOINTS = 3
CLIENTS = 3
SPACING = 0.15  # seconds between two events of a client
PAUSES = (0.1, 0.8)  # seconds between two kills
ANSWER = 0.3  # seconds, so that whoever is killed has something in flight
TAKEN_OVER = 60.0  # seconds: within a lease of 25, another attempt, and what a busy machine takes
SECRET = "whsec_kills"
COOKIE = "k" * 43


@dataclass
class Events:
    """Invoices that are created at a steady rate; `committed` are those whose creation was acknowledged."""

    url: str
    committed: set[str] = field(default_factory=set)
    refused: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Create one after the other, each by a client of its own, until it is told to end."""
        while not self.ended.wait(SPACING):
            id = new_id("inv")
            try:
                answer = httpx.post(f"{self.url}/invoices/new", data=_form(id), cookies=_cookies(self.url), timeout=5)
            except httpx.HTTPError:
                self.refused += 1
                continue
            assert answer.status_code in (HTTPStatus.SEE_OTHER, HTTPStatus.INTERNAL_SERVER_ERROR, 503), answer.text
            if answer.status_code == HTTPStatus.SEE_OTHER:
                self.committed.add(id)
            else:
                self.refused += 1


def _answer(connection: socket.socket) -> None:
    time.sleep(ANSWER)
    status("200 OK")(connection)


def _token(purpose: bytes) -> str:
    return hmac.new(COOKIE.encode(), purpose, hashlib.sha256).hexdigest()


def _cookies(url: str) -> dict[str, str]:
    return {f"session_{httpx.URL(url).port}": COOKIE}


def _form(id: str) -> dict[str, str]:
    due_date = datetime.now(UTC).date() + timedelta(days=14)
    return {
        "csrf": _token(b"csrf"),
        "idempotency_token": f"{id}.{_token(b'idempotency ' + id.encode())}",
        "customer_name": "Blåbær Kafé",
        "total": "1250.00",
        "currency": "NOK",
        "due_date": due_date.isoformat(),
    }


def _fill(target: Service, hooks: Receiver, key: str) -> None:
    """One user who is logged in, with endpoints of the same secret."""
    at, encrypted = datetime.now(UTC), SecretEncryption(key).encrypt(SECRET)

    def fill(connection: Connection) -> None:
        user_id = ensure_user(connection, "maren@nordlys.example", at)
        create_organisation(connection, user_id, "Nordlys Bygg", "company", at)
        begin_session(connection, hashlib.sha256(COOKIE.encode()).hexdigest(), user_id, at)
        organisation_id = connection.execute(select(users.c.organisation_id)).scalar_one()
        for number in range(ENDPOINTS):
            EndpointRepository(connection, organisation_id).add(f"{hooks.url}/{number}", None, encrypted, at)

    database = Database(target.database_url)
    with database.exclusive() as connection:
        fill(connection)
    database.close()


@contextmanager
def _happening(url: str) -> Iterator[Events]:
    events = Events(url)
    threads = [threading.Thread(target=events.run) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    try:
        yield events
    finally:
        events.ended.set()
        for thread in threads:
            thread.join()


def _do_harm(target: Service, draw: random.Random) -> list[str]:
    """Kill each kind and let the network do each fault, in an order that is drawn; return what was done."""
    kills, faults = target.kills(), target.faults()
    names = [*kills, *kills, "delivery worker", "web worker"][:KILLS]
    names += draw.choices([*kills], k=KILLS - len(names))
    done = [*names, *faults] if not SOAK else [*names, *[*faults] * 5]
    draw.shuffle(done)
    for name in done:
        if name in kills:
            kills[name](draw)
        else:
            faults[name]()
        time.sleep(draw.uniform(*PAUSES))
        target.start_what_ended()
    return done


def _query(target: Service, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(target.database_url.replace("+psycopg", "")) as connection:
        return connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


def _until_all_is_delivered(target: Service) -> None:
    until = time.monotonic() + TAKEN_OVER
    while left := _query(target, "SELECT id, status FROM webhook_deliveries WHERE status <> 'delivered'"):
        assert time.monotonic() < until, left
        time.sleep(0.1)


def _delivered(hooks: Receiver) -> set[tuple[str, str]]:
    """The endpoints and invoices of all that came, each of which is signed rightly."""
    found = set()
    for request in hooks.requests:
        head, _, body = request.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        if len(body) < int(headers["content-length"]):
            continue  # who sent it was killed
        assert headers["x-1invoice-signature"] == hmac.digest(SECRET.encode(), body, "sha256").hex()
        found.add((lines[0].split()[1], json.loads(body)["data"]["id"]))
    return found


def test_what_is_committed_is_delivered_and_signed_rightly_whatever_is_killed() -> None:
    key, draw = new_key().decode(), random.Random(19)
    with receiver(_answer) as hooks, service(key) as target:
        _fill(target, hooks, key)
        target.wait()
        with _happening(target.url) as events:
            done = _do_harm(target, draw)
        assert len(events.committed) > KILLS, (events.refused, done)
        target.wait()
        _until_all_is_delivered(target)
        delivered = _delivered(hooks)
        stored = {str(id) for (id,) in _query(target, "SELECT id FROM invoices")}
        assert events.committed <= stored
        assert {(f"/hook/{number}", id) for number in range(ENDPOINTS) for id in stored} == delivered
        assert len(_query(target, "SELECT 1 FROM procrastinate_jobs")) < 10
        assert target.stop() == [0] * 3
