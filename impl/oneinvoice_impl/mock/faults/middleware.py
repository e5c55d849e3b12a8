"""Faults before the API: what a request prefers, or else what is planned for it, is done in the place of its answer."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.api.problem import PROBLEM_JSON, Problem, problem_body
from oneinvoice_impl.asgi.open_connections import close_connection, reset_connection
from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.mock.faults.fault import MOST_SECONDS, Fault, InvalidFault, preferred
from oneinvoice_impl.mock.faults.plan import FaultPlan

FAULT_HEADER = "X-Mock-Fault"
"""Names the fault of an answer; one that was planned, by its id."""

_KEY, _LEFT = "oneinvoice.fault", "oneinvoice.client_left"
_PREFER = b"prefer"
_SLOW_SECONDS = 5.0
_PIECES = 20
_GARBAGE = b"\xff\x00{" + random.Random(1).randbytes(253)  # noqa: S311  # no secret


def fault_name(scope: Scope) -> str | None:
    """Return the name of the fault that the request with that ASGI scope got, also where it got no answer."""
    return scope.get(_KEY)


def client_left(scope: Scope) -> bool:
    """Tell whether the client of the request with that ASGI scope left while a fault kept it waiting."""
    return bool(scope.get(_LEFT))


class Faults:
    """ASGI middleware. `operations` are the ids of the API's operations, by path."""

    def __init__(self, app: ASGIApp, plan: FaultPlan, operations: Mapping[str, str]) -> None:
        self._app = app
        self._plan = plan
        self._operations = operations

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if scope["type"] != "http" or not scope["path"].startswith("/api/"):
            return self._app(scope, receive, send)
        try:
            fault, headers = self._fault(scope)
        except InvalidFault as error:
            return _answer(scope, send, Problem(HTTPStatus.BAD_REQUEST, str(error)), {})
        if fault is None:
            return self._app(scope, receive, send)
        scope[_KEY] = headers[FAULT_HEADER]
        return self._do(fault, headers, scope, receive, send)

    def _fault(self, scope: Scope) -> tuple[Fault | None, dict[str, str]]:
        """Return what a request is to get, with the headers that name it. Raises `InvalidFault`."""
        if any(name == _PREFER for name, _ in scope["headers"]):
            fault = preferred(Headers(scope=scope).getlist("prefer"))
            if fault is not None:
                return fault, {FAULT_HEADER: str(fault), "Preference-Applied": str(fault)}
        planned = self._plan.strike(self._operations.get(scope["path"]))
        if planned is None:
            return None, {}
        assert isinstance(planned.rule.fault, Fault), "it struck a request"
        return planned.rule.fault, {FAULT_HEADER: planned.name}

    async def _do(self, fault: Fault, headers: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind != "slow" and fault.delay:
            receive = await _waited(fault.delay, scope, receive)
            if client_left(scope):
                return
        if fault.status is not None:
            await _answer(scope, send, _problem(fault, self._plan.clock()), headers)
        elif fault.kind == "garbage":
            headers |= {"Content-Type": "application/json", "Content-Length": str(len(_GARBAGE))}
            await send({"type": "http.response.start", "status": 200, "headers": _raw(headers)})
            await send({"type": "http.response.body", "body": _GARBAGE})
        elif fault.kind == "hang":
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    await _gone(receive)
            except TimeoutError:
                await _lose(close_connection(scope), scope, receive, send)
        elif fault.kind == "reset":
            await _lose(reset_connection(scope), scope, receive, send)
        else:
            await self._changed(fault, headers, scope, receive, send)

    async def _changed(self, fault: Fault, headers: dict[str, str], scope: Scope, receive: Receive, send: Send) -> None:
        """Send the API's own answer, late, slowly or in part."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        start, body = messages[0], b"".join(message.get("body", b"") for message in messages[1:])
        start["headers"] = [*start["headers"], *_raw(headers)]
        await send(start)
        if fault.kind == "truncate":
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await _lose(close_connection(scope), scope, receive, send)
        elif fault.kind == "slow":
            step = max(1, -(-len(body) // _PIECES))
            for begin in range(0, len(body), step):
                await send({"type": "http.response.body", "body": body[begin : begin + step], "more_body": True})
                receive = await _waited((fault.delay or _SLOW_SECONDS) / _PIECES, scope, receive)
                if client_left(scope):
                    return
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": body})


async def _lose(is_lost: bool, scope: Scope, receive: Receive, send: Send) -> None:
    """Wait until the connection is seen to be lost."""
    if is_lost:
        await _gone(receive)
    else:
        reason = "The connection is not the mock's to lose, as behind a proxy; ask for a code instead."
        await _answer(scope, send, Problem(HTTPStatus.NOT_IMPLEMENTED, reason), {})


async def _waited(seconds: float, scope: Scope, receive: Receive) -> Receive:
    """Wait so long, or until the client leaves, which is noted; return what gives its messages from then on."""
    came: deque[Message] = deque()
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while not came or came[-1]["type"] != "http.disconnect":
                came.append(await receive())
            scope[_LEFT] = True

    async def receive_again() -> Message:
        return came.popleft() if came else await receive()

    return receive_again


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _problem(fault: Fault, now: datetime) -> Problem:
    assert fault.status is not None, "the fault is a status"
    status = HTTPStatus(fault.status)
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}
    if (retry_after := fault.retry_after_at(now)) is not None:
        headers["Retry-After"] = retry_after
    return Problem(status, f"This is a fault that was asked for: {fault}.", headers=headers)


async def _answer(scope: Scope, send: Send, problem: Problem, headers: Mapping[str, str]) -> None:
    body = problem_body(problem, request_id(scope))
    own = {"Content-Type": PROBLEM_JSON, "Content-Length": str(len(body)), **(problem.headers or {})}
    await send({"type": "http.response.start", "status": problem.status_code, "headers": _raw(own | dict(headers))})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
