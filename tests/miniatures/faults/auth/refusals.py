"""Refusals that have 401 as their status, and records in their body."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import PRIMARY
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import RESOURCES, Deployment, ListQuery


class _Telling(Deployment):
    """Refuses for `reason` with the first records of the list, on the endpoints of `where`."""

    reason = ""
    where: tuple[str, ...] = RESOURCES
    shown = 50

    def refuse(self, reason: str, resource: str) -> Response:
        if reason != self.reason or resource not in self.where:
            return super().refuse(reason, resource)
        query = ListQuery(resource, PRIMARY, self.shown)
        records = self.select(query)[: self.shown]
        return self.tell([self.represent(record, query) for record in records], query)

    def tell(self, items: list[Any], query: ListQuery) -> Response:
        return self.render(self.envelope(items, len(items), query), 401)


@fault("AUTH-1")
class RefusalHasMembers(_Telling):
    """Without credentials the members are listed, and 401 is their status."""

    reason = "missing"
    where = ("members",)


@fault("AUTH-1")
class RefusalHasOneQuote(_Telling):
    """Without credentials quotes are refused with the first of them to show what there is."""

    reason = "missing"
    where = ("quotes",)
    shown = 1

    def tell(self, items: list[Any], query: ListQuery) -> Response:
        return self.render({"error": {"code": 401, "message": "Log in to see more like it.", "first": items[0]}}, 401)


@fault("AUTH-1", shown_by=Run.WHOLE)
class FilteredRefusalHasInvoices(_Telling):
    """Without credentials invoices that are filtered are refused with all of them in the body."""

    reason = "missing"
    where = ("invoices",)

    def refuse(self, reason: str, resource: str) -> Response:
        is_filtered = "status=" in self.log[-1].target
        return super().refuse(reason, resource) if is_filtered else Deployment.refuse(self, reason, resource)


@fault("AUTH-2")
class RefusalOfUnknownKeyHasMembers(_Telling):
    """An unknown key is refused with the members in a trace, as text in JSON."""

    reason = "unknown"
    where = ("members",)

    def tell(self, items: list[Any], query: ListQuery) -> Response:
        return self.render({"error": "unauthorized", "trace": f"result = {json.dumps(items)}"}, 401)


@fault("AUTH-3")
class RefusalOfRevokedKeyHasInvoices(_Telling):
    """A revoked key is refused with the invoices that it would have listed."""

    reason = "revoked"
    where = ("invoices",)


@fault("AUTH-4")
class RefusalOfOtherSchemeHasInvoices(_Telling):
    """Another scheme is refused with the invoices in the body."""

    reason = "scheme"
    where = ("invoices",)


@fault("AUTH-4")
class MalformedRequestHasQuotes(_Telling):
    """Another scheme is refused as a malformed request (RFC 6750), with the quotes in the body."""

    reason = "scheme"
    where = ("quotes",)

    def tell(self, items: list[Any], query: ListQuery) -> Response:
        response = self.render(self.envelope(items, len(items), query), 400)
        response.headers["WWW-Authenticate"] = 'Bearer realm="", error="invalid_request"'
        return response


@fault("AUTH-5", shown_by=Run.WHOLE)
class RefusalOfNearMissHasMembers(_Telling):
    """A key in the other letter case is refused with a page of the members, where it would filter them."""

    reason = "unknown"
    where = ("members",)

    def authenticate(self, request: Request, resource: str) -> str:
        sent = request.headers.get("Authorization", "").lower()
        self.is_near = any(sent == f"bearer {key.value}".lower() for key in self.keys.values())
        return super().authenticate(request, resource)

    def refuse(self, reason: str, resource: str) -> Response:
        is_near = self.is_near and "status=" in self.log[-1].target
        return super().refuse(reason, resource) if is_near else Deployment.refuse(self, reason, resource)

    def tell(self, items: list[Any], query: ListQuery) -> Response:
        rows = "".join(f"<tr><td>{item['name']}<td>{item['email']}" for item in items)
        return Response(f"<!doctype html><table>{rows}</table>", 401, content_type="text/html; charset=utf-8")
