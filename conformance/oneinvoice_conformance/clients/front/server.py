"""Server of a front: a thread for each connection, and an observation of each request."""

from __future__ import annotations

import errno
import gzip
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from oneinvoice_conformance.clients.front.answer import Answer, Framing, Script, as_the_api_answers
from oneinvoice_conformance.clients.front.delays import DelayMeter
from oneinvoice_conformance.clients.front.keys import KeyWatch
from oneinvoice_conformance.clients.journal import Journal
from oneinvoice_conformance.clients.mock.controls import Sandbox
from oneinvoice_conformance.clients.observation import ClientRequest, Headers, page_of
from oneinvoice_conformance.documented import MAX_PAGE_SIZE

_SILENCE = 60.0  # seconds that a connection is kept
_PASSED_ON = ("accept", "authorization", "content-type")
_NOT_PASSED_BACK = ("connection", "content-length", "transfer-encoding", "date", "server", "keep-alive")
_LONGEST_BODY = 2**20  # bytes of a request
_SETTLED = 2.0  # seconds
_LOCALHOST = "localhost"
_PORTS = 20  # that are tried until one is free on both loopbacks

_CHUNKED = (Framing.CHUNKED, Framing.CUT_CHUNKS)
_CUT = (Framing.CUT, Framing.CUT_CHUNKS)

Wrap = Callable[[socket.socket], socket.socket]


