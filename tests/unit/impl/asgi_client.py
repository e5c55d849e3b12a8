"""Send requests to an ASGI application as a server would, also such as no HTTP library would send."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Answer:
    """What came back; the names of headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def bearer(key: str) -> Headers:
    """The header that carries a key."""
    return [("Authorization", f"Bearer {key}")]


def ask(app: Any, target: str, headers: Headers = (), method: str = "GET", body: bytes = b"") -> Answer:
    """The answer to one request."""
    return asyncio.run(asked(app, target, headers, method, body))


def ask_together(app: Any, targets: Sequence[str], headers: Headers = ()) -> list[Answer]:
    """The answers to requests that all run at the same time."""

    async def gather() -> list[Answer]:
        return await asyncio.gather(*(asked(app, target, headers) for target in targets))

    return asyncio.run(gather())


async def asked(app: Any, target: str, headers: Headers = (), method: str = "GET", body: bytes = b"") -> Answer:
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    await app(_scope(target, headers, method), receive, send)
    start, *rest = messages
    decoded = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}
    assert len(decoded) == len(start["headers"]), "a header was sent twice"
    return Answer(start["status"], decoded, b"".join(message.get("body", b"") for message in rest))


def _scope(target: str, headers: Headers, method: str) -> dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode(),
        "query_string": query.encode("utf-8"),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8080),
    }
