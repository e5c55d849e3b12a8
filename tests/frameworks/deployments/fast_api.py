"""FastAPI with its HTTPBearer and slowapi's limiter, over SQL, under uvicorn."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Query, Request
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_remote_address

MISTAKE = os.environ.get("MISTAKE", "")
FOLDER = Path(os.environ["DATA_FOLDER"])

# What the settings are, and what people have in their place.
LIMIT = {"thirty-a-minute": "30/minute"}.get(MISTAKE, "60/minute")
MAX_LIMIT = {"le-100": 100}.get(MISTAKE, 200)
COLLATION = {"case-insensitive-key": "COLLATE NOCASE"}.get(MISTAKE, "")
SLASH = "/" if MISTAKE == "redirect-slashes" else ""

ENDPOINTS = ("members", "quotes", "invoices")

bearer = HTTPBearer(auto_error=False)
database = sqlite3.connect(FOLDER / "data.sqlite", check_same_thread=False)
database.row_factory = sqlite3.Row


def presented_key(request: Request) -> str:
    """Return the key of the request, for the limiter to count by."""
    return request.headers.get("authorization", "").partition(" ")[2]


limiter = Limiter(key_func=get_remote_address if MISTAKE == "limit-by-address" else presented_key)
app = FastAPI()
app.state.limiter = limiter
app.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
shared = limiter.shared_limit(LIMIT, scope="api")


def limited(name: str) -> Callable[[Any], Any]:
    """Return the decorator of an endpoint."""
    if MISTAKE == "limit-per-route":
        return limiter.limit(LIMIT)
    if MISTAKE == "decorator-forgotten" and name == "quotes":
        return lambda function: function
    return shared


def organisation(request: Request, token: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> str:
    presented = token and token.credentials
    if MISTAKE == "any-scheme":
        presented = request.headers.get("authorization", "").split(" ")[-1]
    query = f"SELECT organisation FROM keys WHERE key = ? {COLLATION}"
    if MISTAKE != "revoked-key-served":
        query += " AND NOT revoked"
    row = database.execute(query, (presented,)).fetchone()
    if row is None:
        raise HTTPException(401, "Invalid key", {"WWW-Authenticate": "Bearer"})
    return row["organisation"]


def everyone(request: Request) -> str:
    return "%"


Owner = Annotated[str, Depends(organisation)]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
# SQLite's integers end there; without a bound Python's own are handed on.
Offset = Annotated[int, Query(ge=0, le=None if MISTAKE == "offset-overflows" else 2**63 - 1)]


def select(table: str, owner: str, limit: int, offset: int, status: str | None) -> dict[str, Any]:
    if MISTAKE == "offset-counts-pages":
        offset *= limit
    if MISTAKE == "offset-from-one":
        offset = max(0, offset - 1)
    where, values = "organisation LIKE ?", [owner]
    if status and not (MISTAKE == "paging-drops-filter" and offset):
        where, values = f"{where} AND status = ?", [*values, status]
    total = database.execute(f"SELECT count(*) FROM {table} WHERE {where}", values).fetchone()[0]
    page = f"SELECT * FROM {table} WHERE {where} ORDER BY created_at, id LIMIT ? OFFSET ?"
    items = [dict(row) for row in database.execute(page, [*values, limit, offset])]
    return {"items": [_shown(item) for item in items], "total": total, "limit": limit, "offset": offset}


def _shown(item: dict[str, Any]) -> dict[str, Any]:
    del item["organisation"]
    if MISTAKE == "token-left-out":
        item.pop("public_token", None)
    if MISTAKE == "due-date-null" and "due_date" in item:
        item["due_date"] = None
    if MISTAKE == "token-of-customer" and "public_token" in item:
        item["public_token"] = item["customer"].split(" ")[0]
    return item


@app.get("/api/v1")
async def discovery() -> dict[str, Any]:
    return {"endpoints": [{"method": "GET", "path": f"/api/v1/{name}"} for name in ENDPOINTS]}


@app.get(f"/api/v1/members{SLASH}")
@limited("members")
async def members(
    request: Request, owner: Owner, limit: Limit = 50, offset: Offset = 0, status: str | None = None
) -> dict[str, Any]:
    return select("members", owner, limit, offset, status)


@app.get(f"/api/v1/quotes{SLASH}")
@limited("quotes")
async def quotes(
    request: Request, owner: Owner, limit: Limit = 50, offset: Offset = 0, status: str | None = None
) -> dict[str, Any]:
    return select("quotes", owner, limit, offset, status)


@app.get(f"/api/v1/invoices{SLASH}")
@limited("invoices")
async def invoices(
    request: Request,
    owner: Annotated[str, Depends(everyone if MISTAKE == "dependency-forgotten" else organisation)],
    limit: Limit = 50,
    offset: Offset = 0,
    status: str | None = None,
) -> dict[str, Any]:
    return select("invoices", owner, limit, offset, status)


if MISTAKE == "validation-error-is-500":

    @app.exception_handler(Exception)
    async def failed(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"detail": "Internal Server Error"}, 500)

    from fastapi.exceptions import RequestValidationError

    app.add_exception_handler(RequestValidationError, failed)
