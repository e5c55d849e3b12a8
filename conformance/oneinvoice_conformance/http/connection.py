"""Connections on which a whole answer, from its first byte to its last, has to arrive within the time-out."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection


class _Bounded(io.RawIOBase):
    """Reads a socket until `deadline`. The socket's own time-out begins anew with each byte, this one doesn't."""

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


class _Answer(http.client.HTTPResponse):
    """An answer whose head and body share what the socket would wait for one byte."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        timeout = sock.gettimeout()
        assert timeout is not None
        self.fp.close()
        self.fp = io.BufferedReader(_Bounded(sock, time.monotonic() + timeout))


class _Connection(HTTPConnection):
    response_class = _Answer


class _TLSConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


def pool_manager(timeout: float, context: ssl.SSLContext | None, at_once: int) -> urllib3.PoolManager:
    """Kept-alive connections without retries; connecting may take `timeout` seconds, and a whole answer as long.

    For each host as many are kept as are used `at_once`.
    """
    limits = urllib3.Timeout(connect=timeout, read=timeout)
    manager = urllib3.PoolManager(maxsize=at_once, retries=False, timeout=limits, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
    return manager
