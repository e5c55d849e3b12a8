"""The operations of the authored document: one method for each operation id."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from oneinvoice_openapi.contract import operations
from starlette.responses import Response

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.domain import representation
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import Listing, Page

Context = Mapping[str, Any]
"""Findings about a request: `scope` (the key's) and `query` (its parameters' values)."""


class Operations:
    """Handlers of the API's operations: each method is named as the operation id that it answers."""

    def __init__(self, document: dict[str, Any], database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._endpoints = [
            {"method": method, "path": path, "summary": operation["summary"]}
            for path, method, operation in operations(document)
        ]

    async def discover(self, context: Context) -> Response:
        """GET /api/v1."""
        return json_response({"version": "v1", "endpoints": self._endpoints})

    async def list_members(self, context: Context) -> Response:
        """GET /api/v1/members."""
        page = Page(**context["query"])
        listing = await self._database.run(partial(context["scope"].members, page=page))
        return page_response(page, listing, representation.member)

    async def list_quotes(self, context: Context) -> Response:
        """GET /api/v1/quotes."""
        page = Page(**context["query"])
        listing = await self._database.run(partial(context["scope"].quotes, page=page))
        return page_response(page, listing, representation.quote)

    async def list_invoices(self, context: Context) -> Response:
        """GET /api/v1/invoices."""
        page = Page(**context["query"])
        listing = await self._database.run(partial(context["scope"].invoices, page=page))
        today = self._clock().date()
        return page_response(page, listing, partial(representation.invoice, today=today))


def page_response(page: Page, listing: Listing, resource: Callable[[Any], dict[str, Any]]) -> Response:
    """Return one page of a list, with its place in the whole."""
    return json_response(
        {
            "data": [resource(row) for row in listing.rows],
            "pagination": {"limit": page.limit, "offset": page.offset, "total": listing.total},
        }
    )


def json_response(content: Any) -> Response:
    """Return 200 with a JSON body."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(body, media_type="application/json")
