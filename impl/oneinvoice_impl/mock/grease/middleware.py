"""Grease of the API's answers: each is changed within what the documentation and the authored contract leave free."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import count
from random import Random
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.mock.grease.freedoms import UnknownFields, greased, seeded, written

GREASE_HEADER = "X-Mock-Grease"
"""Names the choices of an answer by seed and number: `7.12`, which `Prefer: grease=7.12` has again."""

_ASKED = re.compile(r"(?<![\w-])grease=([0-9]{1,10})\.([0-9]{1,10})(?![0-9])")
_LIMIT = re.compile(rb"(?:^|&)limit=")
_CHARSETS = (b"", b"; charset=utf-8", b";charset=UTF-8")
_OPTIONAL = (b"ratelimit", b"ratelimit-policy")  # those that the contract doesn't require, and that nothing else needs
_RawHeaders = list[tuple[bytes, bytes]]


class Grease:
    """ASGI middleware. The n-th request to the API has the same choices whenever a mock of that seed is started."""

    def __init__(self, app: ASGIApp, seed: int) -> None:
        self._app = app
        self._seed = seed
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        seed, number = self._choices(scope)
        start: Message | None = None

        async def send_greased(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif start is None:
                await send(message)
            else:
                begun, start = start, None
                begun["headers"] = [*begun["headers"], (GREASE_HEADER.lower().encode(), f"{seed}.{number}".encode())]
                for each in _changed(begun, message, scope, seed, number):
                    await send(each)

        await self._app(scope, receive, send_greased)

    def _choices(self, scope: Scope) -> tuple[int, int]:
        """Return seed and number: those that a request prefers, or else its own."""
        asked = _ASKED.search(",".join(Headers(scope=scope).getlist("prefer")))
        return (int(asked[1]), int(asked[2])) if asked else (self._seed, next(self._numbers))


def _changed(start: Message, body: Message, scope: Scope, seed: int, number: int) -> Iterator[Message]:
    """Return the messages of an answer in the place of its first two."""
    chance = seeded(seed, number)
    text = None if body.get("more_body") else _text(body.get("body", b""), scope, seed, chance)
    if text is None:  # a fault that isn't JSON, or not whole
        yield from (start, body)
        return
    chunked = scope["http_version"] == "1.1" and chance.random() < 0.5
    start["headers"] = _headers(start["headers"], None if chunked else len(text), start["status"], chance)
    yield start
    for end in sorted(chance.sample(range(len(text)), min(3, len(text)))) if chunked else ():
        piece, text = text[:end], text[end:]
        yield {"type": "http.response.body", "body": piece, "more_body": True}
    yield {"type": "http.response.body", "body": text}


def _text(body: bytes, scope: Scope, seed: int, chance: Random) -> bytes | None:
    """Return the JSON of an answer in another form; None if it is none."""
    try:
        content = json.loads(body)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    unknown = UnknownFields(seed)
    if scope["path"] == "/api/v1/members" and "data" in content:
        # They are shown alike in every answer (MEM-5), and their pages are as long as they are asked for (MEM-3).
        members = [greased(each, seeded(seed, each["id"]), unknown) for each in content.pop("data")]
        return written(greased(content, chance, unknown) | {"data": members}, chance)
    if "pagination" in content and _LIMIT.search(scope["query_string"]):
        _cut(content["data"], content["pagination"], chance)
    if "endpoints" in content:
        # Each asks once, and a field that was there is to be there again (VER-2).
        return written(greased(content, seeded(seed, "discovery"), unknown), chance)
    return written(greased(content, chance, unknown), chance)


def _cut(records: list[Any], place: dict[str, int], chance: Random) -> None:
    """Leave out the end of a page that others follow, and say so, as if the highest limit were lower."""
    is_last = place["offset"] + len(records) >= place["total"]
    if len(records) > 1 and not is_last and chance.random() < 0.5:
        place["limit"] = chance.randint(-(-len(records) // 2), len(records) - 1)
        del records[place["limit"] :]


def _headers(headers: Sequence[tuple[bytes, bytes]], length: int | None, status: int, chance: Random) -> _RawHeaders:
    """Return the headers of a body of that length; without one it comes in chunks."""
    omitted = {b"content-length", *(_OPTIONAL if status < 400 and chance.random() < 0.25 else ())}
    kept = [(name, value) for name, value in headers if name not in omitted]
    changed = [(name, value + chance.choice(_CHARSETS) if name == b"content-type" else value) for name, value in kept]
    if length is not None:
        changed.append((b"content-length", str(length).encode()))
    unknown = (b"x-grease-%d" % chance.randrange(10_000) for _ in range(chance.randint(0, 2)))
    return [*changed, *((name, b"grease") for name in unknown)]
