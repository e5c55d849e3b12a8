"""The receiver, over real connections."""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Iterator

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks import receiver as receiving
from oneinvoice_conformance.webhooks.receiver import BODY_LIMIT, Receiver, Reply


def _send(receiver: Receiver, raw: bytes) -> bytes:
    """Send bytes as they are, and give all that comes back."""
    with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_it_keeps_the_raw_bytes_and_the_headers_in_their_letter_case_and_order() -> None:
    body = '{"name":  "Bølgen"}\r\n'.encode()
    with Receiver("127.0.0.1", 0) as receiver:
        head = b"POST /hook?x=%20y HTTP/1.1\r\nHost: a\r\nx-ONE: 1\r\nX-Two: 2\r\nX-One: 3\r\n"
        answer = _send(receiver, head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        [delivery] = receiver.deliveries
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert delivery.body == body
    assert (delivery.method, delivery.target, delivery.path) == ("POST", "/hook?x=%20y", "/hook")
    assert [header for header in delivery.headers if header[0].lower().startswith("x-")] == [
        ("x-ONE", "1"),
        ("X-Two", "2"),
        ("X-One", "3"),
    ]
    assert abs(delivery.received - time.time()) < 5


def test_it_puts_chunks_together() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        _send(receiver, head + b'3\r\n{"a\r\n4\r\n": 1\r\n1\r\n}\r\n0\r\n\r\n')
        assert [delivery.body for delivery in receiver.deliveries] == [b'{"a": 1}']


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_it_takes_any_method(method: str) -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        connection = http.client.HTTPConnection("127.0.0.1", receiver.port)
        connection.request(method, "/any/where")
        assert connection.getresponse().status == 200
        connection.close()
        assert [delivery.method for delivery in receiver.deliveries] == [method]


def test_it_answers_as_scripted() -> None:
    def script(delivery: Delivery) -> Reply:
        return {"/broken": Reply(503), "/slow": Reply(204, delay=0.2), "/gone": Reply(close=True)}[delivery.path]

    with Receiver("127.0.0.1", 0, script) as receiver:
        assert b" 503 " in _send(receiver, b"POST /broken HTTP/1.0\r\n\r\n")
        before = time.monotonic()
        assert b" 204 " in _send(receiver, b"POST /slow HTTP/1.0\r\n\r\n")
        assert time.monotonic() - before >= 0.2
        assert _send(receiver, b"POST /gone HTTP/1.0\r\n\r\n") == b""
        assert len(receiver.deliveries) == 3


def test_extensions_and_trailers_of_chunks_are_no_part_of_the_body() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        answer = _send(receiver, head + b'3;x=y\r\n{"a\r\n5 ; z\r\n": 1}\r\n0\r\nX-Sum: 1\r\n\r\n')
        assert b" 200 " in answer
        assert [(delivery.body, delivery.problem) for delivery in receiver.deliveries] == [(b'{"a": 1}', None)]


@pytest.mark.parametrize(
    "chunks",
    [b"zz\r\n", b"5\r\nab", b"-1\r\n", b"\r\n", b"fffffffff\r\n"],
    ids=["hex", "short", "minus", "none", "huge"],
)
def test_chunks_that_are_none_are_told(chunks: bytes) -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        _send(receiver, b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        assert [bool(delivery.problem) for delivery in receiver.deliveries] == [True]


@pytest.mark.parametrize("line", [b"GET http://[::1 HTTP/1.1", b"nonsense", b"GET / HTTP/9", b"\x16\x03\x01"])
def test_what_a_scanner_sends_does_no_harm(line: bytes) -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        _send(receiver, line + b"\r\nHost: a\r\n\r\n")
        assert b" 200 " in _send(receiver, b"POST /hook HTTP/1.0\r\n\r\n")
        assert receiver.deliveries[-1].path == "/hook"


def test_an_absolute_target_has_a_path_too() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        _send(receiver, b"POST http://a.example/hook?x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n")
        assert receiver.deliveries[0].path == "/hook"


def test_a_body_that_is_too_long_is_refused_and_told() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        head = f"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY_LIMIT + 1}\r\n\r\n"
        assert b" 413 " in _send(receiver, head.encode())
        assert [delivery.problem for delivery in receiver.deliveries] == ["its body is longer than 16 MiB"]


def test_a_body_that_is_cut_short_is_told() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        _send(receiver, b'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n{"a"')
        assert [delivery.problem for delivery in receiver.deliveries] == ["its body was cut short"]


def test_what_goes_wrong_in_its_threads_is_raised_where_someone_watches() -> None:
    def script(delivery: Delivery) -> Reply:
        raise ZeroDivisionError("in the script")

    receiver = Receiver("127.0.0.1", 0, script)
    receiver.__enter__()
    _send(receiver, b"POST / HTTP/1.0\r\n\r\n")
    with pytest.raises(BaseExceptionGroup) as caught:
        receiver.__exit__(None, None, None)
    assert caught.group_contains(ZeroDivisionError)


def test_it_waits_no_longer_than_it_is_told() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        assert receiver.wait(lambda: False, 0.01) is False
        _send(receiver, b"POST / HTTP/1.0\r\n\r\n")
        assert receiver.wait(lambda: bool(receiver.deliveries), 5) is True


def test_an_address_in_use_is_told_in_one_sentence() -> None:
    with (
        Receiver("127.0.0.1", 0) as receiver,
        pytest.raises(UsageError, match=r"Nothing can listen at .* name a free port"),
    ):
        Receiver("127.0.0.1", receiver.port)
    with pytest.raises(UsageError, match="Nothing can listen"):
        Receiver("192.0.2.1", 9401)


# What is no request, and requests that don't end


def _told(receiver: Receiver) -> list[str]:
    """Return what is told of what came, once there is something."""
    assert receiver.deliveries == []
    for _ in range(500):
        if receiver.strays:
            return receiver.strays
        time.sleep(0.01)
    return []


@pytest.fixture
def hello() -> bytes:
    """Beginning of a TLS connection."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="hook.example")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


@pytest.mark.parametrize("end", [None, 20])
def test_a_tls_handshake_is_told_as_one(hello: bytes, end: int | None) -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", receiver.port)) as connection:
            connection.sendall(hello[:end])  # and waits for an answer
            [told] = _told(receiver)
        assert time.monotonic() - start < 5
    assert told.startswith("a TLS handshake came, and this address speaks plain HTTP; register it as http://")


_POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", "HTTP/2 came without being agreed"),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n" + _POST, "the PROXY protocol came in front"),
        (b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + bytes(12) + _POST, "the PROXY protocol came in front"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "begins with 'SSH-2.0-OpenSSH_9.6'; see what sends"),
        (b"\x00\xff\x1b]0;\x07\x9b2J", r"begins with '\x00\xff\x1b]0;\x07\x9b2J'; see what sends"),
        (b"{}", "begins with '{}'; see what sends"),
        (b"GET " + b"/" * 70_000 + b" HTTP/1.1\r\n", "begins with 'GET ////"),
    ],
)  # fmt: skip
def test_what_is_no_request_is_told(raw: bytes, said: str) -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        connection = socket.create_connection(("127.0.0.1", receiver.port), timeout=5)
        connection.sendall(raw)  # and says nothing more, nor ends
        [told] = _told(receiver)
        connection.close()
    assert said in told
    assert told.isprintable()
    assert len(told) < 250


def test_empty_lines_in_front_of_a_request_are_left_out() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        assert _send(receiver, b"\r\n" + _POST).startswith(b"HTTP/1.1 200 ")
        assert [delivery.body for delivery in receiver.deliveries] == [b"{}"]


@pytest.mark.parametrize(
    "start",
    [b"P", b"POST / HTTP/1.1\r\nHost: a\r\n"],
)
def test_a_request_that_trickles_is_ended_and_told(start: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_LONGEST", 0.4)
    with Receiver("127.0.0.1", 0) as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as connection:
            _trickle(connection, start, b"X" * 200)
        [told] = _told(receiver)
    assert told.startswith("a request came that did not end within 0.4 s")


@pytest.mark.parametrize("length", [b"Content-Length: 900", b"Transfer-Encoding: chunked"])
def test_a_body_that_trickles_is_cut_short(length: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_LONGEST", 0.4)
    told: list[str] = []
    with Receiver("127.0.0.1", 0, tell=told.append) as receiver:
        with socket.create_connection(("127.0.0.1", receiver.port), timeout=5) as connection:
            _trickle(connection, b"POST /a HTTP/1.1\r\nHost: a\r\n" + length + b"\r\n\r\n", b"7" * 200)
        assert receiver.wait(lambda: bool(receiver.deliveries), 5)
        assert [delivery.problem for delivery in receiver.deliveries] == ["its body was cut short"]
    assert told == ["POST /a came, but its body was cut short"]


def _trickle(connection: socket.socket, start: bytes, rest: bytes) -> None:
    """Send bytes one by one until the other side has had enough of it."""
    connection.sendall(start)
    try:
        for byte in _bytes(rest):
            connection.sendall(byte)
            time.sleep(0.02)
    except ConnectionError:
        return
    pytest.fail("nobody ended it")


def _bytes(text: bytes) -> Iterator[bytes]:
    for index in range(len(text)):
        yield text[index : index + 1]


def test_a_connection_on_which_nothing_comes_is_not_worth_a_word() -> None:
    with Receiver("127.0.0.1", 0) as receiver:
        socket.create_connection(("127.0.0.1", receiver.port)).close()
        assert _send(receiver, _POST).startswith(b"HTTP/1.1 200 ")
        assert receiver.strays == []
