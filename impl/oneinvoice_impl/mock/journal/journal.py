"""Journal: a ring of the newest requests to the API that were answered, kept as they came, and read when asked for."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.mock.faults.middleware import client_left, fault_name

MOST_KEPT = 500
_BODIES = 2 * 2**20  # bytes of all bodies
_LONGEST_BODY = 64 * 2**10
_SHOWN = ("accept", "content-type", "origin", "prefer", "user-agent")  # headers of a request
_KEPT = frozenset(name.encode() for name in ("authorization", *_SHOWN))
_KEY = re.compile("1iv_[0-9A-Za-z]+")


@dataclass(slots=True)
class Entry:
    """Request and its answer. `seconds` go from its beginning to the end of the answer.

    `since` is on a clock that goes by itself, for distances in time. `status` is 0 where no answer was begun, and
    `body` None where it is kept no more. It `is_left` if its client didn't wait for the whole answer. What is `sent`
    has the key in it.
    """

    at: datetime
    since: float
    request_id: str
    method: str
    sent_path: str
    sent_query: bytes
    sent: Sequence[tuple[bytes, bytes]]
    number: int = 0
    status: int = 0
    seconds: float = 0.0
    answered: Sequence[tuple[bytes, bytes]] = ()
    fault: str | None = None
    size: int = 0
    body: bytes | None = b""
    is_left: bool = False

    @property
    def path(self) -> str:
        return _without_keys(self.sent_path)

    @property
    def query(self) -> str:
        return _without_keys(self.sent_query.decode("latin-1"))

    @property
    def headers(self) -> list[tuple[str, str]]:
        """Headers of the request that tell of the client, and nothing of the key."""
        return [(name, _without_keys(value)) for name, value in _decoded(self.sent) if name in _SHOWN]

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


class Journal:
    """The newest requests, and of the newest of these the bodies of their answers."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
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

    def begin(self, scope: Scope) -> Entry:
        """Return what there is of a request before it is answered."""
        return Entry(
            self._clock(),
            time.monotonic(),
            request_id(scope),
            scope["method"],
            scope["path"],
            scope["query_string"],
            [each for each in scope["headers"] if each[0] in _KEPT],
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


def _without_keys(text: str) -> str:
    """Return a text without the keys that somebody put where they don't belong."""
    return _KEY.sub("1iv_***", text)
