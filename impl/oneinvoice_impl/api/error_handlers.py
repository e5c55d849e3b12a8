"""Exception handlers of the API, which answer every error as a problem document."""

from __future__ import annotations

import logging
from functools import partial
from http import HTTPStatus
from typing import Any

from connexion import ConnexionMiddleware, ProblemException
from connexion.lifecycle import ConnexionResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from oneinvoice_impl.api.problem import PROBLEM_JSON, Problem, problem_body
from oneinvoice_impl.asgi.request_ids import request_id
from oneinvoice_impl.store.errors import RETRY_SECONDS, DatabaseBusy, DatabaseFailure

logger = logging.getLogger(__name__)


def add_error_handlers(app: ConnexionMiddleware, version: str) -> None:
    """Replace Connexion's own handlers of a version, whose bodies have another shape."""
    for kind in (ProblemException, HTTPException):
        app.add_error_handler(kind, partial(_http_error, version))
    app.add_error_handler(DatabaseBusy, _database_busy)
    app.add_error_handler(DatabaseFailure, _database_error)
    app.add_error_handler(ClientDisconnect, _client_gone)
    app.add_error_handler(Exception, _unexpected_error)


async def _http_error(version: str, request: Any, error: HTTPException) -> ConnexionResponse:
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return _method_not_allowed(request, error)
    if isinstance(error, Problem):
        return _answer(request, error)
    if error.status_code == HTTPStatus.NOT_FOUND:
        detail = f"There is nothing at this address; GET /api/{version} lists the endpoints."
        return _answer(request, Problem(HTTPStatus.NOT_FOUND, detail))
    return _answer(request, Problem(HTTPStatus(error.status_code), error.detail, headers=error.headers))


def _method_not_allowed(request: Any, error: HTTPException) -> ConnexionResponse:
    """Answer OPTIONS with the methods (RFC 9110, section 9.3.7), and refuse any other method with them."""
    # Starlette names them from a set, so in another order in each process.
    methods = sorted({*(error.headers or {})["Allow"].split(", "), "OPTIONS"})
    allow = {"Allow": ", ".join(methods)}
    if request.method == "OPTIONS":
        return ConnexionResponse(status_code=HTTPStatus.NO_CONTENT, headers=allow)
    detail = f"{request.method} is not possible at this address; use {' or '.join(methods)}."
    return _answer(request, Problem(HTTPStatus.METHOD_NOT_ALLOWED, detail, headers=allow))


async def _database_error(request: Any, error: DatabaseFailure) -> ConnexionResponse:
    # The traceback says no more.
    logger.error("%s: database error: %s", request_id(request.scope), error)
    return _answer(
        request,
        Problem(
            HTTPStatus.INTERNAL_SERVER_ERROR, "The database did not answer; try again, and contact us if it goes on."
        ),
    )


async def _database_busy(request: Any, error: DatabaseBusy) -> ConnexionResponse:
    logger.warning("%s: database busy: %s", request_id(request.scope), error)
    return _answer(
        request,
        Problem(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "More is asked for than can be answered now; try again in a second.",
            headers={"Retry-After": str(RETRY_SECONDS)},
        ),
    )


async def _client_gone(request: Any, error: ClientDisconnect) -> ConnexionResponse:
    """Answer nobody: the connection ended before the request did."""
    return ConnexionResponse(status_code=HTTPStatus.BAD_REQUEST)


async def _unexpected_error(request: Any, error: Exception) -> ConnexionResponse:
    logger.error("%s: unexpected error", request_id(request.scope), exc_info=error)
    return _answer(
        request,
        Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "This failed on our side; try again, and contact us if it goes on."),
    )


def _answer(request: Any, problem: Problem) -> ConnexionResponse:
    return ConnexionResponse(
        status_code=problem.status_code,
        mimetype=PROBLEM_JSON,
        body=problem_body(problem, request_id(request.scope)),
        headers=dict(problem.headers or {}),
    )
