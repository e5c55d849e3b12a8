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
from oneinvoice_impl.webhooks.exchange import MAX_ANSWER_BYTES, STORED_ANSWER_BYTES, Reply
from oneinvoice_impl.webhooks.sender import Sender
from oneinvoice_impl.webhooks.url_policy import UrlPolicy

from tests.integration.impl.receivers import Answer, receiver, saying, status


def post(answer: Answer, timeout: float = 1, body: bytes = b'{"a": "\xc3\xa5"}') -> tuple[Reply, bytes]:
    """What is made of that answer, and the request as it came."""

    async def run(url: str) -> Reply:
        sender = Sender(UrlPolicy(loopback=True), timeout)
        try:
            return await sender.post(url, {"X-One": "1", "User-Agent": "1invoice-webhooks/1"}, body)
        finally:
            sender.close()

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
        (saying(b"HTTP/1.1 2004 OK\r\n\r\n"), "not HTTP"),
        (saying(b"HTTP/1.1 99 Low\r\n\r\n"), "not HTTP"),
        (saying(b"HTTP/1.1 103 Hints\r\n\r\n"), "closed before an answer came"),
        (saying(b"HTTP/1.1 103 Hints\r\nA\r\n\r\n"), "not HTTP"),
        (saying(b"HTTP/1.1 200 OK\r\nA: b\r\n"), "closed before an answer came"),
        (saying(b"\x00\xff" * 500), "not HTTP"),
        (lambda connection: time.sleep(3), "No answer came within 0.5 seconds"),
    ],
    ids=[
        "closed",
        "no HTTP",
        "half a line",
        "four digits",
        "below 100",
        "interim",
        "interim and broken",
        "half a head",
        "binary",
        "silent",
    ],
)
def test_no_answer_has_a_reason(answer: Answer, reason: str) -> None:
    reply, _ = post(answer, timeout=0.5)
    assert reply.status is None
    assert reply.error
    assert reason in reply.error
    assert reply.error.endswith(".")
    assert reply.answer == b""


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("content", "stored"),
    [
        (HEAD + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nok", b""),
        (HEAD + b"Content-Length: 2, 2\r\n\r\nok", b""),
        (HEAD + b"Content-Length: two\r\n\r\nok", b""),
        (HEAD + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", b""),
        (HEAD + b"Bad Name: x\r\n\r\nok", b""),
        (HEAD + b"X: \x00\x01\r\n\r\nok", b""),
        (HEAD.replace(b"\r", b"") + b"Content-Length: 2\n\nok", b""),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\nno size\r\n", b"ok"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\nok\r\n", b""),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\nok", b"ok"),
        (HEAD + b"Content-Length: 9\r\n\r\nok", b"ok"),
        (HEAD + b"Content-Length: 2\r\n\r\nok and more", b"ok"),
        (HEAD + b"\r\nok", b"ok"),
        (b"HTTP/1.0 200\r\n\r\nok", b"ok"),
        (b"\r\n" + HEAD + b"\r\nok", b"ok"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nok", b"ok"),
        (b"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\n" * 3 + HEAD + b"Content-Length: 2\r\n\r\nok", b"ok"),
    ],
    ids=["doubled length", "lengths in one", "length in words", "length and chunks", "space in a name",
         "control characters", "line feeds alone", "broken chunk", "negative chunk", "half a chunk", "half a body",
         "more than its length", "until the end", "without a reason", "empty line first", "100 first", "103s first"],
)  # fmt: skip
def test_a_status_line_is_an_answer_whatever_follows(content: bytes, stored: bytes) -> None:
    reply, _ = post(saying(content))
    assert reply == Reply(200, answer=stored)


@pytest.mark.parametrize(
    "headers",
    [
        b"X: " + b"y" * 65_536 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (number, b"y" * 60) for number in range(1000)),
        b"X: " + b"y" * 1_000_000 + b"\r\n",
    ],
    ids=["one of 64 kB", "a thousand", "one of 1 MB"],
)
def test_large_headers_are_an_answer(headers: bytes) -> None:
    reply, _ = post(saying(HEAD + headers + b"Content-Length: 2\r\n\r\nok"))
    assert (reply.status, reply.error) == (200, None)


@pytest.mark.parametrize("number", [204, 304])
def test_a_status_without_a_body_ends_with_its_headers(number: int) -> None:
    """Also where one is sent, and the connection is kept open."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 %d None\r\nContent-Length: 2\r\n\r\nok" % number)
        time.sleep(3)

    started = time.monotonic()
    assert post(answer, timeout=3)[0] == Reply(number)
    assert time.monotonic() - started < 2


def test_what_switches_protocols_is_an_answer() -> None:
    reply, _ = post(saying(b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n\x00\x00"))
    assert (reply.status, reply.error) == (101, None)


def test_retry_after_is_that_of_the_final_answer() -> None:
    interim = b"HTTP/1.1 103 Hints\r\nRetry-After: 1\r\n\r\n"
    final = b"HTTP/1.1 503 Later\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    assert post(saying(interim + final))[0] == Reply(503, retry_after="7")
    final = b"HTTP/1.1 503 Later\r\nContent-Length: 0\r\n\r\n"
    assert post(saying(interim + final))[0] == Reply(503)


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
            sender.close()

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
                sender.close()

        reply = asyncio.run(run())
    assert reply.status is None
    assert reply.error


def test_cookies_are_not_kept() -> None:
    with receiver(status("200 OK", "Set-Cookie: a=b")) as found:

        async def run() -> None:
            sender = Sender(UrlPolicy(loopback=True), 2)
            await sender.post(found.url, {}, b"")
            await sender.post(found.url, {}, b"")
            sender.close()

        asyncio.run(run())
        assert not [request for request in found.wait_for(2) if b"cookie" in request.lower()]
