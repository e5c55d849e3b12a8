"""The authored document, rendered by Swagger UI."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import public


async def show(request: Request) -> Response:
    """GET /docs."""
    return render(request, "developers/docs.html")


ROUTES = (public("/docs", get=show),)
