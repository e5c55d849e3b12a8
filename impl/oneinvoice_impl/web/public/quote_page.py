"""The page where a customer reads a quote, and accepts or rejects it: whoever has its link is the customer.

A draft can't be told from a quote that doesn't exist: the look-up finds neither, and the same page answers.
"""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.public_quotes import PublicQuote, find_public_quote
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.headers import NO_REFERRER
from oneinvoice_impl.web.rendering.formats import day, moment
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import public
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.throttle import client_address, client_network
from oneinvoice_impl.webhooks import event_recording

VISITS_PER_CLIENT = 300
"""In an hour. Visits of quotes that are there count too: what is not counted would tell them from the others."""

_TOKEN = re.compile("[A-Za-z0-9_-]{1,64}")
_ANSWERS = {"accepted": Quote.accept, "rejected": Quote.reject}


async def show(request: Request) -> Response:
    """GET /q/{token}."""
    offer = await _offer(request)
    return _missing(request) if offer is None else _page(request, offer, Form())


async def answer(request: Request) -> Response:
    """POST /q/{token}."""
    form, offer = Form.from_request(request), await _offer(request)
    if offer is None:
        return _missing(request)
    if offer.quote.status != "sent":
        return _refused(request, offer, form)
    name = form.text("name", "Type your name.")
    decision = form.choice("decision", _ANSWERS, "Accept the quote, or reject it.")
    if form.errors:
        return _page(request, offer, form, HTTPStatus.BAD_REQUEST)
    token, ip, at = offer.quote.public_token, str(client_address(request) or "unknown"), services_of(request).clock()

    def work(connection: Connection) -> None:
        offer = find_public_quote(connection, token, lock=True)
        assert offer is not None, "no quote becomes a draft again"
        documents = DocumentRepository(connection, offer.quote.organisation_id)
        event_recording.replace(documents, _ANSWERS[decision](offer.quote, name=name, ip=ip, at=at))

    try:
        await services_of(request).transact(work)
    except IllegalTransition:
        now = await services_of(request).read(lambda connection: find_public_quote(connection, token))
        assert now is not None, "no quote is taken away"
        return _refused(request, now, form)
    return redirect(request, f"/q/{token}")


ROUTES = (public("/q/{token}", get=show, post=answer),)


async def _offer(request: Request) -> PublicQuote | None:
    """Return the quote that the address leads to. Raises `HTTPException` (429) for who opens too many."""
    services, token = services_of(request), str(request.path_params["token"])
    await services.throttle.check("quotes from", client_network(request), VISITS_PER_CLIENT)
    # What no token can be leads nowhere either; a database might choke on it.
    known = token if _TOKEN.fullmatch(token) else ""
    return await services.read(lambda connection: find_public_quote(connection, known))


def _refused(request: Request, offer: PublicQuote, form: Form) -> Response:
    """Tell why the answer doesn't count: there is one already, or it comes too late."""
    quote = offer.quote
    if quote.signed_at is not None:
        refusal = (
            f"Your answer was not stored, since {quote.signing_name} {quote.signing_decision} "
            f"this quote before, on {moment(quote.signed_at)}."
        )
    else:
        refusal = f"This quote was valid until {day(quote.valid_until)}: it can't be accepted any more, only rejected."
    return _page(request, offer, form, HTTPStatus.CONFLICT, refusal)


def _missing(request: Request) -> Response:
    return render(request, "public/public_quote_missing.html", status=HTTPStatus.NOT_FOUND, headers=NO_REFERRER)


def _page(
    request: Request, offer: PublicQuote, form: Form, status: int = HTTPStatus.OK, refusal: str | None = None
) -> Response:
    quote, today = offer.quote, services_of(request).clock().date()
    return render(
        request,
        "public/public_quote.html",
        status=status,
        headers=NO_REFERRER,
        quote=quote,
        organisation=offer.organisation,
        expired=quote.valid_until is not None and quote.valid_until < today,
        form=form,
        refusal=refusal,
    )
