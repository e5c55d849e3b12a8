"""What receivers do to a sender, and what little it matters."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import threading
import time
from contextlib import suppress

import pytest
from oneinvoice_impl.webhooks.sender import MAX_ANSWER_BYTES, STORED_ANSWER_BYTES, Reply, Sender
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

from tests.integration.impl.receivers import Answer, receiver, saying, status


def post(answer: Answer, timeout: float = 1, body: bytes = b'{"a": "\xc3\xa5"}') -> tuple[Reply, bytes]:
    """What is made of that answer, and the request as it came."""

    async def run(url: str) -> Reply:
        sender = Sender(UrlPolicy(loopback=True), timeout)
        try:
            return await sender.post(url, {"X-One": "1", "User-Agent": "1invoice-webhooks/1"}, body)
        finally:
            await sender.close()

    with receiver(answer) as found:
        return asyncio.run(run(found.url)), found.wait_for(1)[0]


def test_the_request_is_exactly_what_was_asked_for() -> None:
    reply, request = post(status("200 OK", body=b"thanks"))
    head, _, body = request.partition(b"\r\n\r\n")
    first, *headers = head.split(b"\r\n")
    assert first == b"POST /hook HTTP/1.1"
    assert sorted(header for header in headers if not header.startswith(b"Host:")) == [
        b"Connection: close",
        b"Content-Length: 11",
        b"Content-Type: application/octet-stream",
        b"User-Agent: 1invoice-webhooks/1",
        b"X-One: 1",
    ]
    assert body == b'{"a": "\xc3\xa5"}'
    assert reply == Reply(200, answer=b"thanks")


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("204 None", 204),
        ("299 Fine", 299),
        ("301 Moved", 301),
        ("404 Not Found", 404),
        ("410 Gone", 410),
        ("503 Later", 503),
    ],
)
def test_each_status_is_told(line: str, number: int) -> None:
    reply, _ = post(status(line, "Retry-After: 7"))
    assert (reply.status, reply.error, reply.retry_after) == (number, None, "7")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda connection: None, "closed before an answer came"),
        (saying(b"nonsense\r\n\r\n"), "not HTTP"),
        (saying(b"HTTP/1.1 200"), "closed before an answer came"),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n"), "not HTTP"),
        (saying(b"\x00\xff" * 500), "not HTTP"),
        (lambda connection: time.sleep(3), "No answer came within 0.5 seconds"),
    ],
    ids=["closed", "no HTTP", "half a line", "endless header", "binary", "silent"],
)
def test_no_answer_has_a_reason(answer: Answer, reason: str) -> None:
    reply, _ = post(answer, timeout=0.5)
    assert reply.status is None
    assert reply.error
    assert reason in reply.error
    assert reply.error.endswith(".")
    assert reply.answer == b""


def drip(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.05)


def drip_headers(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-Y: z\r\n")
            time.sleep(0.05)


def test_an_answer_that_goes_on_slowly_has_said_what_counts() -> None:
    started = time.monotonic()
    reply, _ = post(drip, timeout=0.5)
    assert (reply.status, reply.error) == (200, None)
    assert set(reply.answer) == {ord("x")}
    assert time.monotonic() - started < 2


def test_headers_that_go_on_slowly_are_cut_off() -> None:
    started = time.monotonic()
    assert post(drip_headers, timeout=0.5)[0].error == "No answer came within 0.5 seconds."
    assert time.monotonic() - started < 2


@pytest.mark.parametrize("headers", [["Content-Length: 67108864"], ["Connection: close"]], ids=["announced", "endless"])
def test_64_mib_are_not_read(headers: list[str]) -> None:
    sent = 0
    done = threading.Event()

    def flood(connection: socket.socket) -> None:
        nonlocal sent
        connection.sendall("\r\n".join(["HTTP/1.1 200 OK", *headers, "", ""]).encode())
        with suppress(OSError):
            for _ in range(1024):
                sent += connection.send(b"z" * 65536)
        done.set()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reply, _ = post(flood, timeout=10)
    assert done.wait(10)
    assert (reply.status, reply.answer) == (200, b"z" * STORED_ANSWER_BYTES)
    # What was on its way when the connection was closed is in the buffers of the system.
    assert sent < 16 * 2**20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
    assert MAX_ANSWER_BYTES == 65_536


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    reply, _ = post(status("200 OK", "Content-Encoding: gzip", body=bomb), timeout=5)
    assert (reply.status, reply.answer) == (200, bomb[:STORED_ANSWER_BYTES])


def test_refused_connections_and_unknown_names() -> None:
    async def run(url: str) -> Reply:
        sender = Sender(UrlPolicy(loopback=True), 5)
        try:
            return await sender.post(url, {}, b"")
        finally:
            await sender.close()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert "No connection could be made" in str(asyncio.run(run(f"http://127.0.0.1:{port}/")).error)
    assert asyncio.run(run("http://nowhere.invalid/")).error == "The URL's host is not known."


def test_a_receiver_without_a_certificate() -> None:
    with receiver(saying(b"no TLS here")) as found:

        async def run() -> Reply:
            sender = Sender(UrlPolicy(loopback=True), 2)
            try:
                return await sender.post(found.url.replace("http:", "https:"), {}, b"")
            finally:
                await sender.close()

        reply = asyncio.run(run())
    assert reply.status is None
    assert reply.error


def test_cookies_are_not_kept() -> None:
    with receiver(status("200 OK", "Set-Cookie: a=b")) as found:

        async def run() -> None:
            sender = Sender(UrlPolicy(loopback=True), 2)
            await sender.post(found.url, {}, b"")
            await sender.post(found.url, {}, b"")
            await sender.close()

        asyncio.run(run())
        assert not [request for request in found.wait_for(2) if b"cookie" in request.lower()]
