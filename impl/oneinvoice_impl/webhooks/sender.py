"""Send one POST, and take no more of the answer than is needed.

Each has a connection of its own. A client library costs twice as much as all of this for each delivery, refuses answers
whose status is plain, and asks the resolver itself: here just the addresses that were checked are dialled.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from ipaddress import ip_address

from oneinvoice_impl.webhooks.exchange import Exchange, NoAnswer, Reply, encode_request
from oneinvoice_impl.webhooks.failures import reason
from oneinvoice_impl.webhooks.url_policy import Target, UrlNotAllowed, UrlPolicy

TIMEOUT_SECONDS = 15.0
_RESOLVER_THREADS = 32
_CONNECT_SECONDS = 3.0
"""For an address that is not the last of its name: one family of addresses may lead nowhere."""


class Sender:
    """Sender of POST requests. Close it."""

    method = "POST"

    def __init__(self, url_policy: UrlPolicy, timeout: float = TIMEOUT_SECONDS) -> None:
        """`timeout` is for an attempt in all, from the look-up of the name to the end of the answer, in seconds."""
        self._timeout = timeout
        self._url_policy = url_policy
        # Of its own, so that slow names hold up nothing else.
        self._resolver = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolver")
        self._context: ssl.SSLContext | None = None

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send `body`; never raises for what a receiver does."""
        try:
            target = self._url_policy.target(url)
        except UrlNotAllowed as refusal:
            return Reply(None, str(refusal), connected=False)
        exchange, awaited = None, "connection"
        try:
            async with asyncio.timeout(self._timeout) as limit:
                transport, exchange = await self._connect(target)
                try:
                    if target.secure:
                        awaited = "secure connection"
                        transport = await self._secured(transport, exchange, target.host)
                    awaited = "answer"
                    transport.write(encode_request(self.method, target, headers, body))
                    await exchange.ended
                finally:
                    transport.abort()
        except (OSError, UnicodeError) as error:
            if exchange is not None and exchange.reply is not None:
                return exchange.reply
            late = f"No {awaited} came within {self._timeout:g} seconds." if limit.expired() else None
            return Reply(None, late or reason(error, target), connected=exchange is not None)
        return exchange.reply or Reply(None, reason(exchange.error, target))

    def close(self) -> None:
        """Look up no more names."""
        self._resolver.shutdown(wait=False, cancel_futures=True)

    async def _connect(self, target: Target) -> tuple[asyncio.Transport, Exchange]:
        """Return a connection to one of the target's addresses, in their order."""
        loop = asyncio.get_running_loop()
        *others, last = await self._addresses(target)
        for address in others:
            with suppress(OSError):
                async with asyncio.timeout(_CONNECT_SECONDS):
                    return await loop.create_connection(Exchange, address, target.port)
        try:
            return await loop.create_connection(Exchange, last, target.port)
        except OSError as error:
            raise NoAnswer(
                f"No connection could be made: {os.strerror(error.errno) if error.errno else 'it failed'}."
            ) from error

    async def _addresses(self, target: Target) -> list[str]:
        """Return the addresses of a target's host, at least one, all of them checked."""
        try:
            addresses = [str(ip_address(target.host))]
        except ValueError:
            look_up = partial(socket.getaddrinfo, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
            loop = asyncio.get_running_loop()
            infos = await loop.run_in_executor(self._resolver, look_up, target.host, target.port)
            addresses = [str(info[4][0]) for info in infos]
        self._url_policy.check_addresses(addresses, target.port)
        return addresses

    async def _secured(self, transport: asyncio.Transport, exchange: Exchange, host: str) -> asyncio.Transport:
        loop = asyncio.get_running_loop()
        if self._context is None:
            # Reads the certificates of all authorities.
            self._context = await loop.run_in_executor(self._resolver, ssl.create_default_context)
        try:
            secured = await loop.start_tls(transport, exchange, self._context, server_hostname=host)
        except ConnectionError as error:
            raise NoAnswer(
                "The connection was closed before it was secured; see that the URL's port speaks TLS."
            ) from error
        assert secured is not None, "the connection was not closed by this side"
        return secured