class Front:
    """Server on a free port of 127.0.0.1, for the context; `origin` is what the client is given.

    `script` decides the answers, and may be changed at any time. `host` is another name of this machine in the origin;
    for localhost it listens on ::1, too, where there is IPv6. `delay` is by how much this machine was late at most.
    `wrap` is done to each new connection in its own thread, such as a TLS handshake; an `OSError` there ends it.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        journal: Journal,
        script: Script = as_the_api_answers,
        *,
        host: str = "127.0.0.1",
        scheme: str = "http",
        wrap: Wrap | None = None,
    ) -> None:
        self.script = script
        self.sandbox = sandbox
        self.journal = journal
        self.keys = KeyWatch(sandbox.key)
        self.errors: list[BaseException] = []
        self._servers = _servers(self, wrap, on_both=host == _LOCALHOST)
        self.origin = f"{scheme}://{host}:{self._servers[0].server_address[1]}"
        self._threads = [
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True) for server in self._servers
        ]
        self._meter = DelayMeter()
        self._under_way = 0
        self._changed = threading.Condition()

    def __enter__(self) -> Front:
        self._meter.__enter__()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.end()
        self._meter.__exit__(kind, error, traceback)
        if error is None and self.errors:
            raise BaseExceptionGroup("the front failed", self.errors)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Count a request as under way for the context."""
        with self._changed:
            self._under_way += 1
        try:
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()

    def settle(self, seconds: float = _SETTLED) -> None:
        """Wait until the journal has all requests that came, which a client may leave behind; so long at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, seconds)

    @property
    def delay(self) -> float:
        """Longest delay of this machine since the front began, in seconds."""
        return self._meter.longest

    def pass_on(self, request: ClientRequest, headers: Headers) -> Answer:
        """Return what the sandbox answers to a request; an outage of the mock is raised, and is nobody's else.

        A limit above the documented maximum gets a page of that maximum, which the documentation leaves open.
        """
        sent = {name: value for name, value in headers if name.lower() in _PASSED_ON}
        target = _within_maximum(self.keys.shown_with_key(request.target), request.limit)
        reply = self.sandbox.pool.request(request.method, self.sandbox.origin + target, headers=sent, redirect=False)
        kept = [(name, value) for name, value in reply.headers.items() if name.lower() not in _NOT_PASSED_BACK]
        return Answer(reply.status, tuple(kept), reply.data)


class _Server(ThreadingHTTPServer):
    loopback = "127.0.0.1"
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, front: Front, wrap: Wrap | None, port: int = 0) -> None:
        self.front = front
        self._wrap = wrap
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        super().__init__((self.loopback, port), _Handler)

    def finish_request(self, request: Any, client_address: Any) -> None:
        connection = self._wrap(request) if self._wrap else request
        with self._lock:
            self._open.add(connection)
        try:
            super().finish_request(connection, client_address)
        finally:
            with self._lock:
                self._open.discard(connection)
            if connection is not request:
                with suppress(OSError):
                    connection.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error is not None and not isinstance(error, OSError):
            self.front.errors.append(error)

    def end(self) -> None:
        """End the listener, and the connections that there are."""
        with self._lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        self.server_close()


class _ServerOfIPv6(_Server):
    loopback = "::1"
    address_family = socket.AF_INET6


def _servers(front: Front, wrap: Wrap | None, *, on_both: bool) -> list[_Server]:
    """Return a server on a free port, and on the same port of ::1 another one if it is to be there."""
    for _ in range(_PORTS):
        server = _Server(front, wrap)
        if not on_both:
            return [server]
        try:
            return [server, _ServerOfIPv6(front, wrap, server.server_address[1])]
        except OSError as error:
            if error.errno != errno.EADDRINUSE:  # there is no IPv6
                return [server]
            server.server_close()
    raise OSError(errno.EADDRINUSE, "no port is free on both 127.0.0.1 and ::1")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _SILENCE
    server: _Server

    def setup(self) -> None:
        super().setup()
        with suppress(OSError):
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._connection = self.server.front.journal.number("connection")
        self._at = 0.0

    def parse_request(self) -> bool:
        self._at = self.server.front.journal.clock()  # the request line has just come
        self._number = self.server.front.journal.number("request")
        return super().parse_request()

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _serve(self) -> None:
        with self.server.front.serving():
            self._serve_one()

    def _serve_one(self) -> None:
        front = self.server.front
        headers = tuple((name, str(value)) for name, value in self.headers.items())
        length = self.headers.get("Content-Length", "0")
        body = self.rfile.read(min(int(length), _LONGEST_BODY)) if length.isdecimal() else b""
        request = ClientRequest(
            number=self._number,
            at=self._at,
            method=self.command,
            target=front.keys.masked(self.path),
            headers=tuple((name, front.keys.masked(value)) for name, value in headers),
            key_places=front.keys.places(self.path, headers, body),
            connection=self._connection,
        )
        answer = front.script(request, lambda: front.pass_on(request, headers))
        if answer.delay:
            time.sleep(answer.delay)
        front.journal.keep(self._answered(request, answer))

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Return what serves a request of any method: the API decides which it knows."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _answered(self, request: ClientRequest, answer: Answer) -> ClientRequest:
        """Send the answer, and return the observation of both."""
        clock = self.server.front.journal.clock
        is_whole = answer.framing in (Framing.LENGTH, Framing.CHUNKED)
        records, total = page_of(answer.status, answer.body) if is_whole else (None, None)
        begun = clock()
        is_left = False
        try:
            if answer.framing is Framing.RESET:
                self._reset()
            else:
                self._send(answer)
        except OSError:
            is_left = self.close_connection = True
        return replace(
            request,
            status=0 if answer.framing is Framing.RESET else answer.status,
            answer_headers=answer.headers,
            body=answer.body,
            answering=begun,
            answered=clock(),
            mark=answer.mark,
            note=answer.note,
            records=records,
            total=total,
            is_left=is_left,
        )

    def _send(self, answer: Answer) -> None:
        whole = gzip.compress(answer.body) if answer.is_packed else answer.body
        body = b"" if self.command == "HEAD" else whole
        chunked = answer.framing in _CHUNKED and self.request_version != "HTTP/1.0"
        lines = [f"HTTP/1.1 {answer.status} {_phrase(answer.status)}"]
        given = {name.lower() for name, _ in answer.headers}
        lines += [] if "date" in given else [f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        lines += ["Content-Encoding: gzip"] if answer.is_packed else []
        lines += ["Transfer-Encoding: chunked"] if chunked else [f"Content-Length: {len(whole)}"]
        if answer.framing in _CUT:
            body = body if chunked else body[: len(body) // 2]
            self.close_connection = True
        elif self.close_connection:
            lines.append("Connection: close")
        if chunked and self.command != "HEAD":
            body = _chunks(body) + (b"" if answer.framing in _CUT else b"0\r\n\r\n")
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body)

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


def _chunks(body: bytes, size: int = 1000) -> bytes:
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)


def _within_maximum(target: str, limit: int | None) -> str:
    """Return a target whose limit is the documented maximum at most."""
    if limit is None or limit <= MAX_PAGE_SIZE:
        return target
    parts = urlsplit(target)
    kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "limit"]
    return parts._replace(query=urlencode([*kept, ("limit", str(MAX_PAGE_SIZE))])).geturl()


def _phrase(status: int) -> str:
    with suppress(ValueError):
        return HTTPStatus(status).phrase
    return "Unknown"
