"""Webhook receiver within the mock, for users without one: it keeps deliveries, and can be told to fail."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.mock_extension import INBOX_PAGE

PATH = "/_mock/inbox"
LONGEST_BODY = 256 * 1024
MOST_FAILURES = 20
SLOW_SECONDS = 3.0

_MOST_ARRIVALS = 50


class Arrival(NamedTuple):
    """A request as it came: `target` is path and query, headers are in their order, `body` is the raw bytes."""

    number: int
    at: datetime
    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    answered: int
    """The status that it was answered with."""

    def header(self, name: str) -> str | None:
        """Return the value of a header, whose name is in lower case; None unless it came once."""
        values = [value for each, value in self.headers if each == name]
        return values[0] if len(values) == 1 else None


class Inbox:
    """Keeps the newest arrivals in memory. The next `failures` are answered by `failing` ("error" or "slow")."""

    def __init__(self) -> None:
        self.failing = "error"
        self.failures = 0
        self._arrivals: deque[Arrival] = deque(maxlen=_MOST_ARRIVALS)
        self._count = 0

    @property
    def arrivals(self) -> Sequence[Arrival]:
        """The newest first."""
        return tuple(self._arrivals)

    def clear(self) -> None:
        """Forget what came, and answer all that comes."""
        self._arrivals.clear()
        self.failures = 0

    def fail(self, failing: str, times: int) -> None:
        """Answer the next requests with an error, or slowly."""
        self.failing, self.failures = failing, times

    def routes(self, is_from_user: Callable[[HTTPConnection], bool], clock: Clock) -> list[BaseRoute]:
        """Return the routes at which it receives what `is_from_user` says that no web page sent."""

        async def receive(request: Request) -> Response:
            if not is_from_user(request):
                raise Problem(HTTPStatus.FORBIDDEN, "The inbox is not for web pages and other host names.")
            if request.method in ("GET", "HEAD"):
                return RedirectResponse(INBOX_PAGE, HTTPStatus.SEE_OTHER)
            return await self._receive(request, clock())

        methods = ["GET", "POST"]
        return [Route(PATH, receive, methods=methods), Route(PATH + "/{rest:path}", receive, methods=methods)]

    async def _receive(self, request: Request, at: datetime) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                raise Problem(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The inbox takes bodies of up to {LONGEST_BODY // 1024} KiB."
                )
        failing = self.failing if self.failures else None
        self.failures -= failing is not None
        status = HTTPStatus.INTERNAL_SERVER_ERROR if failing == "error" else HTTPStatus.OK
        self._keep(request, at, body, status)
        if failing == "slow":
            await asyncio.sleep(SLOW_SECONDS)
        text = "The inbox was told to fail." if failing == "error" else "The inbox has it."
        return PlainTextResponse(text, status)

    def _keep(self, request: Request, at: datetime, body: bytes, status: int) -> None:
        self._count += 1
        query = request.url.query
        target = request.url.path + (f"?{query}" if query else "")
        # As ASGI gives them, whose names are in lower case.
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        self._arrivals.appendleft(Arrival(self._count, at, request.method, target, headers, body, status))
