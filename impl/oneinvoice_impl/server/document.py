"""The document as a deployment serves it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from oneinvoice_impl.api.operations import json_response
from oneinvoice_impl.settings import Settings

_INTERNAL = ("x-requirements", "x-preview")
"""Keys with ids of the register, which say nothing to those who write clients."""


def document_route(path: str, authored: dict[str, Any], settings: Settings) -> Route:
    """Return the route of a document, whose server is the deployment's own origin."""
    served = {name: part for name, part in _without_internal(authored).items() if name != "servers"}
    served["servers"] = [{"url": settings.path_prefix or "/", "description": "The deployment's own origin"}]

    async def serve(_: Request) -> Response:
        return json_response(served)

    return Route(path, serve)


def _without_internal(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without_internal(each) for name, each in part.items() if name not in _INTERNAL}
    return [_without_internal(each) for each in part] if isinstance(part, list) else part
