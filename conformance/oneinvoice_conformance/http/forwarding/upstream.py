"""Connections to the deployment, and why there is none, in words."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from http.client import IncompleteRead, RemoteDisconnected
from urllib.parse import SplitResult, unquote, urlsplit

import urllib3
from urllib3.exceptions import LocationParseError, SSLError
from urllib3.util import parse_url

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.connection import tls_context
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import Failure, FailureKind, failure_from_exception
from oneinvoice_conformance.http.forwarding.messages import Incoming, NotHTTP
from oneinvoice_conformance.wording import of_system

_PORTS = {"http": 80, "https": 443}


class NoAnswer(Exception):
    """Raised where the deployment gives no whole answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure))
        self.failure = failure


@dataclass(slots=True)
class Connection:
    """Connection to the deployment; `is_used` says that it answered a request before."""

    incoming: Incoming
    writer: asyncio.StreamWriter
    is_used: bool = False


class Upstream:
    """Way to a deployment, through a proxy if that has one.

    Connecting may take `timeout` seconds, and each further byte as long again. `authority` is what the Host header is
    to name; `prefix` stands before the target of each request, and the lines of `headers` behind the others. Raises
    `UsageError` for a file or a host that can't be used.
    """

    def __init__(self, deployment: Deployment, timeout: float) -> None:
        self.timeout = timeout
        self._address = _address_of(deployment.base)
        self.origin = f"{self._address.scheme}://{self._address.netloc}"
        self.authority = self._address.netloc.encode()
        self._tls = self._proxy_tls = None
        if self._address.scheme == "https":
            self._tls = tls_context(deployment.ca_file, deployment.cert, deployment.cert_key)
        self._proxy = urlsplit(deployment.proxy) if deployment.proxy else None
        self._proxy_headers = _proxy_headers(deployment.proxy) if deployment.proxy else b""
        if self._proxy and self._proxy.scheme == "https":
            self._proxy_tls = tls_context(deployment.ca_file)
        has_tunnel = self._tls is not None or self._proxy is None
        self.prefix = b"" if has_tunnel else b"http://" + self.authority
        self.headers = b"" if has_tunnel else self._proxy_headers

    async def connect(self) -> Connection:
        """Return a new connection to the deployment. Raises `NoAnswer`."""
        try:
            async with asyncio.timeout(self.timeout):
                return await self._connected()
        except TimeoutError:
            raise NoAnswer(
                Failure(FailureKind.TIMEOUT, f"connection failed (nothing answers within {self.timeout:g} s)")
            ) from None
        except ssl.SSLError as error:
            raise NoAnswer(failure_from_exception(SSLError(error), self.timeout)) from error
        except UnicodeError as error:
            raise NoAnswer(failure_from_exception(error, self.timeout)) from error
        except OSError as error:
            where = "to the proxy: " if self._proxy else ""
            raise NoAnswer(Failure(FailureKind.CONNECT, f"connection failed ({where}{of_system(error)})")) from error

    async def _connected(self) -> Connection:
        if self._proxy is None:
            reader, writer = await _opened(self._address, self._tls)
            return Connection(Incoming(reader), writer)
        reader, writer = await _opened(self._proxy, self._proxy_tls)
        connection = Connection(Incoming(reader), writer)
        if self._tls:
            try:
                await self._tunnel(connection, self._tls)
            except BaseException:
                writer.close()
                raise
        return connection

    async def _tunnel(self, connection: Connection, context: ssl.SSLContext) -> None:
        """Have the proxy open a tunnel, and begin TLS in it."""
        host, port = self._address.hostname or "", self._address.port or _PORTS[self._address.scheme]
        place = f"[{host}]:{port}".encode() if ":" in host else f"{host}:{port}".encode()
        connection.writer.write(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (place, place, self._proxy_headers))
        try:
            head = await connection.incoming.answer()
            while head.is_interim:
                head = await connection.incoming.answer()
        except (EOFError, NotHTTP):
            raise NoAnswer(Failure(FailureKind.CONNECT, "connection failed (the proxy gives no answer)")) from None
        if head.status != 200:
            told = f"{head.status} {head.reason.decode('latin-1')}".strip()
            raise NoAnswer(
                Failure(FailureKind.CONNECT, f"connection failed (the proxy answers {told})", "check --proxy")
            )
        await connection.writer.start_tls(context, server_hostname=host)

    def broken(self, problem: Exception) -> NoAnswer:
        """Return what it means that an answer could not be read to its end."""
        if isinstance(problem, TimeoutError):
            return NoAnswer(Failure(FailureKind.TIMEOUT, f"no whole answer within {self.timeout:g} s"))
        if isinstance(problem, NotHTTP):
            return NoAnswer(
                Failure(FailureKind.BROKEN, f"connection broken (the answer is none of HTTP/1.1: {problem})")
            )
        if isinstance(problem, EOFError):
            problem = RemoteDisconnected("")
        if isinstance(problem, ssl.SSLError):
            problem = SSLError(problem)
        return NoAnswer(failure_from_exception(problem, self.timeout))


BROKEN = (OSError, NotHTTP, EOFError, IncompleteRead)  # what reading an answer may raise; a time-out is an `OSError`


def _address_of(base: str) -> SplitResult:
    """Return the address of a deployment, its host as names are looked up. Raises `UsageError`."""
    try:
        netloc = parse_url(base).netloc
    except LocationParseError:
        raise UsageError(f"The host of {base} is no name that can be looked up; check the address.") from None
    return urlsplit(base)._replace(netloc=netloc or "")


def _proxy_headers(url: str) -> bytes:
    credentials = parse_url(url).auth
    if not credentials:
        return b""
    made = urllib3.make_headers(proxy_basic_auth=unquote(credentials))
    return b"".join(f"{name.title()}: {value}\r\n".encode("latin-1") for name, value in made.items())


async def _opened(
    address: SplitResult, context: ssl.SSLContext | None
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection. Raises `OSError` in the words of the system, which asyncio's own are not."""
    loop = asyncio.get_running_loop()
    host, port = address.hostname or "", address.port or _PORTS[address.scheme]
    problem = OSError("the name has no address")
    for family, kind, protocol, _, place in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        sock = socket.socket(family, kind, protocol)
        try:
            sock.setblocking(False)
            await loop.sock_connect(sock, place)
        except OSError as error:
            sock.close()
            problem = OSError(error.errno, os.strerror(error.errno) if error.errno else str(error))
            continue
        except BaseException:
            sock.close()
            raise
        reader, writer = await asyncio.open_connection(
            sock=sock, ssl=context, server_hostname=host if context else None
        )
        at_once(writer)
        return reader, writer
    raise problem


def at_once(writer: asyncio.StreamWriter) -> None:
    """Have each write sent at once: a head that waits for its body to fill a packet takes 40 ms longer.

    asyncio does that by itself where the socket tells its protocol, which one that was accepted does not.
    """
    writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
