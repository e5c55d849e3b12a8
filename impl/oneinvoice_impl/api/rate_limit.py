"""Rate-limit headers on each answer to a counted request, and the refusal of a request beyond the limit.

The fields are those of draft-ietf-httpapi-ratelimit-headers-10.
"""

from __future__ import annotations

from collections.abc import Awaitable
from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.ratelimit.standing import WINDOW_SECONDS, Standing

_KEY = "oneinvoice.rate_limit"


class RateLimitHeaders:
    """ASGI middleware that adds `RateLimit` and `RateLimit-Policy` to the answers that a standing was reported for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Made here, since what is within gets a copy of the scope.
        standings: list[Standing] = []
        scope[_KEY] = standings

        def send_with_headers(message: Message) -> Awaitable[None]:
            if standings and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_headers(standings[-1])]
            return send(message)

        await self._app(scope, receive, send_with_headers)


def report_standing(scope: Any, standing: Standing) -> None:
    """Attach a standing to an ASGI scope, for the headers of the answer. Raises `Problem` (429) for a refusal."""
    scope[_KEY].append(standing)
    if not standing.served:
        wait = f"{standing.retry_after} second{_s(standing.retry_after)}"
        raise Problem(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"This key may send {standing.limit} request{_s(standing.limit)} in a minute; try again in {wait}.",
            headers={"Retry-After": str(standing.retry_after)},
        )


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def _headers(standing: Standing) -> list[tuple[bytes, bytes]]:
    return [
        (b"ratelimit", f'"minute";r={standing.remaining};t={standing.retry_after}'.encode()),
        (b"ratelimit-policy", f'"minute";q={standing.limit};w={WINDOW_SECONDS}'.encode()),
    ]
