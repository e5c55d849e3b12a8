"""Connections at both ends of the proxy: kept, streamed, given up, and in other hands."""

import asyncio
import contextlib
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import FailureKind
from oneinvoice_conformance.http.forwarding.conversation import Watcher
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.server import serve
from oneinvoice_conformance.http.forwarding.upstream import Upstream

from tests.integration.conformance.asking import says
from tests.integration.conformance.http.authority import Authority, context_of, over_tls
from tests.integration.conformance.http.forwarding.passing import eventually, exactly, forwarding, rest_of
from tests.integration.conformance.http.forwarding.test_bytes import request
from tests.integration.conformance.http.proxying import proxy as another_proxy
from tests.unit.conformance.fakes import http, wire

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
POST = request(method=b"POST", headers=b"Content-Length: 2\r\n") + b"{}"


def test_many_clients_at_once():
    def answer(connection: socket.socket, number: int) -> None:
        barrier.wait()  # each is answered once all are there
        connection.sendall(http(b"x" * 50_000))

    def ask(_number: int) -> int:
        with proxy.connect() as client:
            client.sendall(request())
            return len(exactly(client, len(http(b"x" * 50_000))))

    barrier = threading.Barrier(100, timeout=10)
    with wire(answer) as server, forwarding(server.url) as proxy, ThreadPoolExecutor(100) as clients:
        assert set(clients.map(ask, range(100))) == {len(http(b"x" * 50_000))}
        assert [each.number for each in sorted(proxy.kept(100), key=lambda each: each.number)] == [*range(1, 101)]
        assert len(server.connections) == 100


def test_an_answer_passes_as_it_comes():
    def answer(connection: socket.socket, number: int) -> None:
        connection.sendall(CHUNKED + b"1\r\na\r\n")
        assert went_on.wait(5)
        connection.sendall(b"1\r\nb\r\n0\r\n\r\n")

    went_on = threading.Event()
    with wire(answer) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(request())
        assert exactly(client, len(CHUNKED) + 6) == CHUNKED + b"1\r\na\r\n"
        assert proxy.exchanges == []
        went_on.set()
        assert exactly(client, 11) == b"1\r\nb\r\n0\r\n\r\n"
        assert proxy.kept()[0].body.read() == b"ab"


def test_an_answer_that_the_client_has_whole_has_ended_even_if_the_proxy_is_ended_at_once():
    async def ask(url: str) -> Observed:
        kept: list[Observed] = []

        async def keep(item: Observed | str) -> None:
            assert isinstance(item, Observed)
            kept.append(item)

        stop = asyncio.Event()
        listener = socket.create_server(("127.0.0.1", 0))
        watcher = Watcher(lambda method, target: Observed(1, method, target), keep)
        server = asyncio.create_task(serve(listener, Upstream(Deployment(url, {}), 5), watcher, stop))
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(request())
        assert await reader.readexactly(len(http())) == http()
        stop.set()
        await server
        writer.close()
        return kept[0]

    with wire(lambda connection, number: connection.sendall(http())) as server:
        assert [asyncio.run(ask(server.url)).failure for _ in range(10)] == [None] * 10


def test_a_request_passes_as_it_comes_however_long_it_takes():
    def answer(connection: socket.socket, number: int) -> None:
        for each in (b"a", b"b", b"c"):
            assert exactly(connection, 1) == each
            came.set()
        connection.sendall(http())

    came = threading.Event()
    with wire(answer) as server, forwarding(server.url, timeout=0.3) as proxy, proxy.connect() as client:
        client.sendall(request(method=b"POST", headers=b"Content-Length: 3\r\n"))
        for each in (b"a", b"b", b"c"):
            time.sleep(0.25)
            client.sendall(each)
            assert came.wait(5)
            came.clear()
        assert exactly(client, len(http())) == http()
        assert proxy.kept()[0].request_body.read() == b"abc"


