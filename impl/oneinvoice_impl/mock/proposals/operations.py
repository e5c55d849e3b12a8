"""Lists of a mock that serves a proposed document, with the filters that it adds."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response

from oneinvoice_impl.api.operations import Context, Operations, page_response
from oneinvoice_impl.mock.proposals.parameters import PAGE
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import Listing, Page, PageQuery, Resource, Scope
from oneinvoice_impl.store.types import Connection

_BATCH = 1_000

Shown = Callable[[Resource, Any], Any]
"""Returns a record of a resource as its list shows it, by what the implementation says of it."""


class ProposedOperations(Operations):
    """Operations whose lists can be filtered by any field: all records are read for that, and shown to be compared."""

    def __init__(self, document: dict[str, Any], database: Database, shown: Shown) -> None:
        super().__init__(document, database)
        self._records = database
        self._shown = shown

    async def _page(self, context: Context) -> Response:
        asked = {name: value for name, value in context["query"].items() if name not in PAGE and value is not None}
        if not asked:
            return await super()._page(context)
        query: PageQuery = context["page"]
        listing = await self._records.read(partial(self._filtered, context["scope"], query, asked), short=False)
        return page_response(query.page, listing)

    def _filtered(self, scope: Scope, query: PageQuery, asked: Mapping[str, Any], connection: Connection) -> Listing:
        page, matching, offset = query.page, [], 0
        while True:
            part = scope.list(connection, query.resource, Page(_BATCH, offset, page.status), query.today)
            for record in part.records:
                shown = self._shown(query.resource, json.loads(record))
                if all(_is(shown.get(name), value) for name, value in asked.items()):
                    matching.append(record)
            offset += _BATCH
            if len(part.records) < _BATCH:
                return Listing(matching[page.offset : page.offset + page.limit], len(matching))


def _is(shown: Any, asked: Any) -> bool:
    """Tell whether two values are the same in JSON, where 1 is not true."""
    return bool(shown == asked) and isinstance(shown, bool) == isinstance(asked, bool)
