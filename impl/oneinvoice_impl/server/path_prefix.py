"""Path prefix: an application is served under a path, as behind a gateway that strips it."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.api.problem import PROBLEM_JSON, Problem, problem_body
from oneinvoice_impl.asgi.request_ids import RequestIds, request_id

_ADDRESSES = (b"location", b"hx-redirect")
_COOKIE_PATH = re.compile(rb"; Path=/(?=;|$)")


class PathPrefix:
    """ASGI middleware. The application is asked as if it were at the root, and its headers are led to the prefix.

    ASGI's own `root_path` would stay in the path: each part that looks at one would have to strip it.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        """`prefix` is such as `/gateway`, of characters that nothing escapes."""
        self._app = app
        self._prefix = prefix
        self._beside = RequestIds(self._not_found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not f"{scope['path']}/".startswith(f"{self._prefix}/"):
            await self._beside(scope, receive, send)
            return
        length = len(self._prefix)
        raw = scope.get("raw_path") or b""
        inner = {
            **scope,
            "path": scope["path"][length:] or "/",
            # There is none to be had where somebody escaped what needs it not.
            "raw_path": (raw[length:] or b"/") if raw.startswith(self._prefix.encode()) else None,
        }

        async def send_with_prefix(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [(name, self._led(name, value)) for name, value in message["headers"]]
            await send(message)

        await self._app(inner, receive, send_with_prefix)

    def _led(self, name: bytes, value: bytes) -> bytes:
        if name in _ADDRESSES and value.startswith(b"/"):
            return self._prefix.encode() + value
        # A name of a cookie that begins with __Host- goes with the whole host (RFC 6265bis, 4.1.3.2).
        if name == b"set-cookie" and not value.startswith(b"__Host-"):
            return _COOKIE_PATH.sub(b"; Path=" + self._prefix.encode(), value)
        return value

    async def _not_found(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(HTTPStatus.NOT_FOUND, f"There is nothing at this address; all is under {self._prefix}.")
        body = problem_body(problem, request_id(scope))
        headers = {"content-type": PROBLEM_JSON, "content-length": str(len(body))}
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": problem.status_code, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})