@pytest.mark.parametrize("begun", [b"", CHUNKED + b"1\r\na\r\n"])
def test_a_client_that_leaves_takes_the_connection_to_the_deployment_with_it(begun: bytes):
    def answer(connection: socket.socket, number: int) -> bool:
        connection.sendall(begun)
        asked.set()
        left.append(connection.recv(1))
        return False

    asked, left = threading.Event(), list[bytes]()
    with wire(answer) as server, forwarding(server.url) as proxy:
        with proxy.connect() as client:
            client.sendall(request())
            assert asked.wait(5)
        eventually(lambda: bool(left))
        assert left == [b""]
        [exchange] = proxy.kept()
        assert str(exchange.failure) == "the client left before its answer had ended"
        assert not exchange.is_of_deployment


def test_a_client_may_end_its_own_side_behind_the_request():
    def answer(connection: socket.socket, number: int) -> None:
        time.sleep(0.1)
        connection.sendall(http())

    with wire(answer) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(request())
        client.shutdown(socket.SHUT_WR)
        assert rest_of(client) == http()


def test_a_connection_that_the_deployment_ended_meanwhile_is_opened_anew():
    def answer(connection: socket.socket, number: int) -> bool:
        connection.sendall(http())
        return False

    with wire(answer) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        for _ in range(5):
            client.sendall(request())
            assert exactly(client, len(http())) == http()
        assert len(server.connections) == 5


def test_what_a_kept_connection_swallows_is_asked_again_unless_that_may_do_something():
    def answer(connection: socket.socket, number: int) -> bool:
        if number % 2 == 0:
            return False  # as if it had been ended just before
        connection.sendall(http())
        return True

    with wire(answer) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        for _ in range(2):
            client.sendall(request())
            assert exactly(client, len(http())) == http()
        assert len(server.requests) == 3
        client.sendall(POST)
        assert rest_of(client).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
        assert len(server.requests) == 4


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def test_where_nothing_listens_the_client_is_told():
    port = closed_port()
    with forwarding(f"http://127.0.0.1:{port}") as proxy:
        head, _, body = proxy.ask(POST).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
        assert body.decode() == (
            f"oneinvoice-conform proxy: http://127.0.0.1:{port} gave no answer: "
            "connection failed (Connection refused).\n"
        )
        [exchange] = proxy.kept()
        assert (exchange.status, exchange.failure.kind, exchange.is_of_deployment) == (0, FailureKind.CONNECT, True)
        assert proxy.ask(request(method=b"HEAD", headers=b"A: b\r\n")).endswith(b"\r\n\r\n")


def test_what_does_not_answer_in_time_is_told():
    with wire(lambda connection, number: None) as server, forwarding(server.url, timeout=0.2) as proxy:
        assert proxy.ask(request()).startswith(b"HTTP/1.1 504 Gateway Timeout\r\n")
        assert str(proxy.kept()[0].failure) == "no whole answer within 0.2 s"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "it was closed without an answer"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "its first line is none of HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nConte", "it ends within its head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na", "its Content-Length is none"),
        (b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", "a line of its head is no header"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "it switches to another protocol"),
    ],
)
def test_what_is_no_answer_is_told(answer: bytes, why: str):
    def say(connection: socket.socket, number: int) -> bool:
        connection.sendall(answer)
        return False

    with wire(say) as server, forwarding(server.url) as proxy:
        told = proxy.ask(request())
        assert told.startswith(b"HTTP/1.1 502 ")
        assert why in told.decode()
        assert proxy.kept()[0].status == 0


@pytest.mark.parametrize("answer", [http(b"abcdef")[:-2], CHUNKED + b"5\r\nab", CHUNKED + b"zz\r\n"])
def test_an_answer_that_is_cut_is_cut_for_the_client_too(answer: bytes):
    def say(connection: socket.socket, number: int) -> bool:
        connection.sendall(answer)
        return False

    with wire(say) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        client.sendall(request())
        received = b""
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(100):
                received += data
        assert answer.startswith(received)
        [exchange] = proxy.kept()
        assert exchange.failure.kind is FailureKind.BROKEN
        assert exchange.status == 200


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        (b"CONNECT a.example:443 HTTP/1.1\r\nHost: a\r\n\r\n", 405, "base URL"),
        (request(b"http://a.example/api/v1/members"), 400, "base URL"),
        (request(headers=b"Connection: Upgrade\r\nUpgrade: websocket\r\n"), 501, "WebSockets are not forwarded"),
        (b"\x16\x03\x01\x02\x00\x01", 400, "http://"),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/1.1"),
        (b"nonsense\r\n\r\n", 400, "its first line is none of HTTP/1.1"),
        (request(headers=b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400, "where its body ends"),
        (request(headers=b"Content-Length: 1\r\nContent-Length: 2\r\n"), 400, "Content-Length"),
        (request(headers=b"Content-Length : 1\r\n"), 400, "blank"),
        (request(headers=b"A: " + b"a" * 300_000 + b"\r\n"), 400, "longer than 256 KiB"),
    ],
)
def test_what_is_not_forwarded_is_told_in_a_sentence(asked: bytes, status: int, told: str):
    with wire(says(http())) as server, forwarding(server.url) as proxy:
        answer = proxy.ask(asked).decode()
        assert answer.startswith(f"HTTP/1.1 {status} ")
        assert told in answer
        assert answer.endswith(".\n")
        [sentence] = proxy.sentences
        assert told in sentence
        assert server.requests == []
        assert proxy.exchanges == []


