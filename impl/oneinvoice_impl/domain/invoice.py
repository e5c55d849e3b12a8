"""Invoices: what they are, and what can happen to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.event import Event

STATUSES = ("draft", "sent", "paid")

_NEXT = {
    "draft": "it is a draft and can only be sent",
    "sent": "it was sent and can only be paid",
    "paid": "it was paid, and nothing can follow",
}


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice of an organisation; `status` is draft, sent or paid. Money in hundredths, times in UTC."""

    id: str
    organisation_id: str
    number: str
    status: str
    customer_name: str
    customer_email: str | None
    total_cents: int
    currency: str
    due_date: date
    created_at: datetime
    quote_id: str | None = None
    sent_at: datetime | None = None
    paid_at: datetime | None = None

    def send(self, at: datetime) -> tuple[Invoice, Event]:
        """Send a draft to its customer. Raises `IllegalTransition` for any other."""
        self._must_be("draft", "sent")
        return replace(self, status="sent", sent_at=at), Event("invoice.sent", at)

    def pay(self, at: datetime) -> tuple[Invoice, Event]:
        """Have a sent invoice paid in full. Raises `IllegalTransition` for any other."""
        self._must_be("sent", "paid")
        return replace(self, status="paid", paid_at=at), Event("invoice.paid", at)

    def _must_be(self, status: str, transition: str) -> None:
        if self.status != status:
            before = _NEXT.get(self.status, f"it is {self.status}")
            raise IllegalTransition(f"The invoice {self.id} can't be {transition}: {before}.")


def invoice_number(position: int, at: datetime) -> str:
    """Return the number of the organisation's invoice at that position, from 1 on."""
    return f"{at.year}-{position:04d}"


def create_invoice(
    *,
    id: str,
    organisation_id: str,
    number: str,
    customer: tuple[str, str | None],
    total_cents: int,
    currency: str,
    due_date: date,
    at: datetime,
    quote_id: str | None = None,
) -> tuple[Invoice, Event]:
    """Return a new draft. `customer` is name and e-mail address."""
    name, email = customer
    invoice = Invoice(
        id=id,
        organisation_id=organisation_id,
        number=number,
        status="draft",
        customer_name=name,
        customer_email=email,
        total_cents=total_cents,
        currency=currency,
        due_date=due_date,
        created_at=at,
        quote_id=quote_id,
    )
    return invoice, Event("invoice.created", at)


def payment_status(status: str, due_date: date, today: date) -> str:
    """Return `paid`, `overdue` (sent, not paid, and past its due date) or `unpaid`. `today` is the date in UTC."""
    if status == "paid":
        return "paid"
    return "overdue" if status == "sent" and due_date < today else "unpaid"
