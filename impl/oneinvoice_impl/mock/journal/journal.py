"""Journal: a ring of the newest requests to the API that were answered, kept as they came, and read when asked for."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.mock.faults.middleware import client_left, fault_name
from oneinvoice_impl.mock.faults.sends import Newest
from oneinvoice_impl.mock.journal.key_places import (
    KeyPlace,
    headers_with_key,
    key_places,
    masked_authorization,
    query_without_keys,
    without_keys,
)

MOST_KEPT = 500
_BODIES = 2 * 2**20  # bytes of all bodies
_LONGEST_BODY = 64 * 2**10
# Headers of a request that tell of its client.
_SHOWN = ("accept", "accept-encoding", "connection", "content-type", "origin", "prefer", "user-agent")
_MOST_KEYS = 1_000


@dataclass(slots=True)
class Entry:
    """Request and its answer. `seconds` go from its beginning to the end of the answer.

    `since` is on a clock that goes by itself, for distances in time, as is `answering`, when the answer began;
    `elapsed` is on the mock's, which may be moved. `connection` is the client's end of it, None where that isn't known.
    `status` is 0 where no answer was begun, and `body` None where it is kept no more. It `is_left` if its client didn't
    wait for the whole answer. What is `sent` has the key in it.
    """

    at: datetime
    since: float
    elapsed: float
    request_id: str
    http_version: str
    connection: str | None
    method: str
    sent_path: str
    sent_query: bytes
    sent: Sequence[tuple[bytes, bytes]]
    number: int = 0
    status: int = 0
    answering: float | None = None
    seconds: float = 0.0
    answered: Sequence[tuple[bytes, bytes]] = ()
    fault: str | None = None
    size: int = 0
    body: bytes | None = b""
    is_left: bool = False

    @property
    def path(self) -> str:
        return without_keys(self.sent_path)

    @property
    def query(self) -> str:
        return query_without_keys(self.sent_query.decode("latin-1"))

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def ended(self) -> float:
        """The end of its answer, on the clock of `since`."""
        return self.since + self.seconds

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Headers of the request that tell of the client, and those with a key, without that."""
        sent = _decoded(self.sent)
        shown = {*_SHOWN, *headers_with_key(sent)}
        masked = ((name, masked_authorization(value)) for name, value in sent if name == "authorization")
        return [*masked, *((name, without_keys(value)) for name, value in sent if name in shown)]

    @property
    def key_places(self) -> tuple[KeyPlace, ...]:
        """Places in which a key was sent."""
        return key_places(self.sent_path, self.sent_query.decode("latin-1"), _decoded(self.sent))

    @property
    def headers_with_key(self) -> list[str]:
        """Names of the headers, other than Authorization, in which a key was sent."""
        return headers_with_key(_decoded(self.sent))

    @property
    def credentials(self) -> list[str]:
        """Values of Authorization."""
        return [value for name, value in _decoded(self.sent) if name == "authorization"]

    @property
    def key(self) -> str | None:
        """Digest of the token that was sent, with Bearer before it or without."""
        scheme, _, token = (self.credentials or [""])[0].partition(" ")
        text = token.strip(" ") or (scheme if scheme.startswith("1iv_") else "")
        return digest(text) if text else None

    @property
    def answer_headers(self) -> list[tuple[str, str]]:
        return _decoded(self.answered)

    def header(self, name: str) -> str | None:
        """Return the value of a header of the answer; its name is in lower case."""
        return next((value for each, value in self.answer_headers if each == name), None)


class Onlooker(Protocol):
    """Onlooker of a journal."""

    def on_request(self, entry: Entry) -> None:
        """Look at a request that was answered."""

    def forget(self) -> None:
        """Forget the requests before."""


class Journal:
    """The newest requests, and of the newest of these the bodies of their answers. An `onlooker` sees each of them."""

    def __init__(self, clock: Clock, onlooker: Onlooker | None = None) -> None:
        self._clock = clock
        self._onlooker = onlooker
        self._key_ids: Newest[str, str] = Newest(_MOST_KEYS)
        self._keys = 0
        self._entries: deque[Entry] = deque(maxlen=MOST_KEPT)
        self._with_body: deque[Entry] = deque()
        self._bytes = 0
        self._number = 0

    @property
    def entries(self) -> Sequence[Entry]:
        """Those that were answered first come first."""
        return tuple(self._entries)

    def clear(self) -> None:
        """Forget all; the numbers go on."""
        self._entries.clear()
        self._with_body.clear()
        self._bytes = 0
        if self._onlooker is not None:
            self._onlooker.forget()

    def key_ids(self, digests: Collection[str]) -> Mapping[str, str]:
        """Return a name such as `key-1` for each key of these digests, always the same, from which nothing follows."""
        for each in digests:
            if each not in self._key_ids:
                self._keys += 1
                self._key_ids[each] = f"key-{self._keys}"
        return {each: self._key_ids[each] for each in digests}

    def begin(self, scope: Scope) -> Entry:
        """Return what there is of a request before it is answered."""
        return Entry(
            self._clock(),
            time.monotonic(),
            self._clock.monotonic(),
            request_id(scope),
            scope["http_version"],
            _connection(scope),
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["headers"],
        )

    def keep(self, entry: Entry, pieces: Sequence[bytes]) -> None:
        """Keep a request with its answer's body, and have older bodies go that there is no room for."""
        self._number += 1
        entry.number = self._number
        entry.seconds = time.monotonic() - entry.since
        entry.size = sum(map(len, pieces))
        entry.body = b"".join(pieces) if entry.size <= _LONGEST_BODY else None
        self._entries.append(entry)
        if entry.body:
            self._with_body.append(entry)
            self._bytes += entry.size
        while self._bytes > _BODIES:
            oldest = self._with_body.popleft()
            self._bytes -= oldest.size
            oldest.body = None
        if self._onlooker is not None:
            self._onlooker.on_request(entry)


class Journalled:
    """ASGI middleware that keeps requests to the API in a journal."""

    def __init__(self, app: ASGIApp, journal: Journal) -> None:
        self._app = app
        self._journal = journal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        entry = self._journal.begin(scope)
        pieces: list[bytes] = []

        def send_and_keep(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                entry.status, entry.answered = message["status"], message["headers"]
                entry.answering = time.monotonic()
            else:
                pieces.append(message.get("body", b""))
            return send(message)

        try:
            await self._app(scope, receive, send_and_keep)
        finally:
            entry.fault, entry.is_left = fault_name(scope), client_left(scope)
            self._journal.keep(entry, pieces)


def _decoded(raw: Sequence[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return Headers(raw=list(raw)).items()


def _connection(scope: Scope) -> str | None:
    """Return the client's end of a connection; None where a proxy's address stands for it."""
    host, port = scope.get("client") or ("", 0)
    return f"{host}:{port}" if port else None
