"""Invoices that are filtered wrongly, or don't tell what they should."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.reading import Query, reading
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering, representing
from oneinvoice_impl.store.records.scope import Listing
from oneinvoice_impl.store.tables.records import invoices


def _as_text(request: Request, answer: Answer) -> None:
    if request.url.path == f"{API}/invoices" and answer.status == HTTPStatus.OK:
        answer.content = json.dumps(answer.content)


def _once_sent(query: Query) -> Listing:
    """Paid ones were sent, too."""
    if query.page.status != "sent":
        return query.right()
    return query.select(query.own, invoices.c.sent_at.is_not(None))


def _of_quotes_alone(query: Query) -> Listing:
    """As an inner join with quotes gives them."""
    if query.page.status != "paid":
        return query.right()
    return query.select(query.own, *query.filtered, invoices.c.quote_id.is_not(None))


def _nothing_paid(invoice: dict[str, Any]) -> None:
    invoice["payment_status"] = None


def _paid_not_due(invoice: dict[str, Any]) -> None:
    if invoice["status"] == "paid":
        invoice["due_date"] = None


def _in_february(invoice: dict[str, Any]) -> None:
    invoice["due_date"] = f"{invoice['due_date'][:4]}-02-30"


DEFECTS = [
    Defect("invoices-as-text", "INV-1", "Invoices are JSON within a JSON text.", answering(_as_text)),
    Defect(
        "sent-filter-lists-paid",
        "INV-2",
        "The filter status=sent lists paid invoices too.",
        reading(invoices, _once_sent),
    ),
    Defect(
        "paid-filter-joins-quotes",
        "INV-2",
        "The filter status=paid misses invoices that were not made from a quote.",
        reading(invoices, _of_quotes_alone),
    ),
    Defect(
        "payment-status-always-null",
        "INV-3",
        "No invoice has a payment status.",
        representing("invoices", _nothing_paid),
    ),
    Defect(
        "paid-invoices-not-due", "INV-4", "Paid invoices have no due date.", representing("invoices", _paid_not_due)
    ),
    Defect(
        "due-on-thirtieth-of-february",
        "INV-5",
        "Every invoice is due on 30 February.",
        representing("invoices", _in_february),
    ),
]
