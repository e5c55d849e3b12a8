"""Conventions that put something round each record, or round its status."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

from tests.miniatures.data import Record
from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment, ListQuery


@variant()
class RelayEdges(Deployment):
    """Lists are connections of edges, each with the cursor of its place in the list that was asked for."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        cursors = (
            b64encode(f"arrayconnection:{query.offset + index}".encode()).decode() for index in range(len(items))
        )
        edges = [{"cursor": cursor, "node": item} for cursor, item in zip(cursors, items, strict=True)]
        return {"data": {query.resource: {"edges": edges, "totalCount": total}}}


@variant()
class RelayNodesToo(RelayEdges):
    """Connections list the nodes of their edges beside them, and errors as GraphQL does."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        connection = super().envelope(items, total, query)["data"][query.resource]
        return {"data": {"viewer": {"list": {**connection, "nodes": items}}}, "errors": []}


@variant()
class HalWithCuries(Deployment):
    """Lists are embedded as HAL has it, under a shortened name beside links, and left out where they are empty."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        curies = [{"name": "acme", "href": "https://docs.example/{rel}", "templated": True}]
        links = {"self": {"href": f"/{query.resource}"}, "curies": curies, "item": [{"href": "/1"}, {"href": "/2"}]}
        embedded = {"_embedded": {f"acme:{query.resource}": items}} if items else {}
        return {"_links": links, **embedded, "page": {"totalElements": total}}


@variant()
class WarningsBeside(Deployment):
    """Objects that tell warnings and counts stand beside the list, which has a name of its own."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        facets = {"status": [{"value": "active", "count": 9}], "kind": [{"value": "any", "count": total}]}
        return {"found": items, "facets": facets, "warnings": [{"code": 7, "text": "This will end."}]}


@variant()
class SearchHits(Deployment):
    """Lists are the hits of a search engine, with a score each, beside facets."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        hits = [{"_id": str(item["id"]), "_score": 1.0, "_source": item} for item in items]
        facets = [{"status": "active", "count": 9}, {"status": "paid", "count": 4}]
        return {"took": 3, "hits": {"total": total, "hits": hits}, "facets": facets}


@variant()
class Bundles(Deployment):
    """Lists are bundles as of FHIR: entries of an address and a resource."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        entry = [{"fullUrl": f"urn:{query.resource}:{item['id']}", "resource": item} for item in items]
        return {"resourceType": "Bundle", "total": total, "entry": entry}


@variant()
class StatusObjects(Deployment):
    """A status is an object of a code for software and a label for people."""

    def represent(self, record: Record, query: ListQuery) -> Any:
        shown = super().represent(record, query)
        return {**shown, "status": {"label": f"({shown['status']})", "code": shown["status"]}}


@variant()
class EmptyListsAreNull(Deployment):
    """A list without elements is null, as Go writes one that nobody made."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"data": items or None, "total": total}


@variant()
class EmptyListsAreObjects(Deployment):
    """A list without elements is an empty object, as PHP writes an empty array."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return items or {}


@variant()
class EmptyListsLeftOut(Deployment):
    """A list without elements is left out of what stands round it."""

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        return {"total": total, **({"data": items} if items else {})}
