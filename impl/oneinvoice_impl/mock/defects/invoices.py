"""Invoices that are filtered wrongly, or don't tell what they should."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer, changes_records
from oneinvoice_impl.mock.defects.queries import replaces_query
from oneinvoice_impl.store.records.scope import Listing
from oneinvoice_impl.store.unguarded import ListQuery


@defect("INV-1", changes_answer)
def invoices_as_text(request: Request, answer: Answer) -> None:
    """Invoices are JSON within a JSON text."""
    if request.url.path == f"{API}/invoices" and answer.status == HTTPStatus.OK:
        answer.content = json.dumps(answer.content)


@defect("INV-2", replaces_query("invoices"))
def sent_filter_lists_paid(query: ListQuery) -> Listing:
    """The filter status=sent lists paid invoices too."""
    if query.page.status != "sent":
        return query.correct()
    return query.select(query.own, query.field("sent_at").is_not(None))


@defect("INV-2", replaces_query("invoices"))
def paid_filter_joins_quotes(query: ListQuery) -> Listing:
    """The filter status=paid misses invoices that were not made from a quote."""
    if query.page.status != "paid":
        return query.correct()
    # As an inner join with quotes gives them.
    return query.select(query.own, *query.filtered, query.field("quote_id").is_not(None))


@defect("INV-3", changes_records("invoices"))
def payment_status_always_null(invoice: dict[str, Any]) -> None:
    """No invoice has a payment status."""
    invoice["payment_status"] = None


@defect("INV-4", changes_records("invoices"))
def paid_invoices_not_due(invoice: dict[str, Any]) -> None:
    """Paid invoices have no due date."""
    if invoice["status"] == "paid":
        invoice["due_date"] = None


@defect("INV-5", changes_records("invoices"))
def due_on_thirtieth_of_february(invoice: dict[str, Any]) -> None:
    """Every invoice is due on 30 February."""
    invoice["due_date"] = f"{invoice['due_date'][:4]}-02-30"
