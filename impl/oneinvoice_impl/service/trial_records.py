"""Records that are clearly a test's, made by real transitions, so that events of a staging service can be had."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from oneinvoice_impl.domain.event import INVOICE_EVENTS, QUOTE_EVENTS, Event
from oneinvoice_impl.domain.invoice import Invoice, create_invoice, invoice_number
from oneinvoice_impl.domain.member import Member
from oneinvoice_impl.domain.quote import Quote, create_quote, quote_number
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.records.members import MemberRepository
from oneinvoice_impl.webhooks import event_recording

TRIGGERED = (*INVOICE_EVENTS, *QUOTE_EVENTS)
"""Events that can be made to happen."""

_CUSTOMER = ("Test customer", "test@customer.invalid")
_SIGNER: dict[str, str] = {"name": "Test signer", "ip": "192.0.2.1"}
_TOTAL_CENTS = 125_000
_CURRENCY = "NOK"
_DUE_AFTER = timedelta(days=14)
_VALID_FOR = timedelta(days=30)
_AT_ONCE = 1000


def happen(documents: DocumentRepository, event: str, at: datetime) -> Quote | Invoice:
    """Make a new record, and all its transitions up to one of the events `TRIGGERED`. Return its last state."""
    if event in INVOICE_EVENTS:
        steps: list[Callable[[Invoice], tuple[Invoice, Event]]] = [lambda it: it.send(at), lambda it: it.pay(at)]
        invoice = event_recording.add(documents, _invoice(documents, at))
        for step in steps[: INVOICE_EVENTS.index(event)]:
            invoice = event_recording.replace(documents, step(invoice))
        return invoice
    quote = event_recording.add(documents, _quote(documents, at))
    if event != "quote.created":
        quote = event_recording.replace(documents, quote.send(at))
    if event in ("quote.accepted", "quote.rejected"):
        answer = quote.accept if event == "quote.accepted" else quote.reject
        quote = event_recording.replace(documents, answer(**_SIGNER, at=at))
    return quote


def add_members(repository: MemberRepository, count: int, at: datetime) -> None:
    """Store so many test members, the last one created at `at` and each a second after the one before."""
    source = ids_of(repository.connection)
    for begin in range(0, count, _AT_ONCE):
        repository.add(
            [
                Member(
                    id=(id := source.id("mem")),
                    organisation_id=repository.organisation_id,
                    first_name="Test",
                    last_name=f"Member {number + 1}",
                    email=f"{id.replace('_', '.').lower()}@test.invalid",
                    status=("active", "inactive", "pending")[number % 3],
                    created_at=at - timedelta(seconds=count - 1 - number),
                )
                for number in range(begin, min(begin + _AT_ONCE, count))
            ]
        )


def _sale(at: datetime) -> dict[str, Any]:
    return {"customer": _CUSTOMER, "total_cents": _TOTAL_CENTS, "currency": _CURRENCY, "at": at}


def _invoice(documents: DocumentRepository, at: datetime) -> tuple[Invoice, Event]:
    return create_invoice(
        id=ids_of(documents.connection).id("inv"),
        organisation_id=documents.organisation_id,
        number=invoice_number(documents.next_position(Invoice), at),
        due_date=at.date() + _DUE_AFTER,
        **_sale(at),
    )


def _quote(documents: DocumentRepository, at: datetime) -> tuple[Quote, Event]:
    source = ids_of(documents.connection)
    return create_quote(
        id=source.id("quo"),
        organisation_id=documents.organisation_id,
        number=quote_number(documents.next_position(Quote), at),
        public_token=source.token(),
        valid_until=at.date() + _VALID_FOR,
        **_sale(at),
    )
