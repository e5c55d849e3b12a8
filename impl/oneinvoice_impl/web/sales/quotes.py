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
from oneinvoice_impl.store.records.browse import ALL
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.idempotency import FIELD, new_once, once_id
from oneinvoice_impl.web.lists import ListPage, asked_page, asked_status, filters
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, path_id, private
from oneinvoice_impl.web.sales.drafts import change, common, day, draft_page, usual_currency
from oneinvoice_impl.web.services import Site, site
from oneinvoice_impl.web.session import actor
from oneinvoice_impl.webhooks.transitions import Journal

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
    who, status = actor(request), asked_status(request, [*LABELS])

    def query(connection: Connection) -> tuple[dict[str, int], ListPage, Sequence[Any]]:
        counts = who.browse.counts(connection, "quotes", LABELS)
        page = asked_page(request, status, counts[status or ALL])
        return counts, page, who.browse.newest(connection, "quotes", page.part, status)

    counts, page, rows = await site(request).read(query)
    choices, today = filters(LABELS, counts, page), site(request).clock().date()
    return render(request, "quotes.html", rows=rows, page=page, filters=choices, today=today)


async def show_form(request: Request) -> Response:
    """GET /quotes/new."""
    valid_until = site(request).clock().date() + _VALID_FOR
    currency = await usual_currency(request, "quotes")
    once = new_once(request, "quo")
    return _form_page(request, Form({FIELD: once, "valid_until": valid_until.isoformat(), "currency": currency}))


async def create(request: Request) -> Response:
    """POST /quotes/new."""
    who, form, at = actor(request), Form.sent(request), site(request).clock()
    id, token = once_id(request, form, "quo"), new_token()
    values, valid_until = common(form), day(form, "valid_until", at.date())
    if form.errors:
        return _form_page(request, form)

    def work(connection: Connection) -> None:
        ledger = who.ledger(connection)
        # Before the look for a quote of that id: whoever creates it at the same moment is waited for here.
        number = quote_number(ledger.next_position(Quote), at)
        if ledger.find(Quote, id) is None:
            Journal(ledger).add(
                create_quote(
                    id=id,
                    organisation_id=who.organisation.id,
                    number=number,
                    **values,
                    public_token=token,
                    valid_until=valid_until,
                    at=at,
                )
            )

    await site(request).transact(work)
    return redirect(request, f"/quotes/{id}", "The quote is a draft: look it over, then send it.")


async def show_one(request: Request) -> Response:
    """GET /quotes/{id}."""
    due_date = site(request).clock().date() + _DUE_AFTER
    return await _quote_page(request, Form({"due_date": due_date.isoformat()}))


async def send(request: Request) -> Response:
    """POST /quotes/{id}/send: the second of two is refused by the quote itself, so that one mail goes out."""
    who, here = actor(request), site(request)
    here.throttle.check("quotes of", who.organisation.id, MAILS_PER_HOUR)
    quote = await change(request, Quote, Quote.send)
    if here.mailer is None or not _has_address(quote):
        return redirect(request, f"/quotes/{quote.id}", "The quote is sent: give your customer its link.")
    here.mailer.send(_mail(here, quote, who.organisation.name, here.clock()))
    return redirect(request, f"/quotes/{quote.id}", f"The quote is sent: {quote.customer_email} gets its link.")


async def convert(request: Request) -> Response:
    """POST /quotes/{id}/convert."""
    who, form, at = actor(request), Form.sent(request), site(request).clock()
    id, invoice_id = path_id(request), new_id("inv")
    due_date = day(form, "due_date", at.date())
    if form.errors:
        return await _quote_page(request, form)

    def work(connection: Connection) -> Invoice:
        ledger = who.ledger(connection)
        quote: Quote = or_not_found(ledger.find(Quote, id))
        invoice = quote.convert(
            invoice_id=invoice_id,
            number=invoice_number(ledger.next_position(Invoice), at),
            due_date=due_date,
            at=at,
            converted_into=ledger.invoice_of(quote),
        )
        return Journal(ledger).add(invoice)

    await site(request).transact(work)
    return redirect(request, f"/invoices/{invoice_id}", "The quote is an invoice now: look it over, then send it.")


ROUTES = (
    private("/quotes", get=show),
    private("/quotes/new", get=show_form, post=create),
    private("/quotes/{id}", get=show_one),
    private("/quotes/{id}/send", post=send),
    private("/quotes/{id}/convert", post=convert),
)


async def _quote_page(request: Request, form: Form) -> Response:
    """The page of the quote in the address; `form` is the one that makes an invoice of it."""
    who, here, id = actor(request), site(request), path_id(request)

    def query(connection: Connection) -> tuple[Any, Any]:
        return or_not_found(who.browse.one(connection, "quotes", id)), who.browse.invoice_of_quote(connection, id)

    quote, invoice = await here.read(query)
    return render(
        request,
        "quote.html",
        status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK,
        quote=quote,
        invoice=invoice,
        link=_link(here, quote),
        mails=here.mailer is not None and _has_address(quote),
        expired=quote.valid_until is not None and quote.valid_until < here.clock().date(),
        form=form,
    )


def _form_page(request: Request, form: Form) -> Response:
    return draft_page(request, form, "/quotes", "Create a quote", ("valid_until", "Valid until"))


def _link(here: Site, quote: Any) -> str:
    return f"{here.settings.origin}/q/{quote.public_token}"


def _has_address(quote: Any) -> bool:
    return quote.customer_email is not None and is_address(quote.customer_email)


def _mail(here: Site, quote: Quote, organisation: str, at: datetime) -> Mail:
    assert quote.customer_email is not None, "it was looked at before"
    text = _TEXT.format(customer=quote.customer_name, organisation=organisation, number=quote.number)
    subject = f"Quote {quote.number} from {organisation}"
    return Mail(quote.customer_email, subject, text, at, _link(here, quote))
