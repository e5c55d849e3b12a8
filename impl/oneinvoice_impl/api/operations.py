"""The operations of the authored document: one method for each operation id."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from oneinvoice_openapi.contract import operations
from starlette.responses import Response

from oneinvoice_impl.domain.representation import to_json
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import Listing, Page, PageQuery, Resource
from oneinvoice_impl.store.records.stored_json import join_json

Context = Mapping[str, Any]
"""Findings about a request: `scope` (the key's) and `page` (the `PageQuery` that it is for)."""

LISTED: Mapping[str, Resource] = {"list_members": "members", "list_quotes": "quotes", "list_invoices": "invoices"}
"""The resources that operations list."""


class Operations:
    """Handlers of the API's operations: each method is named as the operation id that it answers."""

    version = "v1"

    def __init__(self, document: dict[str, Any], database: Database) -> None:
        self._database = database
        self._endpoints = [
            {"method": method, "path": path, "summary": operation.get("summary") or path}
            for path, method, operation in operations(document)
        ]

    async def discover(self, context: Context) -> Response:
        """GET /api/v1."""
        return json_response({"version": self.version, "endpoints": self._endpoints})

    async def list_members(self, context: Context) -> Response:
        """GET /api/v1/members."""
        return await self._page(context)

    async def list_quotes(self, context: Context) -> Response:
        """GET /api/v1/quotes."""
        return await self._page(context)

    async def list_invoices(self, context: Context) -> Response:
        """GET /api/v1/invoices."""
        return await self._page(context)

    async def _page(self, context: Context) -> Response:
        scope, query = context["scope"], context["page"]
        listing = query.read_by(scope)
        if listing is None:
            listing = await self._database.read(partial(query.read, scope=scope), short=query.is_near(scope))
        return self._listed(query, listing)

    def _listed(self, query: PageQuery, listing: Listing) -> Response:
        return page_response(query.page, listing)


def page_response(page: Page, listing: Listing) -> Response:
    """Return one page of a list, with its place in the whole."""
    place = f'"limit":{page.limit},"offset":{page.offset},"total":{listing.total}'
    return body_response(b'{"data":[%b],"pagination":{%b}}' % (join_json(listing.records), place.encode()))


def json_response(content: Any) -> Response:
    """Return 200 with a JSON body."""
    return body_response(to_json(content).encode())


def body_response(body: bytes) -> Response:
    """Return 200 with a body that is JSON."""
    return Response(body, media_type="application/json")
