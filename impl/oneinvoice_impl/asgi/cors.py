"""Cross-origin requests (Fetch Standard, 3.3): web pages of other origins may read the API's answers."""

from __future__ import annotations

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_SHARED = ("/api/", "/openapi.json")
_SENT = ("Authorization", "Content-Type", "X-Request-Id")
_READ = (
    "Deprecation",
    "Link",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "Sunset",
    "WWW-Authenticate",
    "X-Request-Id",
)
_PREFLIGHT_SECONDS = 600


class Cors:
    """ASGI middleware that shares the API with pages of these origins, or of all (`*`); and nothing beside the API."""

    def __init__(self, app: ASGIApp, origins: Collection[str]) -> None:
        self._app = app
        self._shared = CORSMiddleware(
            app,
            allow_origins=[*origins],
            allow_methods=["GET", "HEAD"],
            allow_headers=[*_SENT],
            expose_headers=[*_READ],
            max_age=_PREFLIGHT_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_shared = scope["type"] == "http" and scope["path"].startswith(_SHARED)
        await (self._shared if is_shared else self._app)(scope, receive, send)
