"""Routes of pages: public ones, and private ones for users with an organisation."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oneinvoice_impl.web.rendering.pages import redirect
from oneinvoice_impl.web.session import session

T = TypeVar("T")

Handler = Callable[[Request], Awaitable[Response]]

_ID = re.compile("[A-Za-z0-9_]{1,64}")


def is_id(text: str) -> bool:
    """Tell whether anything can have it as its id. A database might choke on what nothing can."""
    return _ID.fullmatch(text) is not None


def path_id(request: Request) -> str:
    """Return the id in the address."""
    return str(request.path_params["id"])


def or_not_found(record: T | None) -> T:
    """Return the record. Raises `HTTPException` (404) if there is none."""
    if record is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return record


def private(path: str, *, get: Handler | None = None, post: Handler | None = None) -> Route:
    """Return the route of a page for users who are logged in and have an organisation, as `current_user` tells.

    Parameters of its path are ids; a path with anything else gets 404.
    """
    return _route(path, get, post, _require_organisation)


def public(path: str, *, get: Handler | None = None, post: Handler | None = None) -> Route:
    """Return the route of a page for everybody."""
    return _route(path, get, post, _allow_everybody)


def _route(
    path: str,
    get: Handler | None,
    post: Handler | None,
    guard: Callable[[Handler, Request], Awaitable[Response]],
) -> Route:
    handlers = {method: handler for method, handler in (("GET", get), ("HEAD", get), ("POST", post)) if handler}

    async def handle(request: Request) -> Response:
        return await guard(handlers[request.method], request)

    return Route(path, handle, methods=[*handlers])


async def _allow_everybody(handler: Handler, request: Request) -> Response:
    return await handler(request)


async def _require_organisation(handler: Handler, request: Request) -> Response:
    user = session(request).user
    if user is None:
        return _redirect(request, "/login")
    if user.organisation is None:
        return _redirect(request, "/welcome")
    if not all(is_id(str(value)) for value in request.path_params.values()):
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return await handler(request)


def _redirect(request: Request, path: str) -> Response:
    if "hx-request" in request.headers:
        # Else htmx would put that page into a part of this one.
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": path})
    return redirect(request, path)
