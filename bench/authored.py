"""The miniatures in the shape of the authored document, so that a tool which knows only that can judge them.

A miniature is free to name its fields and envelopes as it likes, and does. `in_authored_shape` puts a layer between
the correct deployment and a fault or a freedom: records, envelopes, errors and parameters are then as the document
says, as far as the fault or the freedom leaves them so.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Response

from tests.miniatures.data import Invoice, Member, Quote
from tests.miniatures.deployment import RESOURCES, Abort, Deployment, ListQuery

# Names that faults and freedoms look for, and what the document calls them.
NAMES = {"signature": "signing", "payment_state": "payment_status", "due_on": "due_date"}
STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}


class Authored(Deployment):
    """The correct deployment, as the authored document describes it."""

    paged = RESOURCES

    def parse_status(self, text: str | None, resource: str) -> str | None:
        """Refuse a status that the resource doesn't have."""
        if text is not None and text not in STATUSES[resource]:
            raise Abort(self.error(400, f"status is one of {', '.join(STATUSES[resource])}."))
        return text

    def too_large(self, limit: int) -> int:
        """Refuse a limit over 200."""
        raise Abort(self.error(400, "limit is 200 at most."))

    def parse_offset(self, text: str | None) -> int:
        """Refuse an offset over 64 bits."""
        offset = super().parse_offset(text)
        if offset >= 2**63:
            raise Abort(self.error(400, "offset is too large."))
        return offset

    def member(self, member: Member) -> dict[str, Any]:
        """A member with the names apart."""
        shown = super().member(member) | {"first_name": member.first_name, "last_name": member.last_name}
        return _documented(shown, member.created)

    def quote(self, quote: Quote) -> dict[str, Any]:
        """A quote with all that the document requires."""
        shown = super().quote(quote) | {"valid_until": None, "sent_at": None, "customer": _customer(quote)}
        return _documented(shown, quote.created)

    def signature(self, quote: Quote) -> Any:
        """Return the customer's answer, or null."""
        signature = quote.signature
        if signature is None:
            return None
        signed_at = _in_utc(signature.at)
        return {"decision": quote.status, "name": signature.name, "ip": signature.ip, "signed_at": signed_at}

    def invoice(self, invoice: Invoice) -> dict[str, Any]:
        """An invoice with all that the document requires."""
        shown = super().invoice(invoice) | {"paid_at": None, "quote_id": None, "sent_at": None}
        return _documented(shown | {"customer": _customer(invoice)}, invoice.created)

    def envelope(self, items: list[Any], total: int, query: ListQuery) -> Any:
        """A page, with where it is."""
        return {"data": items, "pagination": {"limit": query.limit, "offset": query.offset, "total": total}}

    def render(self, body: Any, status: int = 200) -> Response:
        """JSON with the document's names and amounts."""
        return super().render(_translated(body), status)

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        """A problem (RFC 9457)."""
        problem = {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": sentence,
            "request_id": f"req_{len(self.log)}",
        }
        if status == 400:
            problem["errors"] = [{"parameter": "query", "message": sentence}]
        if status == 401:
            headers = {"WWW-Authenticate": "Bearer"} | headers
        return Response(json.dumps(problem), status, headers, content_type="application/problem+json")


def in_authored_shape(deployment: type[Deployment]) -> Deployment:
    """A fresh deployment with this fault or freedom, otherwise in the shape of the authored document."""
    # The fault comes before the layer in the order of resolution, so that its `super()` is the layer.
    shaped: type[Deployment] = type(deployment.__name__, (deployment, Authored), {})
    return shaped()


def _documented(shown: dict[str, Any], created: str) -> dict[str, Any]:
    return shown | {"id": str(shown["id"]), "created_at": _in_utc(created)}


def _customer(document: Quote | Invoice) -> dict[str, Any]:
    return {"name": document.customer, "email": None}


def _in_utc(time: str) -> str:
    return time.replace("+00:00", "Z")


def _translated(value: Any) -> Any:
    if isinstance(value, list):
        return [_translated(each) for each in value]
    if isinstance(value, dict):
        if "endpoints" in value:
            return {"version": "v1", "endpoints": [_endpoint(each) for each in value["endpoints"]]}
        return {NAMES.get(name, name): _amount(name, _translated(each)) for name, each in value.items()}
    return value


def _endpoint(listed: Any) -> Any:
    path = isinstance(listed, dict) and (listed.get("path") or listed.get("url"))
    return {"method": "GET", "path": path, "summary": "List what is there"} if path else listed


def _amount(name: str, value: Any) -> Any:
    # Only amounts are floats; the total of a page is a whole number.
    return f"{value:.2f}" if name == "total" and isinstance(value, float) else value
