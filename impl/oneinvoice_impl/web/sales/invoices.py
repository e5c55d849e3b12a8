"""Look through the invoices, create one, and do what can follow in its life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.invoice import STATUSES, Invoice, create_invoice, invoice_number, payment_status
from oneinvoice_impl.store.records.browse import ALL
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.idempotency import FIELD, new_once, once_id
from oneinvoice_impl.web.lists import ListPage, asked_page, asked_status, filters
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, path_id, private
from oneinvoice_impl.web.sales.drafts import change, common, day, draft_page, usual_currency
from oneinvoice_impl.web.services import site
from oneinvoice_impl.web.session import actor
from oneinvoice_impl.webhooks.transitions import Journal

OVERDUE = "overdue"
LABELS = {"draft": "Draft", "sent": "Sent", OVERDUE: "Overdue", "paid": "Paid"}
"""Overdue are some of those that were sent."""

_DUE_AFTER = timedelta(days=14)


async def show(request: Request) -> Response:
    """GET /invoices."""
    who, status, today = actor(request), asked_status(request, [*LABELS]), site(request).clock().date()

    def query(connection: Connection) -> tuple[dict[str, int], ListPage, Sequence[Any]]:
        counts = who.browse.counts(connection, "invoices", STATUSES)
        counts[OVERDUE] = who.browse.overdue_count(connection, today)
        page = asked_page(request, status, counts[status or ALL])
        if status == OVERDUE:
            return counts, page, who.browse.overdue(connection, page.part, today)
        return counts, page, who.browse.newest(connection, "invoices", page.part, status)

    counts, page, rows = await site(request).read(query)
    return render(
        request,
        "invoices.html",
        rows=rows,
        page=page,
        filters=filters(LABELS, counts, page),
        shown_status=_status(today),
    )


async def show_form(request: Request) -> Response:
    """GET /invoices/new."""
    due_date = site(request).clock().date() + _DUE_AFTER
    currency = await usual_currency(request, "invoices")
    once = new_once(request, "inv")
    return _form_page(request, Form({FIELD: once, "due_date": due_date.isoformat(), "currency": currency}))


async def create(request: Request) -> Response:
    """POST /invoices/new."""
    who, form, at = actor(request), Form.sent(request), site(request).clock()
    id = once_id(request, form, "inv")
    values, due_date = common(form), day(form, "due_date", at.date())
    if form.errors:
        return _form_page(request, form)

    def work(connection: Connection) -> None:
        ledger = who.ledger(connection)
        # Before the look for an invoice of that id: whoever creates it at the same moment is waited for here.
        number = invoice_number(ledger.next_position(Invoice), at)
        if ledger.find(Invoice, id) is None:
            organisation_id = who.organisation.id
            Journal(ledger).add(
                create_invoice(
                    id=id, organisation_id=organisation_id, number=number, **values, due_date=due_date, at=at
                )
            )

    await site(request).transact(work)
    return redirect(request, f"/invoices/{id}", "The invoice is a draft: look it over, then send it.")


async def show_one(request: Request) -> Response:
    """GET /invoices/{id}."""
    who, id, today = actor(request), path_id(request), site(request).clock().date()

    def query(connection: Connection) -> tuple[Any, Any]:
        invoice = or_not_found(who.browse.one(connection, "invoices", id))
        quote = who.browse.one(connection, "quotes", invoice.quote_id) if invoice.quote_id else None
        return invoice, quote

    invoice, quote = await site(request).read(query)
    return render(request, "invoice.html", invoice=invoice, quote=quote, shown_status=_status(today))


async def send(request: Request) -> Response:
    """POST /invoices/{id}/send."""
    invoice = await change(request, Invoice, Invoice.send)
    return redirect(request, f"/invoices/{invoice.id}", "The invoice is sent.")


async def pay(request: Request) -> Response:
    """POST /invoices/{id}/pay."""
    invoice = await change(request, Invoice, Invoice.pay)
    return redirect(request, f"/invoices/{invoice.id}", "The invoice is paid.")


ROUTES = (
    private("/invoices", get=show),
    private("/invoices/new", get=show_form, post=create),
    private("/invoices/{id}", get=show_one),
    private("/invoices/{id}/send", post=send),
    private("/invoices/{id}/pay", post=pay),
)


def _status(today: date) -> Callable[[Any], str]:
    """What the badge of an invoice says: its status, or that it is overdue."""

    def status(invoice: Any) -> str:
        overdue = payment_status(invoice.status, invoice.due_date, today) == OVERDUE
        return OVERDUE if overdue else str(invoice.status)

    return status


def _form_page(request: Request, form: Form) -> Response:
    return draft_page(request, form, "/invoices", "Create an invoice", ("due_date", "Due"))
