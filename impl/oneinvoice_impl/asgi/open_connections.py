"""Connections that are open, by their clients, so that a mock can lose one in the middle of an answer."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Scope

from oneinvoice_impl.asgi.bounded_connections import BoundedProtocol, ConnectionLimits, reset

_open: dict[Any, asyncio.Transport] = {}


class TrackedProtocol(BoundedProtocol):
    """Protocol of a connection, whose transport is found by the client's address."""

    limits = ConnectionLimits(body_bytes=300 * 2**20)  # a mock takes snapshots, too

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        _open[_client(transport)] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        _open.pop(_client(self.transport), None)
        super().connection_lost(exc)


def close_connection(scope: Scope) -> bool:
    """Close the connection of a request once what was written is sent, and tell whether it was found."""
    transport = _open.get(_address(scope["client"]))
    if transport is not None:
        transport.close()
    return transport is not None


def reset_connection(scope: Scope) -> bool:
    """Reset the connection of a request, and tell whether it was found."""
    transport = _open.get(_address(scope["client"]))
    if transport is not None:
        reset(transport)
    return transport is not None


def _client(transport: asyncio.BaseTransport) -> Any:
    return _address(transport.get_extra_info("peername"))


def _address(peer: Any) -> Any:
    """Return host and port; IPv6 tells more."""
    return tuple(peer[:2]) if peer else None
