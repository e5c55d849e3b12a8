"""Types of options that tell who reaches a mock, and whom it reaches."""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

import click

_HOST = r"[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]"
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


class Origin(click.ParamType):
    """Origin of a web page as browsers tell it (RFC 6454, 6.2), or `*` for all."""

    name = "origin"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value == "*":
            return "*"
        match = _ORIGIN.fullmatch(value.removesuffix("/").lower())
        if match is None:
            self.fail(
                f"{value!r} is no origin; give a scheme and a host, such as http://localhost:5173, or *", param, ctx
            )
        scheme, host, port = match.groups()
        return f"{scheme}://{host}" if port in (None, _DEFAULT_PORTS[scheme]) else f"{scheme}://{host}:{port}"


class HostName(click.ParamType):
    """Name of a host, without a port."""

    name = "name"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not re.fullmatch(_HOST, value):
            self.fail(f"{value!r} is no name of a host; give one without a scheme and a port, such as mock", param, ctx)
        return str(value).lower().strip("[]")


class Network(click.ParamType):
    """Network or address that is not all there are."""

    name = "cidr"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> IPv4Network | IPv6Network:
        try:
            network = ip_network(value)
        except ValueError:
            self.fail(f"{value!r} is no network; give one such as 172.16.0.0/12", param, ctx)
        if not network.prefixlen:
            self.fail(
                f"{value!r} is all addresses; give the network of your receivers, such as 172.16.0.0/12", param, ctx
            )
        return network
