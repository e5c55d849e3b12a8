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
import re
import socket
import ssl
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import parse_url

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.failure import in_plain_words

_LINE = 65_537  # bytes that a header of an interim answer may have, as `http.client` allows

BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
LITERAL_QUERY = ":query"  # no name that a header can have


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


class _Literal(HTTPConnection):
    """Connection that sends the query which stands under `LITERAL_QUERY` among the headers.

    urllib3 mends a broken escape in a URL, such as `%zz`, which a deployment is to be sent as it is.
    """

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:
        given = dict(headers or {})
        query = given.pop(LITERAL_QUERY, None)
        target = url if query is None else f"{url.partition('?')[0]}?{query}"
        super().request(method, target, body, given, **options)


class _Connection(_Literal):
    response_class = _BoundedResponse


class _TLSConnection(_Literal, HTTPSConnection):
    response_class = _BoundedResponse

    def send(self, data: Any) -> None:
        """Send data. Raises `ssl.SSLError` with what the server says of it, where that ended the connection.

        Under TLS 1.3 a server tells only behind the handshake that it wants a client certificate.
        """
        try:
            super().send(data)
        except ssl.SSLEOFError:  # urllib3 reads on after other ends of a connection
            if self.sock is not None:
                self.sock.recv(1)
            raise


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TLSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


@dataclass(frozen=True, slots=True)
class Proxy:
    """Proxy of HTTP at a URL, which may hold a user name and a password, and the TLS with which to speak to it."""

    url: str = field(repr=False)
    tls: ssl.SSLContext | None = None


def pool_manager(
    timeout: float, context: ssl.SSLContext | None, at_once: int, proxy: Proxy | None = None
) -> urllib3.PoolManager:
    """Return kept-alive connections without retries, `at_once` for each host, through a proxy if one is given.

    Connecting may take `timeout` seconds, and a whole answer as long again.
    """
    options: dict[str, Any] = {
        "maxsize": at_once,
        "retries": False,
        "timeout": urllib3.Timeout(connect=timeout, read=timeout),
        "ssl_context": context,
    }
    manager: urllib3.PoolManager
    if proxy is None:
        manager = urllib3.PoolManager(**options)
    else:
        address = parse_url(proxy.url)
        credentials = unquote(address.auth) if address.auth else None
        headers = urllib3.make_headers(proxy_basic_auth=credentials) if credentials else None
        url = address._replace(auth=None).url
        manager = urllib3.ProxyManager(url, proxy_headers=headers, proxy_ssl_context=proxy.tls, **options)
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TLSPool}
    return manager


def tls_context(ca_file: str | None, cert: str | None = None, cert_key: str | None = None) -> ssl.SSLContext:
    """Return a TLS context that trusts the system's authorities and those of the file, and shows the client's `cert`.

    Raises `UsageError` for a file that can't be used.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:
            raise UsageError(
                f"{ca_file} can't be used as --ca-file ({_told(error)}); name a file of certificates in PEM form."
            ) from error
    if cert is not None:
        try:
            context.load_cert_chain(cert, cert_key, password=_no_passphrase)
        except OSError as error:
            files = f"{cert} and {cert_key}" if cert_key else cert
            how = "name a certificate in PEM form and the key that belongs to it, without a passphrase"
            if cert_key is None and isinstance(error, ssl.SSLError):
                how = "if its key is in another file, name that with --cert-key; else " + how
            raise UsageError(
                f"{files} can't be used as --cert{' and --cert-key' if cert_key else ''} ({_told(error)}); {how}."
            ) from error
    return context


def _told(error: OSError) -> str:
    """Return why a file of certificates can't be used."""
    if not isinstance(error, ssl.SSLError):
        return in_plain_words(error)
    if error.reason == "KEY_VALUES_MISMATCH":
        return "the key is another certificate's"
    return "what should be in it can't be read from it"


def _no_passphrase() -> bytes:
    """Return no passphrase, where OpenSSL would ask for one on the terminal."""
    return b""


def speaks_tls(host: str, port: int, timeout: float) -> bool:
    """Tell whether TLS is spoken at a port, with whatever certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((host, port), timeout) as plain, context.wrap_socket(plain, server_hostname=host):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")  # which is TLS, be it a refusal
    except (OSError, ValueError):
        return False


def speaks_http(host: str, port: int, timeout: float) -> bool:
    """Tell whether HTTP without TLS is spoken at a port, by a request for nothing that is there."""
    try:
        with socket.create_connection((host, port), timeout) as plain:
            plain.sendall(f"HEAD / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode("latin-1", "replace"))
            return plain.recv(5) == b"HTTP/"
    except (OSError, ValueError):
        return False
