"""Forms and transitions that the pages of quotes and invoices have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import TypedDict, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.email import is_address, kept_address
from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.domain.money import CURRENCIES, parse_amount
from oneinvoice_impl.store.records.documents import R
from oneinvoice_impl.store.records.record_browser import RecordKind, Slice
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import or_not_found, path_id
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.webhooks import event_recording

T = TypeVar("T")

FIRST_CURRENCY = "NOK"

_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURRENCY_CHOICES = {code: code for code in CURRENCIES}
_LATEST = Slice(offset=0, limit=1, total=1)


class DraftFields(TypedDict):
    """Fields that quotes and invoices both have, by the names that creation takes."""

    customer: tuple[str, str | None]
    total_cents: int
    currency: str


def common(form: Form) -> DraftFields:
    """Return customer, total and currency; errors are noted on the form."""
    name = form.text("customer_name", "Type the name of your customer.")
    email = kept_address(form.text("customer_email", "", longest=254, needed=False))
    if email and not is_address(email):
        form.errors["customer_email"] = "Type an e-mail address, such as post@nordlys.example, or leave it empty."
    total = parse_amount(form["total"].strip())
    if not total:
        form.errors["total"] = "Type an amount above zero, such as 1250.00 or 1250,00."
    currency = form.choice("currency", CURRENCIES, "Choose a currency.")
    return DraftFields(customer=(name, email or None), total_cents=total or 0, currency=currency)


def day(form: Form, name: str, today: date) -> date:
    """Return a date, today or later; an error is noted on the form."""
    text = form[name].strip()
    try:
        chosen = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        chosen = None
    if chosen is None:
        form.errors[name] = "Choose a date, such as 2026-04-30."
    elif chosen < today:
        form.errors[name] = "Choose today or a later date."
    return chosen or today


def draft_page(request: Request, form: Form, home: str, title: str, day: tuple[str, str]) -> Response:
    """Return the form for a new draft at `home`/new. `day` is the name and the label of the date that its kind has."""
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    name, label = day
    return render(
        request,
        "sales/draft_new.html",
        status=status,
        form=form,
        home=home,
        title=title,
        day=name,
        day_label=label,
        currencies=_CURRENCY_CHOICES,
    )


async def usual_currency(request: Request, kind: RecordKind) -> str:
    """Return the one of the newest record: most organisations use the same again."""
    user = current_user(request)
    rows = await services_of(request).read(lambda connection: user.browse.newest(connection, kind, _LATEST))
    return str(rows[0].currency) if rows else FIRST_CURRENCY


async def change(request: Request, kind: type[R], transition: Callable[[R, datetime], tuple[R, Event]]) -> R:
    """Have the record whose id is in the address make a transition, and tell its webhooks; its new state.

    Raises `HTTPException` (404) if there is none, and `IllegalTransition`.
    """
    user, id, at = current_user(request), path_id(request), services_of(request).clock()

    def work(connection: Connection) -> R:
        documents = user.documents(connection)
        return event_recording.replace(documents, transition(or_not_found(documents.find(kind, id)), at))

    return await services_of(request).transact(work)
