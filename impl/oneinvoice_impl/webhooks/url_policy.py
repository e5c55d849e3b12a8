"""The policy on where webhooks may go: checks a URL when it is registered, and each address again when it is dialled.

The second check is the one that holds. A name can lead elsewhere the next time it is asked for (DNS rebinding), so
what counts is the address that a socket is about to be opened for.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from oneinvoice_impl.webhooks.addresses import IPAddress, is_loopback, is_public

LONGEST_URL = 2048

# A host is a name or IPv4 address in ASCII, or an IPv6 address in brackets: nothing that two parsers read differently.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:(?P<port>[0-9]{1,5}))?([/?#][!-~]*)?", re.I
)


class UrlNotAllowed(OSError):
    """Webhooks must not go there; the text is one sentence.

    An OSError, so that whoever opens connections takes it for a connection that failed.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return self.reason


@dataclass(frozen=True, slots=True)
class Target:
    """The host and port that a URL leads to."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class UrlPolicy:
    """The addresses that webhooks may go to: public ones on `ports`, and this machine on any port if `loopback`."""

    ports: frozenset[int] = frozenset({80, 443})
    loopback: bool = False

    def target(self, url: str) -> Target:
        """Return the target of a URL, by its text alone. Raises `UrlNotAllowed`."""
        if len(url) > LONGEST_URL:
            raise UrlNotAllowed(f"The URL is longer than {LONGEST_URL:,} characters.")
        match = _URL.fullmatch(url)
        if match is None:
            raise UrlNotAllowed(_what_is_wrong(url))
        port = int(match["port"]) if match["port"] else 443 if match["scheme"].lower() == "https" else 80
        if not 0 < port < 65536:
            raise UrlNotAllowed(f"The URL's port {port} does not exist.")
        return Target(match["host"].strip("[]"), port)

    async def check(self, url: str) -> bool:
        """Check a URL and the addresses of its host. Return whether it is this machine. Raises `UrlNotAllowed`."""
        target = self.target(url)
        loop = asyncio.get_running_loop()
        try:
            infos = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise UrlNotAllowed(f"The URL's host {target.host} is not known.") from error
        return self.check_addresses({info[4][0] for info in infos}, target.port)

    def check_addresses(self, addresses: Iterable[Any], port: int) -> bool:
        """Check all addresses that a name has. Return whether one is this machine.

        Raises `UrlNotAllowed` if a single one must not be dialled.
        """
        leads_here = False
        for text in addresses:
            address = _parse(text)
            if self.loopback and is_loopback(address):
                leads_here = True
                continue
            if not is_public(address):
                # Without the address: whoever registers a name may not be meant to know what it leads to.
                raise UrlNotAllowed("The URL leads to an address that is not on the public Internet.")
            if port not in self.ports:
                *most, last = map(str, sorted(self.ports))
                allowed = f"{', '.join(most)} or {last}" if most else last
                raise UrlNotAllowed(f"The URL's port {port} is not allowed; use {allowed}.")
        return leads_here

    def open_socket(self, info: tuple[Any, ...]) -> socket.socket:
        """Return a socket for an address as `getaddrinfo` gives it, about to be dialled. Raises `UrlNotAllowed`."""
        family, kind, protocol, _, address = info
        if len(address) == 4 and address[3]:
            raise UrlNotAllowed("The URL leads to an address that is not on the public Internet.")
        self.check_addresses([address[0]], address[1])
        opened = socket.socket(family, kind, protocol)
        opened.setblocking(False)
        return opened


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
