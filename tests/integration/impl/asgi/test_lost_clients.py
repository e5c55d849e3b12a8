"""Clients that go away, and requests that are none: nobody is to look for a fault of ours in the log."""

from __future__ import annotations

import logging
import socket
import struct
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.integration.impl.web.serving import Served
from tests.unit.impl.web.visitor import PRIMARY

RESET = struct.pack("ii", 1, 0)
KEY = f"Authorization: Bearer {PRIMARY.keys[0].text}\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na=b"
FILE = "multipart/form-data; boundary=x"
CUT = [
    f"POST /login HTTP/1.1\r\nHost: test\r\n{FORM}",
    f"POST /login HTTP/1.1\r\nHost: test\r\n{FORM.replace('application/x-www-form-urlencoded', FILE)}",
    f"POST /_mock/trigger HTTP/1.1\r\nHost: 127.0.0.1\r\n{FORM}",
    f"GET /api/v1/members HTTP/1.1\r\nHost: test\r\n{KEY}{FORM}",
    f"GET /api/v1/members?limit=200 HTTP/1.1\r\nHost: test\r\n{KEY}\r\n",
    "GET /login HTTP/1.1\r\nHost: test\r\nAccept: text/html\r\n\r\n",
    "GET /api/v1 HT",
]
MALFORMED = [
    b"nonsense\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: test\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nHost: test\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET /api/v1 HTTP/1.1\r\nHost: test\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
    b"GET /api/v1?limit=%ff HTTP/1.1\r\nHost: test\r\n\r\n",
]


def test_nothing_is_an_unexpected_error(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    address = (urlsplit(served.url).hostname, urlsplit(served.url).port)
    for text in CUT:
        for linger in (False, True):
            with socket.create_connection(address) as connection:
                connection.sendall(text.encode())
                if linger:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                else:
                    time.sleep(0.05)  # it is at work, and waits for the rest
    for data in MALFORMED:
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(12)[:8] in (b"HTTP/1.1", b"")
    assert httpx.get(f"{served.url}/api/v1").status_code == 200
    logged = [record for record in caplog.records if record.exc_info or record.levelno >= logging.ERROR]
    assert [record.getMessage() for record in logged] == []
