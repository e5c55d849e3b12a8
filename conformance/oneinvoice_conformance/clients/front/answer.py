"""Answers of a front, and the scripts that decide them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from oneinvoice_conformance.clients.observation import ClientRequest, Headers, Mark


class Framing(StrEnum):
    """Framing of an answer's body (RFC 9112, section 6)."""

    LENGTH = "length"  # with Content-Length
    CHUNKED = "chunked"
    CUT = "cut"  # Content-Length tells more than is sent, then the connection ends
    CUT_CHUNKS = "cut chunks"  # chunked, and the connection ends before the last chunk
    RESET = "reset"  # no answer: the connection is reset


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to a request. `headers` are without those of framing; `delay` is in seconds, before the first byte.

    `body` is as it was before it is packed with gzip, which `is_packed` asks for. `mark` tells what the script did to
    it, and `note` the same in a few words, for reports.
    """

    status: int
    headers: Headers = ()
    body: bytes = field(default=b"", repr=False)
    framing: Framing = Framing.LENGTH
    is_packed: bool = False
    delay: float = 0.0
    mark: Mark = Mark.PLAIN
    note: str = ""

    def json(self) -> Any:
        """Return the body as JSON. Raises `ValueError`."""
        return json.loads(self.body)

    def page(self) -> Any | None:
        """Return the content of a page of a list; None where the answer has none, as to HEAD."""
        with suppress(ValueError):
            content = self.json() if self.status == HTTPStatus.OK else None
            if isinstance(content, dict) and "data" in content and "pagination" in content:
                return content
        return None

    def with_json(self, content: Any, mark: Mark, note: str) -> Answer:
        """Return the answer with another content, written as the API writes it."""
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        return replace(self, body=text.encode(), mark=mark, note=note)

    def with_header(self, name: str, value: str) -> Answer:
        """Return the answer with one header more."""
        return replace(self, headers=(*self.headers, (name, value)))


Api = Callable[[], Answer]
"""Function that passes the request on to the sandbox, and returns what that answers."""

Script = Callable[[ClientRequest, Api], Answer]
"""Function that decides what a request is answered. Several threads may call it at once."""


def as_the_api_answers(request: ClientRequest, api: Api) -> Answer:
    """Answer as the API does."""
    return api()


def problem(status: int, title: str, detail: str, mark: Mark, note: str, *headers: tuple[str, str]) -> Answer:
    """Return an error in the shape of RFC 9457, as the API has it."""
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, "request_id": "req_trial"}
    kind = ("Content-Type", "application/problem+json")
    return Answer(status, (kind, *headers), json.dumps(content).encode(), mark=mark, note=note)


def too_many(note: str, *headers: tuple[str, str]) -> Answer:
    """Return 429, with what headers it is given."""
    detail = "This key sent more requests than it may in a minute; wait, and ask again."
    return problem(429, "Too Many Requests", detail, Mark.LIMITED, note, *headers)
