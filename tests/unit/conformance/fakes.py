"""Small honest stand-ins: a deployment in the same process, exchanges that nobody sent, and a server of raw bytes."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role, bearer
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.failure import failure_from_exception
from oneinvoice_conformance.http.pacer import Clock, Pacer
from oneinvoice_conformance.http.transport import OutgoingRequest
from oneinvoice_conformance.http.transport import RawResponse as Answered
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.finding import Finding, Undecided
from oneinvoice_conformance.options.config_file import read_names
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import Depth, RuleContext
from oneinvoice_openapi.register import Requirement
from werkzeug.test import Client as WSGIClient

from tests import miniatures

BASE = "http://deployment.example"
KEYS = {name: key.value for name, key in miniatures.keys().items()}
CONTRACT = contract_of(None)
NAMES = read_names(CONTRACT.register, None)
VALID = bearer(Role.PRIMARY, KEYS["primary"])


class Skipping:
    """A clock that is moved on by waiting."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


Served = tuple[int, tuple[tuple[str, str], ...], bytes]


class Within:
    """A transport that goes nowhere: what `answer(path and query, headers)` gives, or the error that it raises."""

    def __init__(self, answer: Callable[[str, dict[str, str]], Served]) -> None:
        self._answer = answer

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[Answered]:
        return [self._one(call, clock.now()) for call in calls]

    def _one(self, call: OutgoingRequest, now: float) -> Answered:
        try:
            status, headers, body = self._answer(call.url.removeprefix(BASE), call.headers)
        except OSError as problem:
            return Answered(now, now, error=failure_from_exception(problem, 10.0))
        return Answered(now, now, status, headers, body)

    def close(self) -> None:
        pass


class InProcess(Client):
    """The client, with a miniature deployment in the place of the network, and no time lost in waiting."""

    def __init__(self, miniature: miniatures.Deployment, keys: dict[str, str] = KEYS, **options: Any) -> None:
        wsgi = WSGIClient(miniature)

        def answer(target: str, headers: dict[str, str]) -> Served:
            served = wsgi.get(target, headers=headers)
            return served.status_code, tuple(served.headers.items()), served.data

        options.setdefault("transport", Within(answer))
        super().__init__(Deployment(BASE, keys), pacer=Pacer(clock=Skipping()), **options)


def judged(id: str, deployment: miniatures.Deployment | Client, keys: dict[str, str] = KEYS) -> Finding:
    """What one reading of one rule finds of a miniature, or of what a client remembers of one."""
    client = deployment if isinstance(deployment, Client) else InProcess(deployment, keys)
    try:
        return RULES[id].judge(RuleContext(client, NAMES))
    except Undecided as undecided:
        return undecided.finding


def judged_thoroughly(id: str, deployment: miniatures.Deployment, keys: dict[str, str] = KEYS) -> Finding:
    """What a rule finds in an extended run, which begins by asking for each list."""
    client = InProcess(deployment, keys)
    preflight(client, False)
    return RULES[id].judge(RuleContext(client, NAMES, depth=Depth.EXTENDED))


def exchange(body: Any = b"", status: int = 200, request: Request | None = None, **attributes: Any) -> Exchange:
    """An exchange of the first request with the given answer; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    defaults: dict[str, Any] = {"number": 1, "started": 0.0, "seconds": 0.01}
    sent = request or Request("members", VALID)
    return Exchange(**(defaults | attributes), request=sent, status=status, body=Body(content))


def requirement(id: str = "MEM-1", **attributes: Any) -> Requirement:
    defaults: dict[str, Any] = {"section": "Members", "clause": "clause", "level": "must", "statement": "It is so."}
    return Requirement(id, **(defaults | attributes))


@dataclass
class Wire:
    """A server of raw bytes: its port, and the head of every request on each of its connections."""

    port: int
    connections: list[list[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def requests(self) -> list[bytes]:
        return [request for connection in self.connections for request in connection]


RawResponse = Callable[[socket.socket, int], bool | None]


@contextmanager
def wire(answer: RawResponse) -> Iterator[Wire]:
    """Calls `answer(connection, number of the request)` for each request until it gives False, which hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = Wire(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    open_connections: list[socket.socket] = []

    def serve(connection: socket.socket, seen: list[bytes]) -> None:
        with connection, suppress(OSError):
            while head := head_of(connection):
                seen.append(head)
                if answer(connection, len(server.requests)) is False:
                    return

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                open_connections.append(connection)
                server.connections.append([])
                threads.append(threading.Thread(target=serve, args=(connection, server.connections[-1])))
                threads[-1].start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        acceptor.join()
        listener.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def head_of(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            return b""
        head += byte
    return head


def http(body: bytes = b"[]", status: str = "200 OK", **headers: str) -> bytes:
    """An answer of HTTP/1.1, whole."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
