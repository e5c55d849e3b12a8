"""Quotes: what they are, and what can happen to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.domain.invoice import Invoice, create_invoice

_NEXT = {
    "draft": "it is a draft and can only be sent",
    "sent": "it was sent and can only be accepted or rejected",
    "accepted": "it was accepted and can only be made into an invoice",
    "rejected": "it was rejected, and nothing can follow",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote of an organisation; `status` is draft, sent, accepted or rejected. Money in hundredths, times in UTC."""

    id: str
    organisation_id: str
    number: str
    status: str
    customer_name: str
    customer_email: str | None
    total_cents: int
    currency: str
    public_token: str
    valid_until: date | None
    created_at: datetime
    sent_at: datetime | None = None
    signing_decision: str | None = None
    signing_name: str | None = None
    signing_ip: str | None = None
    signed_at: datetime | None = None

    def send(self, at: datetime) -> tuple[Quote, Event]:
        """Send a draft to its customer. Raises `IllegalTransition` for any other."""
        self._must_be("draft", "sent")
        return replace(self, status="sent", sent_at=at), Event("quote.sent", at)

    def accept(self, *, name: str, ip: str, at: datetime) -> tuple[Quote, Event]:
        """Have the customer sign with a name. Raises `IllegalTransition` unless it was sent and is still valid."""
        self._must_be("sent", "accepted")
        if self.valid_until is not None and self.valid_until < at.date():
            raise IllegalTransition(
                f"The quote {self.id} can't be accepted: it was valid until {self.valid_until} "
                "and can only be rejected."
            )
        return self._sign("accepted", name, ip, at)

    def reject(self, *, name: str, ip: str, at: datetime) -> tuple[Quote, Event]:
        """Have the customer decline with a name. Raises `IllegalTransition` unless it was sent."""
        self._must_be("sent", "rejected")
        return self._sign("rejected", name, ip, at)

    def convert(
        self, *, invoice_id: str, number: str, due_date: date, at: datetime, converted_into: str | None = None
    ) -> tuple[Invoice, Event]:
        """Make an accepted quote into an invoice. Raises `IllegalTransition` for any other, and for a second time.

        `converted_into` is the id of the invoice that it became before, if it did.
        """
        self._must_be("accepted", "made into an invoice")
        if converted_into is not None:
            raise IllegalTransition(
                f"The quote {self.id} can't be made into an invoice: it already is the invoice {converted_into}."
            )
        return create_invoice(
            id=invoice_id,
            organisation_id=self.organisation_id,
            number=number,
            customer=(self.customer_name, self.customer_email),
            total_cents=self.total_cents,
            currency=self.currency,
            due_date=due_date,
            at=at,
            quote_id=self.id,
        )

    def _sign(self, decision: str, name: str, ip: str, at: datetime) -> tuple[Quote, Event]:
        signed = replace(
            self, status=decision, signing_decision=decision, signing_name=name, signing_ip=ip, signed_at=at
        )
        return signed, Event(f"quote.{decision}", at)

    def _must_be(self, status: str, transition: str) -> None:
        if self.status != status:
            before = _NEXT.get(self.status, f"it is {self.status}")
            raise IllegalTransition(f"The quote {self.id} can't be {transition}: {before}.")


def quote_number(position: int, at: datetime) -> str:
    """Return the number of the organisation's quote at that position, from 1 on."""
    return f"Q-{at.year}-{position:04d}"


def create_quote(
    *,
    id: str,
    organisation_id: str,
    number: str,
    customer: tuple[str, str | None],
    total_cents: int,
    currency: str,
    public_token: str,
    valid_until: date | None,
    at: datetime,
) -> tuple[Quote, Event]:
    """Return a new draft. `customer` is name and e-mail address."""
    name, email = customer
    quote = Quote(
        id=id,
        organisation_id=organisation_id,
        number=number,
        status="draft",
        customer_name=name,
        customer_email=email,
        total_cents=total_cents,
        currency=currency,
        public_token=public_token,
        valid_until=valid_until,
        created_at=at,
    )
    return quote, Event("quote.created", at)
