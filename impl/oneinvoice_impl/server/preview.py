"""A preview of the next version beside v1: on the same records, keys and limits, and by the same operations."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from oneinvoice_openapi.previews import document_of
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from oneinvoice_impl.api.connexion_app import connexion_app
from oneinvoice_impl.api.operations import LISTED
from oneinvoice_impl.api.parameters import PageQueries
from oneinvoice_impl.api.second_version import CursorQueries, SecondOperations, second_parameters
from oneinvoice_impl.api.security import BearerHandler
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.server.document import document_route
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database


class Beside:
    """ASGI application of v1, and of another version for all below its path."""

    def __init__(self, api: ASGIApp, path: str, other: ASGIApp) -> None:
        self._api = api
        self._path = path
        self._below = f"{path}/"
        self._other = other

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_other = scope["type"] == "http" and (scope["path"] == self._path or scope["path"].startswith(self._below))
        return (self._other if is_other else self._api)(scope, receive, send)


def with_preview(
    api: ASGIApp,
    authored: dict[str, Any],
    database: Database,
    bearer: Callable[[PageQueries], BearerHandler],
    clock: Clock,
    settings: Settings,
) -> tuple[ASGIApp, dict[str, Any]]:
    """Return v1's API with the preview that is set beside it, and v1's document with the paths of both.

    `bearer` makes the handler that finds and counts keys; it counts those of both versions together.
    The preview's document is served below its path, where v1 has nothing.
    """
    assert settings.preview is not None
    document, path = document_of(settings.preview, authored), f"/api/{settings.preview}"
    parameters = second_parameters(document)
    preview = connexion_app(
        document,
        handler=partial(getattr, SecondOperations(document, database)),
        fallback=Router([document_route(f"{path}/openapi.json", document, settings)], redirect_slashes=False),
        bearer=partial(bearer, CursorQueries(parameters, LISTED, clock)),
        parameters=parameters,
        version=settings.preview,
    )
    return Beside(api, path, preview), authored | {"paths": authored["paths"] | document["paths"]}
