"""Send one POST, and take no more of the answer than is needed.

This module imports aiohttp, which takes longer than all else that the server loads: import it when something is due.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from oneinvoice_impl.webhooks.url_policy import UrlNotAllowed, UrlPolicy

TIMEOUT_SECONDS = 15.0
MAX_ANSWER_BYTES = 64 * 1024
STORED_ANSWER_BYTES = 1024
_RESOLVER_THREADS = 32


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: a status, or the reason in one sentence why there is none."""

    status: int | None
    error: str | None = None
    retry_after: str | None = None
    answer: bytes = b""


class Sender:
    """Sender of POST requests; owns the connections. Create it in a running event loop, and close it."""

    method = "POST"

    def __init__(self, url_policy: UrlPolicy, timeout: float = TIMEOUT_SECONDS) -> None:
        """`timeout` is for an attempt in all, from the look-up of the name to the end of the answer, in seconds."""
        self._timeout = timeout
        self._url_policy = url_policy
        self._resolver = _Resolver(url_policy)
        connector = aiohttp.TCPConnector(
            limit=0,  # the dispatcher bounds how many run
            force_close=True,  # thousands of endpoints, each seldom: open connections would only use up files
            use_dns_cache=False,
            resolver=self._resolver,
            socket_factory=url_policy.open_socket,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=timeout),
            trust_env=False,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send `body`; never raises for what a receiver does."""
        try:
            self._url_policy.target(url)
            request = self._session.request(
                self.method,
                URL(url, encoded=True),
                data=aiohttp.BytesPayload(body),
                headers=headers,
                allow_redirects=False,
            )
            async with request as response:
                answer = await _beginning(response)
                return Reply(response.status, None, response.headers.get("Retry-After"), answer)
        except TimeoutError:
            return Reply(None, f"No answer came within {self._timeout:g} seconds.")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Reply(None, _reason(error))

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()
        await self._resolver.close()


class _Resolver(AbstractResolver):
    """The system's, in threads of its own so that slow names hold up nothing else, and guarded."""

    def __init__(self, url_policy: UrlPolicy) -> None:
        self._url_policy = url_policy
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolver")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        loop = asyncio.get_running_loop()
        infos = await loop.run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, 0, socket.AI_ADDRCONFIG)
        )
        self._url_policy.check_addresses([address[0] for *_, address in infos], port)
        return [
            ResolveResult(
                hostname=host,
                host=str(address[0]),
                port=port,
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for kind, _, protocol, _, address in infos
        ]

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


async def _beginning(response: aiohttp.ClientResponse) -> bytes:
    """Return the first STORED_ANSWER_BYTES of the answer; up to MAX_ANSWER_BYTES are read, so that it can end."""
    beginning, read = b"", 0
    try:
        while read < MAX_ANSWER_BYTES and (chunk := await response.content.readany()):
            read += len(chunk)
            beginning = (beginning + chunk)[:STORED_ANSWER_BYTES]
    except (TimeoutError, aiohttp.ClientError):
        # The status has said what counts.
        return beginning
    return beginning


def _reason(error: BaseException) -> str:
    """Return the reason why there was no answer, in one sentence."""
    for cause in _causes(error):
        if isinstance(cause, UrlNotAllowed):
            return str(cause)
        if isinstance(cause, socket.gaierror):
            return "The URL's host is not known."
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"The certificate is not valid: {cause.verify_message}."
        if isinstance(cause, ssl.SSLError):
            return "No secure connection could be made."
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"No connection could be made: {error.os_error.strerror or 'it failed'}."
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return "The connection was closed before an answer came."
    if isinstance(error, aiohttp.ClientResponseError):
        return "What came back is not HTTP."
    return f"It could not be sent ({type(error).__name__})."


def _causes(error: BaseException | None) -> list[BaseException]:
    causes: list[BaseException] = []
    while error is not None and error not in causes:
        causes.append(error)
        error = getattr(error, "os_error", None) or error.__cause__ or error.__context__
    return causes
