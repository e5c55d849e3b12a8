"""Routes of the controls under `/_mock/`, for the user who runs a mock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Protocol

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import Route

from oneinvoice_impl.api.operations import json_response
from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.domain.announcement import AlreadyAnnounced, TooSoon
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.faults.fault import InvalidFault
from oneinvoice_impl.mock.fixtures.problems import InvalidFixtures
from oneinvoice_impl.store.snapshots import UnusableRows
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem
from oneinvoice_impl.webhooks.url_policy import UrlNotAllowed

Handler = Callable[[Request], Awaitable[Any]]


class Routing(Protocol):
    """Maker of routes of controls."""

    def __call__(self, method: str, path: str, handler: Handler, status: int = 200) -> Route:
        """Return the route of a method and a path below `/_mock`; what its handler returns is answered as JSON.

        An answer goes out as it is.
        """


class RecordNotFound(Exception):
    """There is no such record; the text is one sentence."""


_STATUS: dict[type[Exception], HTTPStatus] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    InvalidFault: HTTPStatus.BAD_REQUEST,
    UnusableRows: HTTPStatus.BAD_REQUEST,
    UrlNotAllowed: HTTPStatus.BAD_REQUEST,
    RecordNotFound: HTTPStatus.NOT_FOUND,
    TooSoon: HTTPStatus.BAD_REQUEST,
    IllegalTransition: HTTPStatus.CONFLICT,
    AlreadyAnnounced: HTTPStatus.CONFLICT,
    EncryptionProblem: HTTPStatus.CONFLICT,
}


def routing(is_from_user: Callable[[HTTPConnection], bool]) -> Routing:
    """Return the maker of routes that serve the user alone.

    `is_from_user` tells the user's requests from those of a web page of somebody else.
    """

    def route(method: str, path: str, handler: Handler, status: int = 200) -> Route:
        async def guarded(request: Request) -> Response:
            if not is_from_user(request):
                raise Problem(HTTPStatus.FORBIDDEN, "The controls are not for web pages and other host names.")
            try:
                content = await handler(request)
            except InvalidFixtures as error:
                raise Problem(HTTPStatus.BAD_REQUEST, str(error), members={"errors": error.told}) from error
            except tuple(_STATUS) as error:
                raise Problem(_STATUS[type(error)], str(error)) from error
            if isinstance(content, Response):
                return content
            answer = json_response(content)
            answer.status_code = status
            return answer

        return Route(f"/_mock{path}", guarded, methods=[method])

    return route
