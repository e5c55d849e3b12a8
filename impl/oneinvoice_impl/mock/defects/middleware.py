"""Builders of middleware that changes requests to the API, or its answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.server.components import Components

API = "/api/v1"


@dataclass(slots=True)
class Answer:
    """A whole answer, to be changed. `content` is its body as JSON."""

    status: int
    headers: MutableHeaders
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)

    @content.setter
    def content(self, content: Any) -> None:
        self.body = json.dumps(content, ensure_ascii=False).encode()

    def become(self, status: HTTPStatus, body: bytes = b"{}", kind: str = "application/json") -> None:
        """Be another answer."""
        self.status, self.body = status, body
        self.headers["Content-Type"] = kind


def changes_request(change: Callable[[Request, MutableHeaders], None]) -> Components:
    """Build components of a function that may change the headers of each request to the API."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def changed(scope: Scope, receive: Receive, send: Send) -> None:
            if _is_api(scope):
                scope = {**scope, "headers": [*scope["headers"]]}
                change(Request(scope), MutableHeaders(scope=scope))
            await app(scope, receive, send)

        return changed

    return Components(middleware=wrap)


def changes_answer(change: Callable[[Request, Answer], None]) -> Components:
    """Build components of a function that may change each answer of the API."""

    def wrap(app: ASGIApp) -> ASGIApp:
        async def changed(scope: Scope, receive: Receive, send: Send) -> None:
            if not _is_api(scope):
                await app(scope, receive, send)
                return
            messages: list[Message] = []

            async def keep(message: Message) -> None:
                messages.append(message)

            await app(scope, receive, keep)
            answer = _answer(messages)
            change(Request(scope), answer)
            answer.headers["Content-Length"] = str(len(answer.body))
            await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers.raw})
            await send({"type": "http.response.body", "body": answer.body})

        return changed

    return Components(middleware=wrap)


def changes_records(resource: str) -> Callable[[Callable[[dict[str, Any]], None]], Components]:
    """Return a builder for functions that may change each record of a list, such as `members`."""

    def build(change: Callable[[dict[str, Any]], None]) -> Components:
        def change_all(request: Request, answer: Answer) -> None:
            if request.url.path == f"{API}/{resource}" and answer.status == HTTPStatus.OK:
                content = answer.content
                for record in content["data"]:
                    change(record)
                answer.content = content

        return changes_answer(change_all)

    return build


def _is_api(scope: Scope) -> bool:
    return scope["type"] == "http" and f"{scope['path']}/".startswith(f"{API}/")


def _answer(messages: list[Message]) -> Answer:
    start, *rest = messages
    body = b"".join(message.get("body", b"") for message in rest)
    return Answer(start["status"], MutableHeaders(raw=[*start["headers"]]), body)
