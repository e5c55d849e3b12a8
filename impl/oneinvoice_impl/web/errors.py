"""Turn whatever was raised into a page."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.store.errors import RETRY_SECONDS, DatabaseBusy, DatabaseFailure
from oneinvoice_impl.web.rendering.pages import render

logger = logging.getLogger(__name__)

_TITLES = {
    HTTPStatus.BAD_REQUEST: "This can't be read",
    HTTPStatus.FORBIDDEN: "This is not allowed",
    HTTPStatus.NOT_FOUND: "There is nothing here",
    HTTPStatus.METHOD_NOT_ALLOWED: "This is not possible here",
    HTTPStatus.CONFLICT: "This is not possible any more",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "This is too much",
    HTTPStatus.TOO_MANY_REQUESTS: "Too often",
    HTTPStatus.INTERNAL_SERVER_ERROR: "This failed on our side",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available right now",
}
_SENTENCES = {
    HTTPStatus.NOT_FOUND: "The page doesn't exist, or it is not yours to see; look at the address, or start again.",
    HTTPStatus.METHOD_NOT_ALLOWED: "The address can't be used in this way; go back, and use the page's own buttons.",
}


async def http_error(request: Request, error: Exception) -> Response:
    """Answer with an error's status; its text is the sentence, unless it is the status's own name."""
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    sentence = error.detail if error.detail != status.phrase else _SENTENCES.get(status, f"{status.phrase}.")
    return _page(request, status, sentence, error.headers)


async def illegal_transition(request: Request, error: Exception) -> Response:
    """Answer that a record can't do this in its state."""
    return _page(request, HTTPStatus.CONFLICT, str(error))


async def database_error(request: Request, error: Exception) -> Response:
    """Answer that the database is away, or has too much to do."""
    logger.error("%s: database error: %s", request_id(request.scope), error)
    is_busy = isinstance(error, DatabaseBusy)
    sentence = "Too many pages are asked for at once" if is_busy else "The database did not answer"
    return _page(
        request,
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"{sentence}; load the page again in a moment.",
        {"Retry-After": str(RETRY_SECONDS)},
    )


async def client_gone(request: Request, error: Exception) -> Response:
    """Answer nobody: the connection ended before the request did."""
    return Response(status_code=HTTPStatus.BAD_REQUEST)


async def unexpected_error(request: Request, error: Exception) -> Response:
    """Answer that this is a fault of ours."""
    logger.error("%s: unexpected error", request_id(request.scope), exc_info=error)
    return _page(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Try again, and write to us if it goes on.")


HANDLERS: dict[Any, Any] = {
    HTTPException: http_error,
    IllegalTransition: illegal_transition,
    DatabaseFailure: database_error,
    ClientDisconnect: client_gone,
    Exception: unexpected_error,
}


def _page(request: Request, status: HTTPStatus, sentence: str, headers: Mapping[str, str] | None = None) -> Response:
    title = _TITLES.get(status, status.phrase)
    return render(
        request,
        "error.html",
        status=status,
        headers=headers,
        title=title,
        sentence=sentence,
        code=status.value,
        request_id=request_id(request.scope),
    )