@pytest.mark.parametrize("body", [b"-1\r\n\r\n", b"2\r\nabc\r\n0\r\n\r\n"])
def test_a_body_that_is_no_sequence_of_chunks_is_told_in_a_sentence(body: bytes):
    with wire(lambda connection, number: None) as server, forwarding(server.url) as proxy:
        answer = proxy.ask(request(method=b"POST", headers=b"Transfer-Encoding: chunked\r\n") + body).decode()
        assert answer.startswith("HTTP/1.1 400 ")
        assert "it is no sequence of chunks; see what the client sends.\n" in answer
        [exchange] = proxy.kept()
        assert "it is no sequence of chunks" in str(exchange.failure)
        assert not exchange.is_of_deployment


def test_over_tls(tmp_path: Path):
    authority = Authority(tmp_path)
    context = context_of(authority.issue("server"))
    with over_tls(context, lambda connection: connection.sendall(http())) as url:
        with forwarding(url, ca_file=str(authority.path)) as proxy, proxy.connect() as client:
            for _ in range(2):
                client.sendall(request())
                assert exactly(client, len(http())) == http()
        with forwarding(url) as proxy:
            told = proxy.ask(request()).decode()
            assert told.startswith("HTTP/1.1 502 ")
            assert "TLS error (" in told
            assert "--ca-file" in told
            assert proxy.kept()[0].failure.kind is FailureKind.TLS


def test_through_another_proxy(tmp_path: Path):
    authority = Authority(tmp_path)
    context = context_of(authority.issue("server"))
    with another_proxy(login="user:pass") as between:
        login = between.url.replace("//", "//user:pass@")
        with wire(says(http())) as server, forwarding(server.url, proxy=login) as proxy, proxy.connect() as client:
            client.sendall(request(b"/a?b"))
            assert exactly(client, len(http())) == http()
        with over_tls(context, lambda connection: connection.sendall(http())) as url:
            with forwarding(url, ca_file=str(authority.path), proxy=login) as proxy, proxy.connect() as client:
                client.sendall(request(b"/a?b"))
                assert exactly(client, len(http())) == http()
            with forwarding(url, proxy=between.url) as proxy:
                assert b"(the proxy answers 407 Proxy Authentication Required)" in proxy.ask(request())
        assert between.lines[0] == f"GET {server.url}/a?b"
        assert between.lines[1] == f"CONNECT {url.removeprefix('https://')}"


def test_no_part_of_an_answer_waits_for_another_to_fill_a_packet():
    with wire(says(http(b"x" * 100))) as server, forwarding(server.url) as proxy, proxy.connect() as client:
        times = []
        for _ in range(21):
            begun = time.monotonic()
            client.sendall(request())
            exactly(client, len(http(b"x" * 100)))
            times.append(time.monotonic() - begun)
        assert sorted(times)[10] < 0.03  # a client acknowledges what comes 40 ms later


def test_a_host_that_is_no_name_is_told():
    for host in ("a..b", "nosuch.invalid"):
        with forwarding(f"http://{host}") as proxy:
            told = proxy.ask(request()).decode()
            assert told.startswith("HTTP/1.1 502 ")
            assert f"http://{host} gave no answer: connection failed (" in told
