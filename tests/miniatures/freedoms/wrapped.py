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
