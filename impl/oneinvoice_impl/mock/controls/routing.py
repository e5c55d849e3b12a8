"""Routes of the controls under `/_mock/`, for the user who runs a mock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from http import HTTPStatus
from typing import Any, Protocol

from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match, Route

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

    def __call__(
        self, method: str, path: str, handler: Handler, status: int = 200, query: Collection[str] | None = ()
    ) -> Route:
        """Return the route of a method and a path below `/_mock`; what its handler returns is answered as JSON.

        An answer goes out as it is. `query` are the parameters that it takes; None takes any.
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

    def route(method: str, path: str, handler: Handler, status: int = 200, query: Collection[str] | None = ()) -> Route:
        async def guarded(request: Request) -> Response:
            if not is_from_user(request):
                raise Problem(HTTPStatus.FORBIDDEN, "The controls are not for web pages and other host names.")
            try:
                _must_be_known(request, query)
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


def unknown(route: Routing, known: Sequence[BaseRoute]) -> list[Route]:
    """Return the routes of all other paths below `/_mock/`: they tell which control may be meant."""

    async def refuse(request: Request) -> Response:
        methods = {
            method
            for each in known
            if isinstance(each, Route) and each.matches(request.scope)[0] is Match.PARTIAL
            for method in each.methods or ()
        }
        path = request.scope["path"]
        if methods:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers={"Allow": ", ".join(methods)})
        nearest = _nearest(path, [each.path for each in known if isinstance(each, Route)])
        meant = f" Did you mean {nearest}?" if nearest else ""
        raise RecordNotFound(f"There is no control {path}.{meant} GET /_mock/openapi.json describes all of them.")

    return [route(method, "/{rest:path}", refuse, query=None) for method in ("GET", "POST", "PUT", "PATCH", "DELETE")]


def _nearest(path: str, templates: Sequence[str]) -> str | None:
    """Return the path of a control that is written much like this one; its ids are those of this one."""
    from difflib import get_close_matches

    parts = path.split("/")
    filled = (
        [own if each.startswith("{") else each for own, each in zip(parts, template.split("/"), strict=True)]
        for template in templates
        if template.count("/") == path.count("/")
    )
    begin = len("/_mock")
    candidates = ["/".join(each)[begin:] for each in filled]
    return next((f"/_mock{each}" for each in get_close_matches(path[begin:], candidates, n=1)), None)


def _must_be_known(request: Request, query: Collection[str] | None) -> None:
    if query is None:
        return
    for name in request.query_params:
        if name not in query:
            possible = f"what is known is {', '.join(query)}" if query else "this control has none"
            raise InvalidRequest(f"{name} is not a parameter; {possible}.")
