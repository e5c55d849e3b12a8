"""Answers of the API as a proposed document describes them."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.api.problem import PROBLEM_JSON, Problem, problem_body
from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.domain.representation import to_json
from oneinvoice_impl.mock.proposals.fitting import Misfit

logger = logging.getLogger(__name__)

_FITTED = "oneinvoice.fitted"

Fit = Callable[[str, str, int, str, Any], tuple[Any, dict[str, str]]]
"""Returns the body of an answer, and headers that it has besides, by path, method, status, media type and body."""


class ProposedAnswers:
    """ASGI middleware, which may stand around another of its own: no answer is fitted twice.

    What is no JSON, such as a fault that was asked for, goes out as it is.
    """

    def __init__(self, app: ASGIApp, fit: Fit) -> None:
        self._app = app
        self._fit = fit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        start: Message | None = None

        async def send_fitted(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif start is None:
                await send(message)
            else:
                begun, start = start, None
                if not scope.get(_FITTED) and not message.get("more_body") and message.get("body"):
                    scope[_FITTED] = True
                    message = {**message, "body": self._fitted(scope, begun, message["body"])}
                await send(begun)
                await send(message)

        await self._app(scope, receive, send_fitted)

    def _fitted(self, scope: Scope, start: Message, body: bytes) -> bytes:
        """Return the body of an answer, whose status and headers become what goes with it."""
        start["headers"] = [*start["headers"]]
        headers = MutableHeaders(raw=start["headers"])
        media = headers.get("content-type", "").partition(";")[0].strip()
        try:
            content = json.loads(body)
        except ValueError:
            return body
        own = to_json(content)
        try:
            fitted, more = self._fit(scope["path"], scope["method"], start["status"], media, content)
        except Misfit as problem:
            return self._refused(scope, start, headers, problem)
        for name, value in more.items():
            headers.setdefault(name, value)
        text = to_json(fitted)
        if text == own:
            return body  # with the white space that it has
        headers["content-length"] = str(len(text.encode()))
        return text.encode()

    def _refused(self, scope: Scope, start: Message, headers: MutableHeaders, problem: Misfit) -> bytes:
        logger.error("%s can't be answered by the proposed contract: %s.", scope["path"], problem)
        status = HTTPStatus.INTERNAL_SERVER_ERROR
        sentence = f"The mock can't say this by the contract that it was given ({problem}); change that, or the data."
        content = json.loads(problem_body(Problem(status, sentence), request_id(scope)))
        with suppress(Misfit):  # what is said plainly tells why
            content, _ = self._fit(scope["path"], scope["method"], status.value, PROBLEM_JSON, content)
        text = to_json(content).encode()
        start["status"] = status.value
        headers["content-type"], headers["content-length"] = PROBLEM_JSON, str(len(text))
        return text
