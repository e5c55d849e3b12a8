"""Look through the quotes, create one, and do what can follow in its life."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.email import is_address
from oneinvoice_impl.domain.ids import new_id, new_token
from oneinvoice_impl.domain.invoice import Invoice, invoice_number
from oneinvoice_impl.domain.quote import Quote, create_quote, quote_number
from oneinvoice_impl.mail import Mail
from oneinvoice_impl.store.records.record_browser import ALL_STATUSES
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.idempotency import FIELD, idempotent_id, new_idempotency_token
from oneinvoice_impl.web.lists import ListPage, filters, requested_page, requested_status
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, path_id, private
from oneinvoice_impl.web.sales.drafts import change, common, day, draft_page, usual_currency
from oneinvoice_impl.web.services import DashboardServices, services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.webhooks import event_recording

LABELS = {status: status.capitalize() for status in ("draft", "sent", "accepted", "rejected")}
MAILS_PER_HOUR = 300
"""Of one organisation: nobody is to send the world mails through us."""

_VALID_FOR = timedelta(days=30)
_DUE_AFTER = timedelta(days=14)
_TEXT = """Hello {customer},

{organisation} has sent you quote {number}.

Open this link to read it, and to accept or reject it:
"""


async def show(request: Request) -> Response:
    """GET /quotes."""
    user, status = current_user(request), requested_status(request, [*LABELS])

    def query(connection: Connection) -> tuple[dict[str, int], ListPage, Sequence[Any]]:
        counts = user.browse.counts(connection, "quotes", LABELS)
        page = requested_page(request, status, counts[status or ALL_STATUSES])
        return counts, page, user.browse.newest(connection, "quotes", page.part, status)

    counts, page, rows = await services_of(request).read(query)
    choices, today = filters(LABELS, counts, page), services_of(request).clock().date()
    return render(request, "sales/quotes.html", rows=rows, page=page, filters=choices, today=today)


async def show_form(request: Request) -> Response:
    """GET /quotes/new."""
    valid_until = services_of(request).clock().date() + _VALID_FOR
    currency = await usual_currency(request, "quotes")
    token = new_idempotency_token(request, "quo")
    return _form_page(request, Form({FIELD: token, "valid_until": valid_until.isoformat(), "currency": currency}))


async def create(request: Request) -> Response:
    """POST /quotes/new."""
    user, form, at = current_user(request), Form.from_request(request), services_of(request).clock()
    id, token = idempotent_id(request, form, "quo"), new_token()
    values, valid_until = common(form), day(form, "valid_until", at.date())
    if form.errors:
        return _form_page(request, form)

    def work(connection: Connection) -> None:
        documents = user.documents(connection)
        # Before the look for a quote of that id: whoever creates it at the same moment is waited for here.
        number = quote_number(documents.next_position(Quote), at)
        if documents.find(Quote, id) is None:
            event_recording.add(
                documents,
                create_quote(
                    id=id,
                    organisation_id=user.organisation.id,
                    number=number,
                    **values,
                    public_token=token,
                    valid_until=valid_until,
                    at=at,
                ),
            )

    await services_of(request).transact(work)
    return redirect(request, f"/quotes/{id}", "The quote is a draft: look it over, then send it.")


async def show_one(request: Request) -> Response:
    """GET /quotes/{id}."""
    due_date = services_of(request).clock().date() + _DUE_AFTER
    return await _quote_page(request, Form({"due_date": due_date.isoformat()}))


async def send(request: Request) -> Response:
    """POST /quotes/{id}/send: the second of two is refused by the quote itself, so that one mail goes out."""
    user, services = current_user(request), services_of(request)
    await services.throttle.check("quotes of", user.organisation.id, MAILS_PER_HOUR)
    quote = await change(request, Quote, Quote.send)
    if services.mailer is None or not _has_address(quote):
        return redirect(request, f"/quotes/{quote.id}", "The quote is sent: give your customer its link.")
    services.mailer.send(_mail(services, quote, user.organisation.name, services.clock()))
    return redirect(request, f"/quotes/{quote.id}", f"The quote is sent: {quote.customer_email} gets its link.")


async def convert(request: Request) -> Response:
    """POST /quotes/{id}/convert."""
    user, form, at = current_user(request), Form.from_request(request), services_of(request).clock()
    id, invoice_id = path_id(request), new_id("inv")
    due_date = day(form, "due_date", at.date())
    if form.errors:
        return await _quote_page(request, form)

    def work(connection: Connection) -> Invoice:
        documents = user.documents(connection)
        quote: Quote = or_not_found(documents.find(Quote, id))
        invoice = quote.convert(
            invoice_id=invoice_id,
            number=invoice_number(documents.next_position(Invoice), at),
            due_date=due_date,
            at=at,
            converted_into=documents.invoice_of(quote),
        )
        return event_recording.add(documents, invoice)

    await services_of(request).transact(work)
    return redirect(request, f"/invoices/{invoice_id}", "The quote is an invoice now: look it over, then send it.")


ROUTES = (
    private("/quotes", get=show),
    private("/quotes/new", get=show_form, post=create),
    private("/quotes/{id}", get=show_one),
    private("/quotes/{id}/send", post=send),
    private("/quotes/{id}/convert", post=convert),
)


async def _quote_page(request: Request, form: Form) -> Response:
    """Return the page of the quote in the address; `form` is the one that makes an invoice of it."""
    user, services, id = current_user(request), services_of(request), path_id(request)

    def query(connection: Connection) -> tuple[Any, Any]:
        return or_not_found(user.browse.one(connection, "quotes", id)), user.browse.invoice_of_quote(connection, id)

    quote, invoice = await services.read(query)
    return render(
        request,
        "sales/quote.html",
        status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK,
        quote=quote,
        invoice=invoice,
        link=_link(services, quote),
        mails=services.mailer is not None and _has_address(quote),
        expired=quote.valid_until is not None and quote.valid_until < services.clock().date(),
        form=form,
    )


def _form_page(request: Request, form: Form) -> Response:
    return draft_page(request, form, "/quotes", "Create a quote", ("valid_until", "Valid until"))


def _link(services: DashboardServices, quote: Any) -> str:
    return f"{services.settings.site}/q/{quote.public_token}"


def _has_address(quote: Any) -> bool:
    return quote.customer_email is not None and is_address(quote.customer_email)


def _mail(services: DashboardServices, quote: Quote, organisation: str, at: datetime) -> Mail:
    assert quote.customer_email is not None, "it was looked at before"
    text = _TEXT.format(customer=quote.customer_name, organisation=organisation, number=quote.number)
    subject = f"Quote {quote.number} from {organisation}"
    return Mail(quote.customer_email, subject, text, at, _link(services, quote))
