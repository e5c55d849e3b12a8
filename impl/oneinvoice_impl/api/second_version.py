"""The second version of the API, of which there is a preview: v1's operations, whose pages begin at a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from jsonschema_rs import Draft202012Validator
from starlette.responses import Response

from oneinvoice_impl.api.cursors import BadCursor, cursor, place_of
from oneinvoice_impl.api.operations import LISTED, Context, Operations, body_response
from oneinvoice_impl.api.parameters import CURSOR_EXPECTED, Invalid, PageQueries, Parameter, query_parameters
from oneinvoice_impl.api.problem import bad_parameters
from oneinvoice_impl.domain.representation import to_json
from oneinvoice_impl.store.records.cursor_query import CursorQuery, ListingBefore
from oneinvoice_impl.store.records.scope import Listing, PageQuery
from oneinvoice_impl.store.records.stored_json import join_json


@dataclass(frozen=True, slots=True)
class _Refused(Parameter):
    """Parameter of v1 that is no more: to ignore it would give a client that still sends it the first page for ever."""

    def value(self, texts: Sequence[str]) -> Any:
        if texts:
            raise Invalid(self.expectation)
        return self.default


_OFFSET = _Refused(
    "offset", True, 0, "is of v1; send `next` of the page before as cursor", Draft202012Validator({"type": "integer"})
)


def second_parameters(document: dict[str, Any]) -> dict[str, tuple[Parameter, ...]]:
    """Return the query parameters of each operation of v2's document, by operation id, and the refusal of `offset`."""
    described = query_parameters(document)
    return {id: (*those, _OFFSET) if id in LISTED else those for id, those in described.items()}


class CursorQueries(PageQueries):
    """Finds out which page a request is for, by its cursor."""

    def query(self, scope: Any) -> CursorQuery | None:
        """Return the query of a request as v1's are; a cursor that is none leaves nothing in its context."""
        asked = super().query(scope)
        if asked is None:
            return None
        context = scope["extensions"]["connexion_context"]
        text = context["query"]["cursor"]
        try:
            after = None if text is None else place_of(text, asked.resource, asked.page.status)
        except BadCursor:
            del context["page"]
            return None
        context["page"] = CursorQuery(asked.resource, asked.page, asked.today, after=after)
        return cast(CursorQuery, context["page"])


class SecondOperations(Operations):
    """Handlers of v2's operations."""

    version = "v2"

    async def _page(self, context: Context) -> Response:
        if "page" not in context:
            raise bad_parameters({"cursor": CURSOR_EXPECTED})
        return await super()._page(context)

    def _listed(self, query: PageQuery, listing: Listing) -> Response:
        following = cast(ListingBefore, listing).next
        text = None if following is None else cursor(following, query.resource, query.page.status)
        place = to_json({"limit": query.page.limit, "next": text, "total": listing.total})
        return body_response(b'{"data":[%b],"pagination":%b}' % (join_json(listing.records), place.encode()))
