"""The faults that tests make of services: a PostgreSQL that hangs, and a proxy that freezes and cuts."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer

import psycopg
import pytest

from tests.services.postgres import Postgres
from tests.services.proxy import FaultyProxy, faulty_proxy

# Long enough that nothing would be late, if it came.
SILENCE = 0.2


class Repeater(BaseRequestHandler):
    """Sends what it is sent."""

    def handle(self) -> None:
        with suppress(ConnectionResetError):
            while piece := self.request.recv(1024):
                self.request.sendall(piece)


@pytest.fixture
def proxied() -> Iterator[FaultyProxy]:
    """A proxy before a server that repeats what it is sent."""
    with ThreadingTCPServer(("127.0.0.1", 0), Repeater) as server, faulty_proxy(server.server_address[1]) as proxy:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield proxy
        server.shutdown()


def connected(proxy: FaultyProxy) -> socket.socket:
    """A connection through the proxy, by which the server has answered."""
    connection = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
    assert said(connection, b"hello") == b"hello"
    return connection


def said(connection: socket.socket, text: bytes) -> bytes:
    connection.sendall(text)
    return connection.recv(1024)


def is_silent(connection: socket.socket) -> bool:
    connection.settimeout(SILENCE)
    try:
        connection.recv(1024)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(5)
    return False


@pytest.mark.parametrize("freeze", [FaultyProxy.freeze, FaultyProxy.freeze_answers])
def test_it_freezes_and_goes_on(proxied: FaultyProxy, freeze: object) -> None:
    assert callable(freeze)
    with connected(proxied) as connection:
        freeze(proxied)
        connection.sendall(b"later")
        assert is_silent(connection)
        proxied.go_on()
        assert connection.recv(1024) == b"later"


def test_it_cuts_and_refuses(proxied: FaultyProxy) -> None:
    with connected(proxied) as connection:
        proxied.cut()
        with pytest.raises(ConnectionResetError):
            connection.recv(1024)
    connected(proxied).close()
    proxied.refuse()
    with pytest.raises(ConnectionResetError), socket.create_connection(("127.0.0.1", proxied.port), 5) as connection:
        connection.recv(1024)
    proxied.go_on()
    connected(proxied).close()


def test_postgres_hangs_and_goes_on(postgres_server: Postgres) -> None:
    url = f"postgresql://tester@127.0.0.1:{postgres_server.port}/postgres"
    with psycopg.connect(url) as connection, ThreadPoolExecutor(1) as thread:
        postgres_server.hang()
        asked = thread.submit(connection.execute, "SELECT 1")
        try:
            with pytest.raises(TimeoutError):
                asked.result(SILENCE)
        finally:
            postgres_server.go_on()
        assert asked.result(5).fetchone() == (1,)
