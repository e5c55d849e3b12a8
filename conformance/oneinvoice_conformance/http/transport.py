"""Transport of requests to a deployment, and of whatever comes back."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import urllib3
from urllib3.exceptions import HTTPError

from oneinvoice_conformance.http.connection import BROKEN_ESCAPE, LITERAL_QUERY, Proxy, pool_manager
from oneinvoice_conformance.http.failure import Failure, failure_from_exception
from oneinvoice_conformance.http.pacer import Clock
from oneinvoice_conformance.records.codings import Unpacking

BODY_LIMIT = 16 * 2**20  # bytes that are read; 200 records are some 100 KiB
AT_ONCE = 10  # connections
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """GET request as it is sent, on a kept-alive connection or on one of its own."""

    url: str
    headers: dict[str, str] = field(repr=False)
    on_new_connection: bool = False


@dataclass(frozen=True, slots=True)
class RawResponse:
    """Answer as it came, or `error` without one; `sent` and `received` are seconds on the clock of the run.

    `body` is cut after `BODY_LIMIT`, and `is_cut` then. `started` is the time of sending in seconds since 1970, where
    that was another time than now.
    """

    sent: float
    received: float
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(repr=False, default=b"")
    is_cut: bool = False
    error: Failure | None = None
    started: float | None = None


class NotRecorded(Exception):
    """Raised where a transport that sends nothing has no answer; its text says which."""


class Transport(Protocol):
    """Carrier of requests to a deployment."""

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        """Return the answers in the order of the calls; several calls, `AT_ONCE` at most, are sent together.

        Raises `NotRecorded` if a recording has no answer.
        """
        ...

    def close(self) -> None: ...


class HTTPTransport:
    """HTTP/1.1 over kept-alive connections. No redirects are followed, and no proxy is taken from the environment."""

    def __init__(self, timeout: float, tls: ssl.SSLContext | None, proxy: Proxy | None = None) -> None:
        self.timeout = timeout
        self._new_pool = partial(pool_manager, timeout, tls, AT_ONCE, proxy)
        self._pool = self._new_pool()

    def close(self) -> None:
        self._pool.clear()

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        if len(calls) == 1:
            return [self._fetch(calls[0], clock)]
        threads = ThreadPoolExecutor(len(calls))
        try:
            return list(threads.map(lambda call: self._fetch(call, clock), calls))
        finally:
            threads.shutdown(wait=False, cancel_futures=True)  # Ctrl-C does not wait for the slowest

    def _fetch(self, call: OutgoingRequest, clock: Clock) -> RawResponse:
        sent = clock.now()
        try:
            status, headers, body, is_cut = self._transfer(call)
        except (HTTPError, OSError, ValueError) as problem:
            return RawResponse(sent, clock.now(), error=failure_from_exception(problem, self.timeout))
        return RawResponse(sent, clock.now(), status, headers, body, is_cut)

    def _transfer(self, call: OutgoingRequest) -> tuple[int, tuple[tuple[str, str], ...], bytes, bool]:
        query = call.url.partition("?")[2]
        literal = {LITERAL_QUERY: query} if BROKEN_ESCAPE.search(query) else {}
        headers = call.headers | literal
        if not call.on_new_connection:
            return self._transfer_by(self._pool, call.url, headers)
        with self._new_pool() as pool:
            return self._transfer_by(pool, call.url, headers | {"Connection": "close"})

    @staticmethod
    def _transfer_by(
        pool: urllib3.PoolManager, url: str, headers: dict[str, str]
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes, bool]:
        """Return status, headers and body, and whether that is cut: one that never ends would take all memory."""
        response = pool.request("GET", url, headers=headers, redirect=False, preload_content=False)
        body, unpacking = bytearray(), Unpacking(response.headers.get("Content-Encoding", ""), BODY_LIMIT + 1)
        try:
            while len(body) <= BODY_LIMIT and (chunk := response.read1(_CHUNK, decode_content=False)):
                body += unpacking.unpack(chunk)
            if len(body) <= BODY_LIMIT:
                unpacking.finish()
        except BaseException:
            response.close()
            raise
        if is_cut := len(body) > BODY_LIMIT:
            response.close()
            del body[BODY_LIMIT:]
        else:
            response.release_conn()
        return response.status, tuple(response.headers.items()), bytes(body), is_cut
