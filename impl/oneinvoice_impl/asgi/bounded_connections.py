"""Bounds of connections: how large what clients send may be, how long they may take, and how many there may be.

uvicorn bounds none of these but the time between two requests. A look at all connections now and then costs a request
less than a timer for each of its parts would.
"""

from __future__ import annotations

import asyncio
import json
import resource
import secrets
import socket
import struct
from dataclasses import dataclass
from http import HTTPStatus
from itertools import count
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LINGER = struct.pack("ii", 1, 0)  # on, for no time: what is closed is reset (RFC 9293, 3.10.4)
_SLOWEST = 16 * 1024
_numbers = count()
_SPARED_FILES = 700  # the sockets of webhooks, 500 at most, and those of databases


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of the connections of one process."""

    head_bytes: int = 64 * 1024
    """Of the request line and the headers."""
    body_bytes: int = 32 * 2**20
    """Of a body, its chunks' sizes and its trailers included: twice of what any form may have, which a page tells."""
    seconds: float = 30.0
    """For which a connection may be idle, a head may take, a client may read nothing; and a body, which gets another
    second for each 16 KiB."""
    connections: int = 4096
    """Open at the same time; beyond, those that are idle for longest are closed."""
    requests: int = 1024
    """Answered at the same time; more get 503."""
    linger: float = 1.0
    """Seconds for which what is still sent is thrown away, so that a refusal is read before the connection ends."""


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's protocol of a connection, within `limits`."""

    limits: ClassVar = ConnectionLimits()

    _refused = False
    _received = 0  # bytes of a head or a body that is not complete
    _moved = False  # whether one was completed by what came last
    _is_long = False
    _body_since: float | None = None
    _head_since = 0.0
    _number = 0
    _write_since: float | None = None
    _closing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head_since = self.loop.time()
        self._number = next(_numbers)
        _watch(self).made(self)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._received += len(data)
        self._moved = False
        self._is_long = self._received > self.limits.head_bytes
        super().data_received(data)
        if self._moved:
            self._received = 0
        elif self._refused:
            return
        elif self._body_since is not None:
            if self._received > self.limits.body_bytes:
                self._refuse_body()
        elif self._is_long:
            self._refuse_head()

    def on_headers_complete(self) -> None:
        self._moved = True
        if self._refused:
            return
        if self._is_long and self._head_length() > self.limits.head_bytes:
            self._refuse_head()
        elif self._announced() > self.limits.body_bytes:
            self._refuse_body()
        elif len(self.tasks) >= self.limits.requests:
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE, "More is asked for than can be answered; try again later.")
        else:
            self._body_since = self.loop.time()
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._moved = True
        self._body_since = None
        if not self._refused:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        self._head_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        self._write_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._write_since = None
        super().resume_writing()

    @property
    def idle_since(self) -> float | None:
        """The time since which it waits for its client, not to send a body; None if it is at work."""
        if self._write_since is not None:
            return self._write_since
        is_at_work = self.cycle is not None and not self.cycle.response_complete
        return None if is_at_work else self._head_since

    def end_if_overdue(self, now: float) -> None:
        """Close the connection if its client lets it wait for too long."""
        limit = self.limits.seconds
        if self._refused:
            return
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > limit:  # what is written is not read
                reset(self.transport)
        elif self._write_since is not None:
            if now - self._write_since > limit:
                reset(self.transport)
        elif self._body_since is not None:
            if not self.flow.read_paused and now - self._body_since > limit + self._received / _SLOWEST:
                self._refuse(
                    HTTPStatus.REQUEST_TIMEOUT, f"The body was not sent within {limit:g} seconds; send it anew."
                )
        elif self.idle_since is not None and now - self._head_since > limit:
            if self._received:
                self._refuse(HTTPStatus.REQUEST_TIMEOUT, f"The headers were not sent within {limit:g} seconds.")
            else:
                self.transport.close()

    def _announced(self) -> int:
        """Return the length of the body that is announced, which the parser has found to be a number."""
        return next((int(value) for name, value in self.headers if name == b"content-length"), 0)

    def _head_length(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _refuse_head(self) -> None:
        limit = self.limits.head_bytes // 1024
        if len(self.url) > self.limits.head_bytes // 2:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, f"The address is too long: headers have {limit} KiB in all.")
        else:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"Send at most {limit} KiB of headers.")

    def _refuse_body(self) -> None:
        limit = self.limits.body_bytes / 2**20
        self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {limit:g} MiB.")

    def _refuse(self, status: HTTPStatus, detail: str) -> None:
        """Answer with an error, unless what is answered is another request, and close the connection."""
        self._refused = True
        cycle, is_passed_on = self.cycle, self._body_since is not None
        if cycle is not None and not cycle.response_complete:
            if not is_passed_on or self.pipeline or cycle.response_started:
                self.transport.abort()
                return
            # Who works on this request is told that its client is gone.
            cycle.disconnected = True
            cycle.message_event.set()
        self.transport.write(_problem(status, detail))
        if self.transport.can_write_eof():
            # Closed at once, the system would tell the client of bytes that nobody read, and not of the answer.
            self.transport.write_eof()
        self.flow.resume_reading()
        self.loop.call_later(self.limits.linger, self.transport.abort)


