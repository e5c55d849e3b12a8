"""Connections on which a whole answer, from its first byte to its last, has to arrive within the time-out.

A socket's time-out, and so urllib3's, bounds the wait for one byte: a server that drips one a second never meets it,
and would hold a run for hours. So the raw stream under `http.client.HTTPResponse` is replaced by one with a deadline,
which begins when the request was sent and covers status line, headers and body. Each read waits only for the time
that is left of it. urllib3 is left in charge of everything else, and gets the stream by its response class.

`http.client` reads over 100 Continue alone, and would take 103 Early Hints for the final answer, and the final answer
for that to the next request. So interim answers are read over here, as many as come within the time-out.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from http import HTTPStatus
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

_LINE = 65_537  # bytes that a header of an interim answer may have, as `http.client` allows


class _DeadlineStream(io.RawIOBase):
    """Raw stream of a socket that ends in `TimeoutError` at `deadline`, on the monotonic clock."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._socket = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer did not end")
        self._socket.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    """Response whose head and body share the time that the socket would wait for one byte."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        timeout = sock.gettimeout()
        assert timeout is not None
        self.fp.close()
        self.fp = io.BufferedReader(_DeadlineStream(sock, time.monotonic() + timeout))

    def _read_status(self) -> tuple[str, int, str]:
        """Return the status line of the final answer (RFC 9110, 15.2), to a request or to a proxy's CONNECT."""
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            while (line := self.fp.readline(_LINE)) not in (b"\r\n", b"\n", b""):
                if len(line) == _LINE:
                    raise http.client.LineTooLong("header line")

    def begin(self) -> None:
        super().begin()
        if self.status == HTTPStatus.SWITCHING_PROTOCOLS:
            self.will_close = True  # nobody asked for it, and what follows isn't HTTP any more


class _Connection(HTTPConnection):
    response_class = _BoundedResponse


class _TLSConnection(HTTPSConnection):
    response_class = _BoundedResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def pool_manager(timeout: float, context: ssl.SSLContext | None, at_once: int) -> urllib3.PoolManager:
    """Return kept-alive connections without retries, `at_once` for each host.

    Connecting may take `timeout` seconds, and a whole answer as long again.
    """
    limits = urllib3.Timeout(connect=timeout, read=timeout)
    manager = urllib3.PoolManager(maxsize=at_once, retries=False, timeout=limits, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
    return manager
