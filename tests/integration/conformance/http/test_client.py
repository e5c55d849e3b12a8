import gzip
import socket
import time
import zlib
from pathlib import Path

import pytest
from oneinvoice_conformance.errors import Unreachable
from oneinvoice_conformance.http.credentials import NOBODY, Role, bearer
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.failure import FailureKind
from oneinvoice_conformance.http.transport import BODY_LIMIT
from oneinvoice_conformance.records.finder import NoList

from tests.integration.conformance.asking import INVOICES, MEMBERS, QUOTES, TIMEOUT, client_of, drips, says
from tests.unit.conformance.fakes import KEYS, VALID, http, wire


def test_an_answer_is_kept_whole():
    with (
        wire(says(http(b'{"a": 1}', "418 I'm a teapot", X_One="1", Allow="GET"))) as server,
        client_of(server.url) as client,
    ):
        answer = client.ask(MEMBERS)
    assert (answer.status, answer.json(), answer.header("allow"), answer.error) == (418, {"a": 1}, "GET", None)
    assert 0 < answer.seconds < TIMEOUT
    assert abs(answer.started - time.time()) < 5


def test_a_request_carries_the_key_and_the_headers_it_should():
    with wire(says(http())) as server, client_of(server.url + "/base", headers=(("X-Gate", "open"),)) as client:
        client.ask(MEMBERS)
        client.ask(Request("", NOBODY))
    with_key, without = (request.decode().lower() for request in server.requests)
    assert with_key.startswith("get /base/api/v1/members http/1.1\r\n")
    assert f"authorization: bearer {KEYS['primary']}\r\n".lower() in with_key
    assert "authorization" not in without
    assert "x-gate: open\r\n" in with_key
    assert "x-gate: open\r\n" in without
    assert "user-agent: oneinvoice-conform/" in with_key


@pytest.mark.parametrize("value", ["%", "%zz", "%ff", "%e9", "100%25"])
def test_an_encoded_query_is_sent_as_it_stands_be_it_broken(value: str):
    broken = Request("members", VALID, (("limit", "1"), ("status", value)), is_encoded=True)
    with wire(says(http())) as server, client_of(server.url) as client:
        client.ask(broken)
    line, *headers = server.requests[0].decode().lower().split("\r\n")
    assert line.rpartition("?")[2] == f"limit=1&status={value} http/1.1"
    assert not any(header.startswith(":") for header in headers)


def test_nothing_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with wire(says(http())) as server, client_of(server.url) as client:
        assert client.ask(Request("", NOBODY)).status == 200
    assert b"authorization" not in server.requests[0].lower()


def test_one_connection_serves_many_requests():
    with wire(says(http())) as server, client_of(server.url) as client:
        for request in (MEMBERS, QUOTES, INVOICES):
            client.ask(request)
    assert len(server.connections) == 1
    assert len(server.requests) == 3


def test_the_same_request_is_sent_once_until_it_is_forgotten():
    with wire(says(http(b"[1]"), http(b"[2]"))) as server, client_of(server.url) as client:
        first = client.ask(MEMBERS)
        assert client.ask(Request("members", VALID)) is first
        client.forget([first])
        second = client.ask(MEMBERS)
    assert (first.json(), second.json()) == ([1], [2])
    assert client.journal == [first, second]
    assert [exchange.number for exchange in client.journal] == [1, 2]
    assert client.requests_by_key() == {"primary": 2}


def test_every_exchange_is_told_as_it_comes():
    told = []
    with wire(says(http())) as server, client_of(server.url, on_exchange=told.append) as client:
        client.ask(MEMBERS)
    assert told == client.journal


def test_a_dropped_connection_gets_one_retry():
    with wire(says(b"", http(b"[7]"))) as server, client_of(server.url) as client:
        answer = client.ask(MEMBERS)
    assert answer.json() == [7]
    assert [exchange.status for exchange in client.journal] == [0, 200]
    assert client.journal[0].outcome == "connection broken (it was closed without an answer)"


def test_a_connection_that_is_dropped_again_gets_no_third_try():
    with wire(says(b"")) as server, client_of(server.url) as client:
        answer = client.ask(MEMBERS)
    assert answer.status == 0
    assert answer.error
    assert len(server.requests) == 2


