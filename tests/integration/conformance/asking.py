"""A client, and what servers of raw bytes say to it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request

from tests.unit.conformance.fakes import KEYS, VALID

MEMBERS, QUOTES, INVOICES = (Request(endpoint, VALID) for endpoint in ("members", "quotes", "invoices"))
TIMEOUT = 0.3


@contextlib.contextmanager
def client_of(url: str, **options: Any) -> Iterator[Client]:
    deployment = Deployment(url, KEYS, options.pop("headers", ()), ca_file=options.pop("ca_file", None))
    with Client(deployment, timeout=options.pop("timeout", TIMEOUT), **options) as it:
        yield it


def says(*answers: bytes) -> Callable[[socket.socket, int], bool]:
    """Answers each request with the next of the answers, the last one for ever; an empty one hangs up."""

    def answer(connection: socket.socket, number: int) -> bool:
        content = answers[min(number, len(answers)) - 1]
        connection.sendall(content)
        return bool(content)

    return answer


def drips(first: bytes, drop: bytes) -> Callable[[socket.socket, int], None]:
    """Sends something, and then a little for as long as somebody is there."""

    def answer(connection: socket.socket, number: int) -> None:
        connection.sendall(first)
        while True:
            connection.sendall(drop)
            time.sleep(0.02)

    return answer
