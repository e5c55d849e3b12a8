"""Interim answers (RFC 9110, 15.2) are read over, and the final answer is that to its own request."""

import socket
import threading

import pytest
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.exchange import Request

from tests.integration.conformance.asking import INVOICES, MEMBERS, QUOTES, client_of, says
from tests.unit.conformance.fakes import http, wire

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n"
INTERIM = {
    "hints": HINTS,
    "processing": b"HTTP/1.1 102 Processing\r\n\r\n",
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n",
    "several": b"HTTP/1.1 100 \r\n\r\n" + HINTS + b"HTTP/1.1 102 Processing\r\n\r\n" + HINTS * 20,
    "unknown": b"HTTP/1.1 199 Nobody Knows\r\n\r\n",
    "with the length of a body that it can't have": b"HTTP/1.1 103 Early Hints\r\nContent-Length: 7\r\n\r\n",
    "chunked, which it can't be": b"HTTP/1.1 103 Early Hints\r\nTransfer-Encoding: chunked\r\n\r\n",
    "with bare line feeds": b"HTTP/1.1 103 Early Hints\nLink: </a>\n\n",
    "with an odd header": b"HTTP/1.1 103 Early Hints\r\n: nameless\r\nno colon\r\n folded\r\nX: \xe5\r\n\r\n",
    "that closes": b"HTTP/1.1 103 Early Hints\r\nConnection: close\r\n\r\n",
}


@pytest.mark.parametrize("interim", INTERIM.values(), ids=INTERIM.keys())
def test_an_interim_answer_is_read_over(interim: bytes):
    answers = [interim + http(body) for body in (b"[1]", b"[2]", b"[3]")]
    with wire(says(*answers)) as server, client_of(server.url) as client:
        bodies = [client.ask(request).json() for request in (MEMBERS, QUOTES, INVOICES)]
        statuses = [exchange.status for exchange in client.journal]
    assert (bodies, statuses) == ([[1], [2], [3]], [200, 200, 200])
    assert len(server.connections) == 1


def test_an_interim_answer_to_one_request_alone_moves_none_of_the_others():
    with wire(says(HINTS + http(b'{"endpoints": []}'), http(b"[2]"))) as server, client_of(server.url) as client:
        assert client.ask(Request("", NOBODY)).json() == {"endpoints": []}
        assert client.ask(MEMBERS).json() == [2]


def test_an_interim_answer_may_come_long_before_the_final_one():
    def answer(connection: socket.socket, number: int) -> None:
        connection.sendall(HINTS)
        threading.Event().wait(0.05)
        connection.sendall(http(b"[%d]" % number))

    with wire(answer) as server, client_of(server.url) as client:
        assert [client.ask(request).json() for request in (MEMBERS, QUOTES)] == [[1], [2]]


@pytest.mark.parametrize("interim", [HINTS, HINTS[:-2], HINTS[:20]], ids=["whole", "without its end", "cut"])
def test_an_interim_answer_and_nothing_more_is_no_answer(interim: bytes):
    def hangs_up(connection: socket.socket, number: int) -> bool:
        connection.sendall(interim)
        return False

    with wire(hangs_up) as server, client_of(server.url) as client:
        answer = client.ask(MEMBERS)
    assert (answer.status, len(client.journal)) == (0, 2)
    assert answer.error is not None
    assert answer.error.kind == "broken"


def test_interim_answers_without_end_meet_the_time_out():
    def hints(connection: socket.socket, number: int) -> None:
        while True:
            connection.sendall(HINTS)

    with wire(hints) as server, client_of(server.url) as client:
        assert str(client.ask(MEMBERS).error) == "no whole answer within 0.3 s"


def test_a_header_of_an_interim_answer_has_bounds():
    endless = b"HTTP/1.1 103 Early Hints\r\nLink: " + b"x" * 100_000 + b"\r\n\r\n"
    with wire(says(endless + http())) as server, client_of(server.url) as client:
        assert "a line of the answer's head is longer than" in str(client.ask(MEMBERS).error)


def test_a_switch_of_protocols_is_an_answer_and_the_end_of_its_connection():
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: odd\r\nConnection: upgrade\r\n\r\n"
    with wire(says(switch, http(b"[2]"))) as server, client_of(server.url) as client:
        assert client.ask(MEMBERS).status == 101
        assert client.ask(QUOTES).json() == [2]
    assert len(server.connections) == 2
