"""Bounds of connections, as clients meet them that send too much, too slowly, or nothing, and that don't read."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest
from oneinvoice_impl.asgi.bounded_connections import BoundedProtocol, ConnectionLimits
from oneinvoice_impl.asgi.open_connections import TrackedProtocol
from oneinvoice_impl.mock.controls.state import LONGEST_SNAPSHOT
from oneinvoice_impl.server.listener import listen
from oneinvoice_impl.server.serving import server
from starlette.types import ASGIApp, Receive, Scope, Send

PATIENCE = 10.0
OK = b"HTTP/1.1 200 OK"
GET = b"GET / HTTP/1.1\r\nHost: test\r\n"


class Strict(BoundedProtocol):
    """Bounded to less, so that tests take a moment."""

    limits = ConnectionLimits(body_bytes=100_000, seconds=0.5, connections=8, requests=2, linger=0.2)


class Patient(Strict):
    """Bounded in the number of connections, and not so that a busy machine takes the time of one."""

    limits = replace(Strict.limits, seconds=30.0)


class Echo:
    """Answers with the length of the body; `/large` with much, `/held` once it may, and `/busy` after a while alone."""

    def __init__(self) -> None:
        self.may_answer = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return
        length, more = 0, True
        while more:
            message = await receive()
            length += len(message.get("body", b""))
            more = message.get("more_body", False)
        while scope["path"] == "/held" and not self.may_answer.is_set():
            await asyncio.sleep(0.01)
        if scope["path"] == "/busy":
            time.sleep(0.3)  # nothing else is done meanwhile
        body = b"x" * 20_000_000 if scope["path"] == "/large" else str(length).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@contextmanager
def served(app: ASGIApp, protocol: type[BoundedProtocol]) -> Iterator[Any]:
    """Where it listens."""
    with listen("127.0.0.1", 0) as listener:
        ready = threading.Event()
        running = server(app, ready.set, protocol)
        running.config.lifespan = "off"
        thread = threading.Thread(target=running.run, args=([listener],))
        thread.start()
        try:
            assert ready.wait(PATIENCE)
            yield listener.getsockname()
        finally:
            running.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def echo() -> Echo:
    return Echo()


@pytest.fixture(scope="module")
def address(echo: Echo) -> Iterator[Any]:
    with served(echo, Strict) as address:
        yield address


@contextmanager
def connected(address: Any) -> Iterator[socket.socket]:
    with socket.create_connection(address, timeout=PATIENCE) as connection:
        yield connection


def read(connection: socket.socket) -> bytes:
    """All until the connection ends, or is reset."""
    parts = []
    try:
        while part := connection.recv(65536):
            parts.append(part)
    except ConnectionResetError:
        parts.append(b"reset")
    return b"".join(parts)


def sent(address: Any, text: bytes) -> bytes:
    with connected(address) as connection:
        try:
            connection.sendall(text)
        except (ConnectionResetError, BrokenPipeError):
            """It was refused before its end."""
        return read(connection)


def status(answer: bytes) -> int:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    code = int(head.split(b" ")[1])
    assert json.loads(body)["status"] == code
    assert json.loads(body)["request_id"].encode() in head
    return code


CLOSE = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize(
    ("request_bytes", "expected"),
    [
        (GET + b"X: " + b"a" * 60_000 + b"\r\n" + CLOSE, 200),
        (GET + b"X: " + b"a" * 70_000 + b"\r\n" + CLOSE, 431),
        (GET + b"X: " + b"a" * 5_000_000, 431),
        (GET + b"X: a\r\n" * 1_000_000, 431),
        (b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: test\r\n" + CLOSE, 200),
        (b"GET /" + b"a" * 5_000_000, 414),
        (b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 90000\r\n" + CLOSE + b"a" * 90_000, 200),
        (b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 300000000000\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n" + b"9\r\naaaaaaaaa\r\n" * 100_000, 413),
        (
            b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: a\r\n" * 500_000,
            413,
        ),
    ],
    ids=[
        "head",
        "header",
        "endless header",
        "headers",
        "address",
        "endless address",
        "body",
        "length",
        "chunks",
        "trailers",
    ],
)
def test_sizes(address: Any, request_bytes: bytes, expected: int) -> None:
    answer = sent(address, request_bytes)
    if expected == 200:
        assert answer.startswith(OK)
    else:
        assert status(answer) == expected


@pytest.mark.parametrize(
    ("beginning", "pieces", "expected"),
    [
        (b"", b"", None),
        (b"GET / HT", b"", 408),
        (GET, b"X: a\r\n", 408),
        (b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 90000\r\n\r\n", b"a", 408),
        (b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n", 408),
    ],
    ids=["idle", "head", "drops of a head", "drops of a body", "drops of chunks"],
)
def test_clients_that_are_slow(address: Any, beginning: bytes, pieces: bytes, expected: int | None) -> None:
    with connected(address) as connection:
        started = time.monotonic()
        connection.sendall(beginning)
        ended = threading.Event()

        def drip() -> None:
            try:
                while pieces and not ended.wait(0.05):
                    connection.sendall(pieces)
            except OSError:
                """It was closed."""

        dripping = threading.Thread(target=drip)
        dripping.start()
        answer = read(connection).removesuffix(b"reset")
        ended.set()
        dripping.join()
        assert time.monotonic() - started < PATIENCE / 2
    assert (status(answer) if answer else None) == expected


def test_a_client_that_does_not_read(address: Any) -> None:
    with connected(address) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: test\r\n\r\n")
        time.sleep(3 * Strict.limits.seconds)
        assert read(connection).endswith(b"reset")


def test_idle_connections_make_room_for_others(echo: Echo) -> None:
    with served(echo, Patient) as address, ExitStack() as idle:
        # All are taken in one turn of the loop, at one time.
        busy = idle.enter_context(connected(address))
        busy.sendall(b"GET /busy HTTP/1.1\r\nHost: test\r\n" + CLOSE)
        time.sleep(0.1)
        connections = [idle.enter_context(connected(address)) for _ in range(20)]
        assert sent(address, GET + CLOSE).startswith(OK)
        # The last ones are still there, and served.
        for each in connections[-5:]:
            each.sendall(GET + CLOSE)
            assert read(each).startswith(OK)
        assert read(connections[0]) in (b"", b"reset")


def test_requests_beyond_those_at_once(address: Any, echo: Echo) -> None:
    with connected(address) as first, connected(address) as second:
        for each in (first, second):
            each.sendall(b"GET /held HTTP/1.1\r\nHost: test\r\n" + CLOSE)
        until = time.monotonic() + PATIENCE
        while not (answer := sent(address, GET + CLOSE)).startswith(b"HTTP/1.1 503"):
            assert time.monotonic() < until
        assert status(answer) == 503
        assert b"retry-after: 1\r\n" in answer
        echo.may_answer.set()
        assert read(first).startswith(OK)
        assert read(second).startswith(OK)
    assert sent(address, GET + CLOSE).startswith(OK)


def test_an_answer_that_has_begun_or_waits_is_never_mixed_with_a_refusal(address: Any, echo: Echo) -> None:
    echo.may_answer.clear()
    with connected(address) as connection:
        connection.sendall(b"GET /held HTTP/1.1\r\nHost: test\r\n\r\n" + b"GET /" + b"a" * 1_000_000)
        assert read(connection) in (b"", b"reset")
    echo.may_answer.set()


def test_a_mock_takes_more_of_a_body() -> None:
    assert TrackedProtocol.limits.body_bytes > LONGEST_SNAPSHOT