def test_an_idle_connection_that_was_closed_is_replaced():
    def closes(connection: socket.socket, number: int) -> bool:
        connection.sendall(http())
        return False

    with wire(closes) as server, client_of(server.url) as client:
        for request in (MEMBERS, QUOTES, INVOICES):
            assert client.ask(request).status == 200


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda connection, number: None, id="nothing"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", b"x"), id="a body that trickles"),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\n\r\n", b"x"), id="a body of no end"),
        pytest.param(
            drips(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), id="chunks of no end"
        ),
        pytest.param(drips(b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"), id="a header that trickles"),
        pytest.param(drips(b"HT", b"T"), id="a status line that trickles"),
        pytest.param(drips(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue for ever"),
        pytest.param(
            drips(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], b"\0\0\0\xff\xff"),
            id="a gzip of empty blocks",
        ),
    ],
)
def test_no_answer_holds_the_client_for_long(answer):
    with wire(answer) as server, client_of(server.url) as client:
        began = time.monotonic()
        exchange = client.ask(MEMBERS)
        took = time.monotonic() - began
    assert str(exchange.error) == f"no whole answer within {TIMEOUT:g} s"
    assert took < 2 * TIMEOUT + 0.2
    assert len(server.requests) == 1


def test_an_answer_that_takes_its_time_but_not_too_long_is_served():
    def slow(connection: socket.socket, number: int) -> None:
        for part in (http(b"[1, 2]")[index : index + 12] for index in range(0, 60, 12)):
            connection.sendall(part)
            time.sleep(0.01)

    with wire(slow) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).json() == [1, 2]
        assert client.ask(QUOTES).json() == [1, 2]
    assert len(server.connections) == 1


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_of_a_body_without_measure_the_beginning_is_kept(packed: bool):
    piece = b"0" * 2**20
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    sent = []

    def endless(connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + (b"Content-Encoding: gzip\r\n" if packed else b"") + b"\r\n")
        while True:
            connection.sendall(packer.compress(piece) if packed else piece)
            sent.append(len(piece))

    with wire(endless) as server, client_of(server.url, timeout=10) as client:
        exchange = client.ask(MEMBERS)
    assert (exchange.status, exchange.error, exchange.body.size, exchange.body.is_cut) == (200, None, BODY_LIMIT, True)
    with pytest.raises(NoList, match="it goes on behind the 16 MiB that were read of it"):
        exchange.records()
    assert len(server.requests) == 1
    assert packed or sum(sent) < 2 * BODY_LIMIT


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_body_is_unpacked(coding: str):
    content = gzip.compress(b"[1]") if coding == "gzip" else zlib.compress(b"[1]")
    with wire(says(http(content, Content_Encoding=coding))) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).json() == [1]


@pytest.mark.parametrize(
    ("body", "told", "tries"),
    [
        (b"[1]", "the body is not packed by gzip, as its Content-Encoding says", 1),
        (gzip.compress(b"[1]")[:-12], "the body is cut: its gzip stream has no end", 2),
    ],
)
def test_a_body_that_is_not_packed_as_it_says_is_no_answer(body: bytes, told: str, tries: int):
    with wire(says(http(body, Content_Encoding="gzip"))) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).outcome == told
    assert len(server.requests) == tries, "of which the second may be whole, where the first was cut"


def test_a_body_cut_short_is_no_answer():
    short = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n[1]"

    def cut(connection: socket.socket, number: int) -> bool:
        connection.sendall(short)
        return False

    with wire(cut) as server, client_of(server.url) as client:
        answer = client.ask(MEMBERS)
    assert answer.status == 0
    assert answer.outcome == "connection broken (the answer ended 47 bytes before its Content-Length)"


@pytest.mark.parametrize("ending", [b"5\r\n[1]", b"3\r\n[1]\r\n", b"what\r\n"])
def test_an_answer_that_ends_within_its_chunks_is_told_in_words(ending: bytes):
    def cut(connection: socket.socket, number: int) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + ending)
        return False

    with wire(cut) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).outcome.startswith("connection broken (the answer ")


def test_a_redirect_is_an_answer():
    with wire(says(http(b"", "302 Found", Location="/elsewhere"))) as server, client_of(server.url) as client:
        answer = client.ask(MEMBERS)
    assert (answer.status, answer.header("Location")) == (302, "/elsewhere")
    assert len(server.requests) == 1


def test_http_1_0_ends_with_its_connection():
    def old(connection: socket.socket, number: int) -> bool:
        connection.sendall(b"HTTP/1.0 200 OK\r\nServer: old\r\n\r\n[1, 2]")
        return False

    with wire(old) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).json() == [1, 2]
        assert client.ask(QUOTES).json() == [1, 2]
    assert len(server.connections) == 2


@pytest.mark.parametrize("banner", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\r\n\r\n", b"\x15\x03\x01\x00\x02\x02\x50"])
def test_what_does_not_speak_http_is_an_error(banner: bytes):
    def other(connection: socket.socket, number: int) -> bool:
        connection.sendall(banner)
        return False

    with wire(other) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).error