def reset(transport: asyncio.Transport) -> None:
    """Reset a connection: what is not sent by now, or not read, is lost."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    transport.abort()


class _ConnectionWatch:
    """Watch over the connections of a server, which looks at them as long as there are any."""

    def __init__(self, limits: ConnectionLimits) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._most = limits.connections if files < 0 else max(min(limits.connections, files - _SPARED_FILES), 1)
        self._is_looking = False

    def made(self, protocol: BoundedProtocol) -> None:
        """Take in a new connection."""
        if len(protocol.connections) > self._most:
            _make_room(protocol, max(self._most // 16, 1))
        if not self._is_looking:
            self._is_looking = True
            self._look_later(protocol)

    def _look_later(self, protocol: BoundedProtocol) -> None:
        protocol.loop.call_later(protocol.limits.seconds / 30, self._look, protocol)

    def _look(self, protocol: BoundedProtocol) -> None:
        """Look at all connections of the server of `protocol`, whose own may have ended."""
        now = protocol.loop.time()
        for each in [*protocol.connections]:
            if isinstance(each, BoundedProtocol):
                each.end_if_overdue(now)
        self._is_looking = bool(protocol.connections)
        if self._is_looking:
            self._look_later(protocol)


_watches: WeakKeyDictionary[Any, _ConnectionWatch] = WeakKeyDictionary()


def _watch(protocol: BoundedProtocol) -> _ConnectionWatch:
    watch = _watches.get(protocol.server_state)
    if watch is None:
        watch = _watches[protocol.server_state] = _ConnectionWatch(protocol.limits)
    return watch


def _make_room(new: BoundedProtocol, room: int) -> None:
    """Close connections that are idle for longest, several at once, as finding them takes a while; else the new one."""
    idle = [
        # Those that were taken in the same turn of the loop have one time.
        (each.idle_since, each._number, each)
        for each in new.connections
        if isinstance(each, BoundedProtocol) and each is not new and each.idle_since is not None
    ]
    longest = sorted(idle, key=lambda found: found[:2])[:room]
    for _, _, each in longest:
        reset(each.transport)
    if not longest:
        new.transport.abort()


def _problem(status: HTTPStatus, detail: str) -> bytes:
    """Return the whole answer, in the shape of the API's problems (RFC 9457)."""
    id = f"req_{secrets.token_hex(8)}"
    content = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail, "request_id": id}
    body = json.dumps(content).encode()
    head = [f"HTTP/1.1 {status.value} {status.phrase}", "content-type: application/problem+json"]
    head += [f"content-length: {len(body)}", "connection: close", f"x-request-id: {id}"]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        head.append("retry-after: 1")
    return "\r\n".join([*head, "", ""]).encode() + body


def allow_open_files() -> None:
    """Raise the limit of open files of this process, as far as it may be, so that connections have room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ConnectionLimits().connections + _SPARED_FILES
    if 0 <= soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))
