"""Transport of requests to a deployment, and of whatever comes back."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, SSLError, TimeoutError

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.connection import pool_manager
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.pacer import Clock

BODY_LIMIT = 16 * 2**20  # bytes; 200 records are some 100 KiB
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

    `started` is the time of sending in seconds since 1970, where that was another time than now.
    """

    sent: float
    received: float
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = field(repr=False, default=b"")
    error: Failure | None = None
    started: float | None = None


class BodyTooLong(ProtocolError):
    """Raised where a body is longer than anything that this API answers."""


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

    def __init__(self, timeout: float, tls: ssl.SSLContext | None) -> None:
        self.timeout = timeout
        self._tls = tls
        self._pool = pool_manager(timeout, tls, AT_ONCE)

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
            status, headers, body = self._transfer(call)
        except (HTTPError, OSError, ValueError) as problem:
            return RawResponse(sent, clock.now(), error=failure_from_exception(problem, self.timeout))
        return RawResponse(sent, clock.now(), status, headers, body)

    def _transfer(self, call: OutgoingRequest) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        if not call.on_new_connection:
            return self._transfer_by(self._pool, call.url, call.headers)
        with pool_manager(self.timeout, self._tls, 1) as pool:
            return self._transfer_by(pool, call.url, {**call.headers, "Connection": "close"})

    @staticmethod
    def _transfer_by(
        pool: urllib3.PoolManager, url: str, headers: dict[str, str]
    ) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
        response = pool.request("GET", url, headers=headers, redirect=False, preload_content=False)
        body = bytearray()
        try:
            while chunk := response.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > BODY_LIMIT:
                    raise BodyTooLong(f"the body is longer than {BODY_LIMIT // 2**20} MiB")
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return response.status, tuple(response.headers.items()), bytes(body)


def failure_from_exception(problem: Exception, timeout: float) -> Failure:
    """Return the failure that an exception of urllib3 or of the socket means."""
    cause = problem.args[-1] if isinstance(problem, ProtocolError) and problem.args else problem
    text = " ".join(str(getattr(problem, "reason", None) or cause).split())
    if isinstance(problem, SSLError):
        return Failure(FailureKind.TLS, f"TLS error ({text})")
    if isinstance(problem, NewConnectionError):
        return Failure(FailureKind.CONNECT, f"connection failed ({text.rpartition(': ')[2]})")
    if isinstance(problem, TimeoutError):
        return Failure(FailureKind.TIMEOUT, f"no whole answer within {timeout:g} s")
    if isinstance(problem, BodyTooLong):
        return Failure(FailureKind.TOO_LONG, f"answer refused ({text})")
    return Failure(FailureKind.BROKEN, f"connection broken ({text})")


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Return a TLS context that trusts the system's authorities, and those of the file. Raises `UsageError`."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise UsageError(
                f"{ca_file} can't be used as --ca-file ({error}); name a file of certificates in PEM form."
            ) from error
    return context
