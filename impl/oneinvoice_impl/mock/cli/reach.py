"""Values of options that tell who reaches a mock, and whom it reaches. Each function raises `click.BadParameter`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeVar

import click

T = TypeVar("T")

_HOST = r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]"
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def each(read: Callable[[str], T]) -> Callable[[click.Context, click.Parameter, Sequence[str]], frozenset[T]]:
    """Return the callback of an option that may be repeated."""
    return lambda context, parameter, texts: frozenset(map(read, texts))


def origin(text: str) -> str:
    """Return the origin of a web page as browsers tell it (RFC 6454, 6.2), or `*` for all."""
    match = _ORIGIN.fullmatch(text.removesuffix("/").lower())
    if match is None and text != "*":
        raise click.BadParameter(
            f"{text!r} is no origin; give a scheme and a host, such as http://localhost:5173, or *"
        )
    if match is None:
        return text
    scheme, host, port = match.groups()
    if port is not None and not 0 < int(port) < 65536:
        raise click.BadParameter(f"{text!r} is no origin; there is no port {port}")
    return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


def host_name(text: str) -> str:
    """Return the name of a host, without a port."""
    if not re.fullmatch(_HOST, text):
        raise click.BadParameter(f"{text!r} is no name of a host; give one without a scheme and a port, such as mock")
    return text.lower().strip("[]")


def path_prefix(text: str) -> str:
    """Return a path that everything is served under, without a slash at its end; the root is none."""
    path = text.removesuffix("/")
    if not re.fullmatch(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)*", path):
        raise click.BadParameter(
            f"{text!r} is no path; give one such as /gateway, with letters, digits and ._~- between slashes"
        )
    return path


def network(text: str) -> IPv4Network | IPv6Network:
    """Return a private network; an address in it, such as 172.17.0.1/12, stands for it."""
    try:
        found = ip_network(text, strict=False)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no network; give one such as 172.16.0.0/12") from None
    if found.is_global:
        raise click.BadParameter(
            f"{text!r} is more than private; give the network of your receivers, such as 10.0.0.0/8"
        )
    return found
