"""Grease of header lines: their order, and the letter case of their names, which ASGI servers write in lower case."""

from __future__ import annotations

import asyncio
import re
from typing import Any, cast

from oneinvoice_impl.asgi.open_connections import TrackedProtocol
from oneinvoice_impl.mock.grease.freedoms import seeded

_MARK = re.compile(rb"\r\nx-mock-grease: ([0-9.]+)\r\n")


class GreasedProtocol(TrackedProtocol):
    """Protocol of a connection, on which the header lines of greased answers differ."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport = cast(asyncio.Transport, _Heads(transport))


class _Heads:
    """Transport that is told the head of an answer in one piece, as uvicorn writes it."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def write(self, data: bytes) -> None:
        mark = _MARK.search(data) if data.startswith(b"HTTP/") else None
        self._transport.write(data if mark is None else greased_head(data, mark[1].decode()))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


def greased_head(head: bytes, mark: str) -> bytes:
    """Return the head of an answer with its lines in another order; those of one name stay in theirs."""
    chance = seeded("head", mark)
    status, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    names = sorted({line.partition(b":")[0] for line in lines})
    places = {name: place for place, name in enumerate(chance.sample(names, len(names)))}
    forms = {name: chance.choice((name.lower(), name.title(), name.title(), name.upper())) for name in names}
    ordered = sorted((line.partition(b":") for line in lines), key=lambda parts: places[parts[0]])
    return b"\r\n".join([status, *(b":".join((forms[name], value)) for name, _, value in ordered), b"", b""])
