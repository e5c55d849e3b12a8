"""Litestar with its own rate limiter, under uvicorn."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

from litestar import Litestar, Request, get
from litestar.connection import ASGIConnection
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler
from litestar.middleware.rate_limit import RateLimitConfig
from litestar.params import Parameter

MISTAKE = os.environ.get("MISTAKE", "")
DATA = json.loads((Path(os.environ["DATA_FOLDER"]) / "data.json").read_text("utf-8"))
KEYS = {key["key"]: key for key in DATA["keys"] if not key["revoked"]}


def presented_key(request: ASGIConnection) -> dict[str, Any] | None:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    return KEYS.get(value) if scheme.lower() == "bearer" else None


def requires_key(connection: ASGIConnection, _: BaseRouteHandler) -> None:
    if presented_key(connection) is None:
        raise NotAuthorizedException(headers={"WWW-Authenticate": "Bearer"})


def identify(request: Request) -> str:
    return str((presented_key(request) or {}).get("id"))


async def has_key(request: Request) -> bool:
    """Count requests with a valid key alone: the limiter comes before the guard."""
    return presented_key(request) is not None


limit = RateLimitConfig(
    rate_limit=("second", 60) if MISTAKE == "unit-of-a-second" else ("minute", 60),
    check_throttle_handler=has_key,
    exclude=r"/api/v1$",
    identifier_for_request=identify,
)

Limit = Annotated[int, Parameter(query="limit", ge=1, le=200)]
Offset = Annotated[int, Parameter(query="offset", ge=0)]


def listing(name: str, request: Request, limit: int, offset: int, status: str | None) -> dict[str, Any]:
    key = presented_key(request)
    assert key is not None
    records = [record for record in DATA[name] if record["organisation"] == key["organisation"]]
    chosen = [record for record in records if status in (None, record["status"])]
    return {"items": chosen[offset : offset + limit], "limit": limit, "offset": offset, "total": len(chosen)}


@get("/api/v1", sync_to_thread=False)
def discovery() -> dict[str, str]:
    return {name: f"/api/v1/{name}" for name in ("members", "quotes", "invoices")}


@get("/api/v1/members", guards=[requires_key], sync_to_thread=False)
def members(request: Request, limit: Limit = 50, offset: Offset = 0, status: str | None = None) -> dict[str, Any]:
    return listing("members", request, limit, offset, status)


@get("/api/v1/quotes", guards=[requires_key], sync_to_thread=False)
def quotes(request: Request, limit: Limit = 50, offset: Offset = 0, status: str | None = None) -> dict[str, Any]:
    return listing("quotes", request, limit, offset, status)


@get("/api/v1/invoices", guards=[requires_key], sync_to_thread=False)
def invoices(request: Request, limit: Limit = 50, offset: Offset = 0, status: str | None = None) -> dict[str, Any]:
    return listing("invoices", request, limit, offset, status)


app = Litestar([discovery, members, quotes, invoices], middleware=[limit.middleware])
