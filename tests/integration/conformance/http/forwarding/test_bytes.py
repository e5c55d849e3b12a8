"""What passes through the proxy is compared byte by byte with what was sent, on sockets at both ends."""

import gzip
import socket

import pytest

from tests.integration.conformance.asking import says
from tests.integration.conformance.http.forwarding.passing import exactly, forwarding, rest_of
from tests.unit.conformance.fakes import http, wire

TARGETS = [
    b"/api/v1/members?limit=10",
    b"/api/v1/members?limit=1&limit=2&&=&x",
    b"/api/v1/members??a=%2F%2f+%20+#",
    b"/api/v1//../members/%2e%2e/;a=b?q=%zz%",
    b"/api/v1/members?status=\xc3\xa6\xff",
    b"*",
]
HEADERS = (
    b"aUTHORIZATION: Bearer 1iv_abc\r\n"
    b"X-Twice: 1\r\n"
    b"x-twice:2\r\n"
    b"X-Blank:   \t a  b \t\r\n"
    b"X-Empty:\r\n"
    b"Accept: */*\r\n"
    b"X-TWICE: 1\r\n"
    b"X-Latin: \xe6\xff\r\n"
    b"Via: 1.0 before\r\n"
)


def request(target: bytes = b"/", method: bytes = b"GET", headers: bytes = b"", host: bytes = b"x") -> bytes:
    return b"%b %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (method, target, host, headers)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("method", [b"GET", b"PURGE"])
def test_a_request_differs_by_its_host_alone(target: bytes, method: bytes):
    with wire(says(http())) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(request(target, method, HEADERS))
        assert exactly(client, len(http())) == http()
        assert server.requests == [request(target, method, HEADERS, server.url.removeprefix("http://").encode())]


def test_the_host_stays_where_it_stood():
    sent = b"GET / HTTP/1.1\r\nA: 1\r\nhost: proxy\r\nB: 2\r\n\r\n"
    with wire(says(http())) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(sent)
        exactly(client, len(http()))
        host = f"Host: 127.0.0.1:{server.port}".encode()
        assert server.requests == [sent.replace(b"host: proxy", host)]


def test_what_is_of_one_connection_alone_goes_no_further():
    hop = (
        b"Connection: keep-alive, X-Mine, Upgrade\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: gzip\r\nUpgrade: h2c\r\nA: 1\r\n"
    )
    answer = http(Connection="X-Theirs, Keep-Alive", X_Theirs="1", Keep_Alive="5", B="2")
    with wire(says(answer)) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(request(headers=hop))
        expected = http(B="2")
        assert exactly(client, len(expected)) == expected
        assert server.requests == [request(headers=b"A: 1\r\n", host=f"127.0.0.1:{server.port}".encode())]


ANSWERS = [
    http(b"[]", "200 Alles  gut", Set_Cookie="a=1", set_cookie="b=2", X_ODD="  x  "),
    http(b"x", "299 \xc3\xa6"),
    http(gzip.compress(b"[1]", mtime=0), Content_Encoding="gzip"),
    http(b"\x00\xff\r\n\r\n"),
    http(b"", "500 "),
    b"HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
    http(b"", "302 Found", Location="http://elsewhere.example/"),
    b"HTTP/1.1 204 No Content\r\nX-Is: empty\r\n\r\n",
    b"HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX-Folded: a\r\n  b\r\n\tc\r\nContent-Length: 2, 2\r\n\r\n[]",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2;name=value\r\n[1\r\n01\r\n]\r\n0;last\r\nX-Trailer: 1\r\nx-trailer: 2\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n0\r\n\r\n",
    b"HTTP/1.1 200 OK\nContent-Length: 2\n\n[]",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + http(),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_comes_as_it_was_sent_time_after_time(answer: bytes):
    with wire(says(answer)) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        for _ in range(3):
            client.sendall(request())
            assert exactly(client, len(answer)) == answer
        assert [len(each) for each in server.connections] == [3]
        assert len({each.status for each in proxy.kept(3)}) == 1
        assert not [each for each in proxy.exchanges if each.failure]


def test_the_answer_to_head_has_no_body():
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 12345\r\n\r\n"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    with wire(says(answer, chunked)) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        for each in (answer, chunked, chunked):
            client.sendall(request(method=b"HEAD"))
            assert exactly(client, len(each)) == each


def test_an_answer_that_ends_with_its_connection_does_so_for_the_client():
    def answer(connection: socket.socket, number: int) -> bool:
        connection.sendall(b"HTTP/1.0 200 OK\r\nA: 1\r\n\r\nabc")
        return False

    with wire(answer) as server, forwarding(server.url) as proxy:
        assert proxy.ask(request()) == b"HTTP/1.1 200 OK\r\nA: 1\r\nConnection: close\r\n\r\nabc"
        assert proxy.kept()[0].failure is None


def test_a_client_of_http_1_0_gets_no_chunks():
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\n[1\r\n1\r\n]\r\n0\r\nX: 1\r\n\r\n"
    )
    with wire(says(answer)) as server, forwarding(server.url) as proxy:
        expected = b"HTTP/1.1 200 OK\r\nTrailer: X\r\nConnection: close\r\n\r\n[1]"
        assert proxy.ask(b"GET / HTTP/1.0\r\n\r\n") == expected
        assert server.requests == [b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % server.port]


BODIES = [
    (b"Content-Length: 5\r\nContent-Type: x\r\n", b"\x00\r\n\r\n"),
    (b"transfer-encoding: chunked\r\nTrailer: X\r\n", b"3;a=b\r\nabc\r\n0\r\nX: 1\r\n\r\n"),
    (b"Content-Encoding: gzip\r\nContent-Length: 23\r\n", gzip.compress(b"abc", mtime=0)),
]


@pytest.mark.parametrize(("headers", "body"), BODIES)
def test_the_body_of_a_request_passes_as_it_was_sent(headers: bytes, body: bytes):
    def answer(connection: socket.socket, number: int) -> None:
        bodies.append(exactly(connection, len(body)))
        connection.sendall(http())

    bodies: list[bytes] = []
    with wire(answer) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        for _ in range(2):
            client.sendall(request(method=b"POST", headers=headers) + body)
            exactly(client, len(http()))
        assert bodies == [body] * 2
        assert server.requests == [request(b"/", b"POST", headers, b"127.0.0.1:%d" % server.port)] * 2


def test_a_client_may_wait_to_be_told_to_continue():
    def answer(connection: socket.socket, number: int) -> None:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        bodies.append(exactly(connection, 3))
        connection.sendall(http())

    bodies: list[bytes] = []
    expecting = request(method=b"PUT", headers=b"Expect: 100-continue\r\nContent-Length: 3\r\n")
    with wire(answer) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(expecting)
        assert exactly(client, 25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"abc")
        assert exactly(client, len(http())) == http()
        assert bodies == [b"abc"]


def test_requests_may_come_in_one_piece_and_byte_by_byte():
    with wire(says(http(b"1"), http(b"2"), http(b"3"))) as server, forwarding(server.url) as proxy:
        with proxy.connect() as client:
            client.sendall(b"\r\n" + request(b"/a") + request(b"/b") + request(b"/c", headers=b"Connection: close\r\n"))
            assert rest_of(client) == http(b"1") + http(b"2") + http(b"3", Connection="close")
        with proxy.connect() as client:
            for byte in request(b"/d"):
                client.sendall(bytes([byte]))
            assert exactly(client, len(http(b"3"))) == http(b"3")
        assert [each.split(b" ")[1] for each in server.requests] == [b"/a", b"/b", b"/c", b"/d"]
