"""The policy on where webhooks may go: checks a URL when it is registered, and its addresses whenever they are dialled.

The second check is the one that holds. A name can lead elsewhere the next time it is asked for (DNS rebinding), so
what counts are the addresses that a connection is about to be made to.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from oneinvoice_impl.webhooks.addresses import IPAddress, is_loopback, is_public

LONGEST_URL = 2048

# A host is a name or IPv4 address in ASCII, or an IPv6 address in brackets: nothing that two parsers read differently.
_URL = (
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?"
    r"(?P<path>[/?][!-\"$-~]*)?(#[!-~]*)?"
)
# What URLs and the system take for an IPv4 address: the last part decides (URL standard, "ends in a number").
_NUMBER_LAST = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)\.?", re.I)


class UrlNotAllowed(OSError):
    """Webhooks must not go there; the text is one sentence.

    An OSError, so that whoever opens connections takes it for a connection that failed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


class Target(NamedTuple):
    """The place that a URL leads to, in the parts that HTTP asks for."""

    host: str
    """A name, or an address without brackets."""
    port: int
    secure: bool
    authority: str
    """The Host header's value."""
    path: str
    """Path and query."""


class UrlPolicy(NamedTuple):
    """The addresses that webhooks may go to: public ones on `ports`, and own ones on any port.

    These are this machine's if `loopback`, and all in the `networks`.
    """

    ports: frozenset[int] = frozenset({80, 443})
    loopback: bool = False
    networks: frozenset[IPv4Network | IPv6Network] = frozenset()

    def target(self, url: str) -> Target:
        """Return the target of a URL, by its text alone. Raises `UrlNotAllowed`."""
        if len(url) > LONGEST_URL:
            raise UrlNotAllowed(f"The URL is longer than {LONGEST_URL:,} characters.")
        match = re.fullmatch(_URL, url, re.I)
        if match is None:
            raise UrlNotAllowed(_what_is_wrong(url))
        secure = match["scheme"].lower() == "https"
        default = 443 if secure else 80
        port = int(match["port"] or default)
        if not 0 < port < 65536:
            raise UrlNotAllowed(f"The URL's port {port} does not exist.")
        host = match["host"].lower()
        _check_host(host)
        authority = host if port == default else f"{host}:{port}"
        path = match["path"] or "/"
        return Target(host.strip("[]"), port, secure, authority, path if path.startswith("/") else f"/{path}")

    async def check(self, url: str) -> bool:
        """Check a URL and the addresses of its host. Return whether one is our own. Raises `UrlNotAllowed`."""
        target = self.target(url)
        loop = asyncio.get_running_loop()
        try:
            infos = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UrlNotAllowed(f"The URL's host {target.host} is not known.") from error
        return self.check_addresses({info[4][0] for info in infos}, target.port)

    def check_addresses(self, addresses: Iterable[Any], port: int) -> bool:
        """Check all addresses that a name has. Return whether one is our own.

        Raises `UrlNotAllowed` if a single one must not be dialled.
        """
        is_own = False
        for text in addresses:
            address = _parse(text)
            if self._is_own(address):
                is_own = True
                continue
            if not is_public(address):
                # Without the address: whoever registers a name may not be meant to know what it leads to.
                raise UrlNotAllowed("The URL leads to an address that is not on the public Internet.")
            if port not in self.ports:
                *most, last = map(str, sorted(self.ports))
                allowed = f"{', '.join(most)} or {last}" if most else last
                raise UrlNotAllowed(f"The URL's port {port} is not allowed; use {allowed}.")
        return is_own

    def _is_own(self, address: IPAddress) -> bool:
        return (self.loopback and is_loopback(address)) or any(address in network for network in self.networks)


def _check_host(host: str) -> None:
    """Refuse another notation of an address: whoever reads the URL, or filters it, may not see where it leads."""
    if host.startswith("["):
        address = _parse(host[1:-1])
        if isinstance(address, IPv4Address):
            raise UrlNotAllowed(f"The URL's host {host} is an IPv4 address in disguise; write {address}.")
    elif _NUMBER_LAST.fullmatch(host):
        with suppress(ValueError):
            if str(IPv4Address(host)) == host:
                return
        raise UrlNotAllowed(f"The URL's host {host} is no plain IPv4 address; write four numbers such as 192.0.2.1.")
    elif host.endswith("."):
        raise UrlNotAllowed(f"The URL's host {host} ends with a dot; leave it out.")


def _parse(text: Any) -> IPAddress:
    try:
        address = ip_address(text)
    except ValueError as error:
        raise UrlNotAllowed("The URL leads to an address that is not on the public Internet.") from error
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        # The system dials it as IPv4.
        return address.ipv4_mapped
    return address


def _what_is_wrong(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            return "The URL must begin with https:// or http://."
        if "@" in parts.netloc:
            return "The URL must not carry a user name or password."
    except ValueError:
        return "The URL can't be read; give one such as https://example.com/webhooks."
    if not url.isascii():
        return "The URL must be in ASCII: the host in its xn-- form, the rest percent-encoded."
    return "The URL can't be read; give one such as https://example.com/webhooks."
