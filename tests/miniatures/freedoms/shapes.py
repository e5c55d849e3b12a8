"""What stands round a list, and which lists page."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request

from tests.miniatures.data import Record
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import API, RESOURCES, Deployment, ListQuery


@variant()
class BareArray(Deployment):
    """A list is a bare JSON array."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return items


@variant()
class NamedEnvelope(Deployment):
    """A list is an object with one field, named as the endpoint."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {query.resource: items}


@variant()
class ResultsAndNext(Deployment):
    """A list is an object with results and the address of the next page."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        following = query.offset + len(items)
        is_last = query.limit is None or following >= total
        address = f"{API}/{query.resource}?limit={query.limit}&offset={following}"
        return {"results": items, "next": None if is_last else address}


@variant()
class NestedEnvelope(Deployment):
    """A list is two objects deep, with paging beside it."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"data": {"items": items, "paging": {"total": total}}, "meta": {"took_ms": 3}}


@variant()
class GeneratedAt(Deployment):
    """The envelope tells how many answers were given before, which no two answers have in common."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"serial": len(self.log), "request": f"r{len(self.log):08x}", "items": items}


@variant()
class VendorContentType(Deployment):
    """Lists are application/vnd.api+json, with data and links."""

    content_type = "application/vnd.api+json"

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"data": items, "links": {"self": f"{API}/{query.resource}"}, "jsonapi": {"version": "1.1"}}


@variant()
class JsonApi(VendorContentType):
    """Records are JSON:API resources: type, id, and everything else under attributes."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        attributes = dict(super().represent(record, query))
        return {"type": query.resource, "id": str(attributes.pop("id")), "attributes": attributes}


@variant()
class AllListsPage(Deployment):
    """Quotes and invoices page by 50 with limit and offset, as members do."""

    paged = RESOURCES


@variant()
class FixedPagesOf25(Deployment):
    """Quotes and invoices come in pages of 25 from offset on, whatever the limit, and don't tell their total."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if resource == "members":
            return super().parse(request, resource, organisation)
        status = self.parse_status(request.args.get("status"), resource)
        return ListQuery(resource, organisation, 25, self.parse_offset(request.args.get("offset")), status)

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return super().envelope(items, total, query) if query.resource == "members" else {"items": items}


@variant(undecided=("QUO-2", "INV-2"))
class NumberedPages(Deployment):
    """Quotes and invoices come in pages of 25 by page number, with the next one's address; offsets are ignored."""

    def parse(self, request: Request, resource: str, organisation: str) -> ListQuery:
        if resource == "members":
            return super().parse(request, resource, organisation)
        status = self.parse_status(request.args.get("status"), resource)
        page = request.args.get("page", 1, type=int)
        return ListQuery(resource, organisation, 25, 25 * max(page - 1, 0), status)

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        if query.resource == "members":
            return super().envelope(items, total, query)
        following = query.offset // 25 + 2
        more = query.offset + len(items) < total
        return {"items": items, "next": f"{API}/{query.resource}?page={following}" if more else None}


@variant()
class QueryRepeated(Deployment):
    """The envelope repeats the query before the list."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        repeated = {"limit": query.limit, "offset": query.offset, "status": query.status}
        return {"object": "list", "query": repeated, "has_more": query.offset + len(items) < total, "values": items}


@variant()
class MessagesBeside(Deployment):
    """Lists of messages and of the fields that it is sorted by stand beside the list, which has a name of its own."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"found": items, "messages": ["fine"], "errors": [], "sorted_by": ["created", "id"]}
