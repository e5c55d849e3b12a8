"""Look through the invoices, create one, and do what can follow in its life."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.invoice import STATUSES, Invoice, create_invoice, invoice_number, payment_status
from oneinvoice_impl.store.records.record_browser import ALL_STATUSES
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.idempotency import FIELD, idempotent_id, new_idempotency_token
from oneinvoice_impl.web.lists import ListPage, filters, requested_page, requested_status
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, path_id, private
from oneinvoice_impl.web.sales.drafts import change, common, day, draft_page, usual_currency
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.webhooks import event_recording

OVERDUE = "overdue"
LABELS = {"draft": "Draft", "sent": "Sent", OVERDUE: "Overdue", "paid": "Paid"}
"""Overdue are some of those that were sent."""

_DUE_AFTER = timedelta(days=14)


async def show(request: Request) -> Response:
    """GET /invoices."""
    user, status, today = (
        current_user(request),
        requested_status(request, [*LABELS]),
        services_of(request).clock().date(),
    )

    def query(connection: Connection) -> tuple[dict[str, int], ListPage, Sequence[Any]]:
        counts = user.browse.counts(connection, "invoices", STATUSES)
        counts[OVERDUE] = user.browse.overdue_count(connection, today)
        page = requested_page(request, status, counts[status or ALL_STATUSES])
        if status == OVERDUE:
            return counts, page, user.browse.overdue(connection, page.part, today)
        return counts, page, user.browse.newest(connection, "invoices", page.part, status)

    counts, page, rows = await services_of(request).read(query)
    return render(
        request,
        "sales/invoices.html",
        rows=rows,
        page=page,
        filters=filters(LABELS, counts, page),
        shown_status=_status(today),
    )


async def show_form(request: Request) -> Response:
    """GET /invoices/new."""
    due_date = services_of(request).clock().date() + _DUE_AFTER
    currency = await usual_currency(request, "invoices")
    token = new_idempotency_token(request, "inv")
    return _form_page(request, Form({FIELD: token, "due_date": due_date.isoformat(), "currency": currency}))


async def create(request: Request) -> Response:
    """POST /invoices/new."""
    user, form, at = current_user(request), Form.from_request(request), services_of(request).clock()
    id = idempotent_id(request, form, "inv")
    values, due_date = common(form), day(form, "due_date", at.date())
    if form.errors:
        return _form_page(request, form)

    def work(connection: Connection) -> None:
        documents = user.documents(connection)
        # Before the look for an invoice of that id: whoever creates it at the same moment is waited for here.
        number = invoice_number(documents.next_position(Invoice), at)
        if documents.find(Invoice, id) is None:
            organisation_id = user.organisation.id
            event_recording.add(
                documents,
                create_invoice(
                    id=id, organisation_id=organisation_id, number=number, **values, due_date=due_date, at=at
                ),
            )

    await services_of(request).transact(work)
    return redirect(request, f"/invoices/{id}", "The invoice is a draft: look it over, then send it.")


async def show_one(request: Request) -> Response:
    """GET /invoices/{id}."""
    user, id, today = current_user(request), path_id(request), services_of(request).clock().date()

    def query(connection: Connection) -> tuple[Any, Any]:
        invoice = or_not_found(user.browse.one(connection, "invoices", id))
        quote = user.browse.one(connection, "quotes", invoice.quote_id) if invoice.quote_id else None
        return invoice, quote

    invoice, quote = await services_of(request).read(query)
    return render(request, "sales/invoice.html", invoice=invoice, quote=quote, shown_status=_status(today))


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
    """Return a function that tells the badge of an invoice: its status, or that it is overdue."""

    def status(invoice: Any) -> str:
        overdue = payment_status(invoice.status, invoice.due_date, today) == OVERDUE
        return OVERDUE if overdue else str(invoice.status)

    return status


def _form_page(request: Request, form: Form) -> Response:
    return draft_page(request, form, "/invoices", "Create an invoice", ("due_date", "Due"))
