"""What can happen to invoices and quotes, and what can't."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.domain.invoice import Invoice, create_invoice
from oneinvoice_impl.domain.quote import Quote, create_quote

NOON = datetime(2026, 4, 2, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
SIGNED: dict[str, Any] = {"name": "Kari Nordmann", "ip": "203.0.113.7", "at": LATER}


def an_invoice(status: str = "draft") -> Invoice:
    invoice, _ = create_invoice(
        id="inv_1",
        organisation_id="org_1",
        number="2026-0001",
        customer=("Nordlys AS", None),
        total_cents=125_050,
        currency="NOK",
        due_date=date(2026, 4, 16),
        at=NOON,
    )
    return replace(invoice, status=status)


def a_quote(status: str = "draft") -> Quote:
    quote, _ = create_quote(
        id="quo_1",
        organisation_id="org_1",
        number="Q-2026-0001",
        customer=("Nordlys AS", "post@nordlys.example"),
        total_cents=125_050,
        currency="NOK",
        public_token="kT4vXw8ZpR2nYb6QmL9sJc3D",
        valid_until=date(2026, 5, 2),
        at=NOON,
    )
    return replace(quote, status=status)


def test_an_invoice_from_draft_to_paid() -> None:
    draft, created = create_invoice(
        id="inv_1",
        organisation_id="org_1",
        number="2026-0001",
        customer=("Nordlys AS", None),
        total_cents=1,
        currency="NOK",
        due_date=date(2026, 4, 16),
        at=NOON,
    )
    assert (draft.status, draft.created_at, created) == ("draft", NOON, Event("invoice.created", NOON))
    sent, event = draft.send(LATER)
    assert (sent, event) == (replace(draft, status="sent", sent_at=LATER), Event("invoice.sent", LATER))
    paid, event = sent.pay(LATER)
    assert (paid, event) == (replace(sent, status="paid", paid_at=LATER), Event("invoice.paid", LATER))


@pytest.mark.parametrize("decision", ["accepted", "rejected"])
def test_a_quote_from_draft_to_its_answer(decision: str) -> None:
    sent, event = a_quote().send(NOON)
    assert (sent.status, sent.sent_at, event) == ("sent", NOON, Event("quote.sent", NOON))
    answered, event = sent.accept(**SIGNED) if decision == "accepted" else sent.reject(**SIGNED)
    assert event == Event(f"quote.{decision}", LATER)
    assert answered == replace(
        sent,
        status=decision,
        signing_decision=decision,
        signing_name="Kari Nordmann",
        signing_ip="203.0.113.7",
        signed_at=LATER,
    )


def test_an_accepted_quote_becomes_an_invoice() -> None:
    quote = a_quote("accepted")
    invoice, event = quote.convert(invoice_id="inv_9", number="2026-0009", due_date=date(2026, 4, 16), at=LATER)
    assert event == Event("invoice.created", LATER)
    assert (invoice.id, invoice.status, invoice.quote_id) == ("inv_9", "draft", "quo_1")
    assert (invoice.customer_name, invoice.customer_email) == (quote.customer_name, quote.customer_email)
    assert (invoice.total_cents, invoice.currency) == (quote.total_cents, quote.currency)


def convert(quote: Quote, **more: Any) -> Any:
    return quote.convert(invoice_id="inv_9", number="1", due_date=date(2026, 4, 16), at=LATER, **more)


@pytest.mark.parametrize(
    ("transition", "allowed"),
    [
        (lambda: an_invoice("sent").send(LATER), "can only be paid"),
        (lambda: an_invoice("paid").send(LATER), "nothing can follow"),
        (lambda: an_invoice("draft").pay(LATER), "can only be sent"),
        (lambda: an_invoice("paid").pay(LATER), "nothing can follow"),
        (lambda: a_quote("sent").send(LATER), "can only be accepted or rejected"),
        (lambda: a_quote("accepted").send(LATER), "can only be made into an invoice"),
        (lambda: a_quote("rejected").send(LATER), "nothing can follow"),
        (lambda: a_quote("draft").accept(**SIGNED), "can only be sent"),
        (lambda: a_quote("accepted").accept(**SIGNED), "can only be made into an invoice"),
        (lambda: a_quote("rejected").accept(**SIGNED), "nothing can follow"),
        (lambda: a_quote("draft").reject(**SIGNED), "can only be sent"),
        (lambda: a_quote("accepted").reject(**SIGNED), "can only be made into an invoice"),
        (lambda: a_quote("rejected").reject(**SIGNED), "nothing can follow"),
        (lambda: convert(a_quote("draft")), "can only be sent"),
        (lambda: convert(a_quote("sent")), "can only be accepted or rejected"),
        (lambda: convert(a_quote("rejected")), "nothing can follow"),
        (lambda: convert(a_quote("accepted"), converted_into="inv_8"), "already is the invoice inv_8"),
    ],
)
def test_what_is_refused_says_what_is_allowed(transition: Callable[[], Any], allowed: str) -> None:
    with pytest.raises(IllegalTransition, match=allowed) as caught:
        transition()
    assert str(caught.value).endswith(".")


def test_a_quote_is_accepted_on_its_last_day_and_not_after() -> None:
    quote = a_quote("sent")
    last = datetime(2026, 5, 2, 23, 59, tzinfo=UTC)
    assert quote.accept(name="Kari", ip="::1", at=last)[0].status == "accepted"
    with pytest.raises(IllegalTransition, match="valid until 2026-05-02"):
        quote.accept(name="Kari", ip="::1", at=last + timedelta(minutes=1))
    assert quote.reject(name="Kari", ip="::1", at=last + timedelta(days=9))[0].status == "rejected"
    assert replace(quote, valid_until=None).accept(name="Kari", ip="::1", at=last + timedelta(days=9))
