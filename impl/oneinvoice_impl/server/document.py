"""The document as a deployment serves it."""

from __future__ import annotations

from typing import Any

from oneinvoice_openapi.contract import without_requirements
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oneinvoice_impl.api.operations import json_response
from oneinvoice_impl.settings import Settings


def document_route(path: str, authored: dict[str, Any], settings: Settings) -> Route:
    """Return the route of a document, whose server is the deployment's own origin."""
    served = {name: part for name, part in without_requirements(authored).items() if name != "servers"}
    served["info"].pop("x-preview", None)
    served["servers"] = [{"url": settings.path_prefix or "/", "description": "The deployment's own origin"}]

    async def serve(_: Request) -> Response:
        return json_response(served)

    return Route(path, serve)