@pytest.mark.filterwarnings("error")
def test_a_header_that_is_none_does_no_harm(capfd: pytest.CaptureFixture[str]):
    odd = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n: nameless\r\nspace in name: 1\r\nX: \xe5\r\n\r\n[]"
    with wire(says(odd)) as server, client_of(server.url) as client:
        client.ask(MEMBERS)
    assert capfd.readouterr() == ("", "")


def test_a_refused_connection_says_so():
    with socket.create_server(("127.0.0.1", 0)) as accepts_4xx:
        port = accepts_4xx.getsockname()[1]
    with client_of(f"http://127.0.0.1:{port}") as client:
        assert str(client.ask(MEMBERS).error) == "connection failed (Connection refused)"


def test_an_unknown_host_says_so():
    with client_of("http://nosuch.invalid", timeout=5) as client:
        error = client.ask(MEMBERS).error
        assert error is not None
        assert error.kind is FailureKind.CONNECT


def test_three_requests_without_an_answer_are_enough():
    with wire(says(http(), b"")) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).status == 200
        for number in range(3):
            assert client.ask(Request("members", VALID, (("offset", str(number)),))).status == 0
        with pytest.raises(Unreachable, match="stopped answering"):
            client.ask(QUOTES)
        assert client.ask(MEMBERS).status == 200, "what was answered before is remembered"
    assert len(server.requests) == 1 + 3 * 2 + 2, "the last one asks anew what was answered"


def test_an_endpoint_without_an_answer_leaves_the_others():
    def cuts_invoices(connection: socket.socket, number: int) -> bool:
        if b"/invoices" in server.requests[-1]:
            return False
        connection.sendall(http())
        return True

    with wire(cuts_invoices) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).status == 200
        for number in range(7):
            assert client.ask(Request("invoices", VALID, (("offset", str(number)),))).status == 0
        assert client.ask(QUOTES).status == 200
    assert sum(b"/members" in request for request in server.requests) == 2, "again after three without an answer"


def test_an_answer_in_between_starts_the_count_anew():
    with wire(says(b"", b"", b"", b"", http(), b"")) as server, client_of(server.url) as client:
        statuses = [client.ask(Request("members", VALID, (("offset", str(n)),))).status for n in range(5)]
    assert statuses == [0, 0, 200, 0, 0]
    assert len(server.requests) == 9


def test_once_sends_now_and_neither_remembers_nor_tries_again():
    odd = Request("members", VALID, headers=(("X-Odd", "a b"), ("Accept", "text/html")))
    answers = (http(status="429 Too Many Requests"), http(b"[1]"), b"")
    with wire(says(*answers)) as server, client_of(server.url) as client:
        assert [client.ask_once(odd).status for _ in range(3)] == [429, 200, 0]
    assert len(server.requests) == len(client.journal) == 3
    assert b"\r\nX-Odd: a b\r\n" in server.requests[0]
    assert b"text/html" not in server.requests[0], "a header of a request takes no header of the suite away"


def test_a_place_that_never_answers_is_not_waited_for_again_and_again():
    def answer(connection: socket.socket, number: int) -> bool:
        if b"/quotes" not in server.requests[-1] and b"limit=" not in server.requests[-1]:
            connection.sendall(http())
            return True
        time.sleep(2 * TIMEOUT)
        return False

    queries = [(("limit", str(number)),) for number in range(9)]
    with wire(answer) as server, client_of(server.url) as client:
        for request in (MEMBERS, *(Request("quotes", VALID, query) for query in ((), *queries))):
            client.ask(request)
        assert client.ask(QUOTES).error
        assert [each.error is not None for each in map(client.ask, (MEMBERS, INVOICES))] == [False, False]
        for query in queries:
            assert client.ask(Request("members", VALID, query)).error
    assert sum(each.error is not None for each in client.journal) == 6


def test_a_key_that_gets_no_answer_anywhere_is_not_waited_for_again_and_again():
    def answer(connection: socket.socket, number: int) -> bool:
        if KEYS["other"].encode() not in server.requests[-1]:
            connection.sendall(http())
            return True
        time.sleep(2 * TIMEOUT)
        return False

    other = bearer(Role.OTHER, KEYS["other"])
    asked = [Request(name, other, query) for name in ("members", "quotes") for query in ((), (("limit", "1"),))]
    with wire(answer) as server, client_of(server.url) as client:
        for request in (MEMBERS, QUOTES, *asked, INVOICES):
            client.ask(request)
        assert client.ask(Request("invoices", other)).error
    assert client.requests_by_key() == {"primary": 4, "other": 3}, "the last one answered is asked again once"
