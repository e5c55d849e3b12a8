"""Make an event happen: the real transition, on a record that is there or on a new one.

With an id, that record makes the one transition, or it is refused. Without one, the oldest record in the right state
does; if there is none, or if values were set, a new one is created and makes every transition up to the event.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Generic

from oneinvoice_fixtures.derivation import Draw
from oneinvoice_fixtures.names import FIRST_NAMES, LAST_NAMES

from oneinvoice_impl.domain import representation
from oneinvoice_impl.domain.announcement import Announcement, earliest_day
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.event import ANNOUNCEMENT, EVENTS, INVOICE_EVENTS, QUOTE_EVENTS, Event
from oneinvoice_impl.domain.invoice import Invoice, create_invoice, invoice_number
from oneinvoice_impl.domain.quote import Quote, create_quote, quote_number
from oneinvoice_impl.mock.controls import values
from oneinvoice_impl.mock.controls.routing import RecordNotFound
from oneinvoice_impl.mock.controls.values import InvalidRequest, unknown_event
from oneinvoice_impl.mock.fixtures.derivation import drawn_sale
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.own_data import values_in_use
from oneinvoice_impl.store.records.counts import read_counts
from oneinvoice_impl.store.records.documents import DocumentRepository, R
from oneinvoice_impl.store.records.scope import Page, Resource, Scope
from oneinvoice_impl.store.types import Connection

# The state that a record must be in, and the event that brings a new one there.
_BEFORE = {
    "invoice.sent": ("draft", "invoice.created"),
    "invoice.paid": ("sent", "invoice.sent"),
    "quote.sent": ("draft", "quote.created"),
    "quote.accepted": ("sent", "quote.sent"),
    "quote.rejected": ("sent", "quote.sent"),
}
_DUE_AFTER = timedelta(days=14)
_VALID_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TriggerRequest:
    """An event that is to happen.

    `set` has values of a new record (`id`, `total`, `customer.name`, …), and the name and address that sign a quote.
    """

    event: str
    invoice: str | None = None
    quote: str | None = None
    set: Mapping[str, str | None] = field(default_factory=dict)


def trigger(documents: DocumentRepository, order: TriggerRequest, at: datetime) -> list[tuple[Event, Invoice | Quote]]:
    """Make an event happen. Return all events that happened, the requested one last, each with the record's new state.

    Raises `InvalidRequest`, `RecordNotFound`, or `IllegalTransition` if the record is in another state.
    """
    if order.event in INVOICE_EVENTS:
        if order.quote is not None and order.event != "invoice.created":
            raise InvalidRequest(
                "A quote can be made into an invoice, with invoice.created, and nothing else of invoices."
            )
        return [*_Invoices(documents, order, at).happen(order.invoice)]
    if order.event in QUOTE_EVENTS:
        if order.invoice is not None:
            raise InvalidRequest(f"{order.event} happens to a quote; name a quote, not an invoice.")
        return [*_Quotes(documents, order, at).happen(order.quote)]
    raise unknown_event(order.event, EVENTS)


def announced(connection: Connection, order: TriggerRequest, at: datetime) -> Announcement:
    """Return the change that is to be announced. Raises `InvalidRequest`."""
    if order.invoice is not None or order.quote is not None:
        raise InvalidRequest(f"{ANNOUNCEMENT} happens to the API; name no invoice and no quote.")
    told = values.parse(order.set, values.ANNOUNCED)
    return Announcement(
        ids_of(connection).id("ann"),
        told.get("title", "The API changes."),
        told.get("effective_on", earliest_day(at)),
        told.get("link"),
    )


def told_record(
    connection: Connection, organisation_id: str, order: TriggerRequest, resource: Resource | None, at: datetime
) -> dict[str, Any]:
    """Return the record that an event tells of which changes nothing: the one that is named, or else the first.

    The first with the status that the event is called by, if there is one. It is empty for an event of no resource.
    Raises `InvalidRequest` or `RecordNotFound`.
    """
    if order.set:
        raise InvalidRequest(f"{order.event} changes nothing, and makes no record; leave out set and data.")
    named = {"invoices": order.invoice, "quotes": order.quote}
    for other, id in named.items():
        if id is not None and other != resource:
            raise InvalidRequest(f"{order.event} doesn't happen to {other}; name none.")
    documents, id = DocumentRepository(connection, organisation_id), named.get(resource or "")
    found: Invoice | Quote | None
    if id is not None and resource == "invoices":
        if (found := documents.find(Invoice, id)) is not None:
            return representation.invoice(found, at.date())
        raise RecordNotFound(f"The organisation has no invoice {id}.")
    if id is not None:
        if (found := documents.find(Quote, id)) is not None:
            return representation.quote(found)
        raise RecordNotFound(f"The organisation has no quote {id}.")
    if resource is None:
        return {}
    scope = Scope(organisation_id, read_counts(connection, organisation_id))
    for status in (order.event.rpartition(".")[2], None):
        for first in scope.list(connection, resource, Page(1, 0, status), at.date()).records:
            record: dict[str, Any] = json.loads(first)
            return record
    raise RecordNotFound(f"The organisation has no {resource} that {order.event} could tell of.")


class _Records(ABC, Generic[R]):
    """Transitions of records of one kind, as they are asked for."""

    kind: type[R]
    word: str

    def __init__(self, documents: DocumentRepository, order: TriggerRequest, at: datetime) -> None:
        self._documents = documents
        self._order = order
        self._at = at
        self._values: dict[str, Any] = {}

    @abstractmethod
    def _create(self) -> tuple[R, Event]: ...

    @abstractmethod
    def _change(self, record: R, event: str) -> tuple[R, Event]: ...

    def happen(self, id: str | None) -> list[tuple[Event, R]]:
        event = self._order.event
        record = self._existing(event, id)
        return self._new(event) if record is None else [self._step(record, event)]

    def _existing(self, event: str, id: str | None) -> R | None:
        """Return the record that is to change; None for a new one."""
        if id is None:
            return None if self._values or event not in _BEFORE else self._oldest(event)
        if event not in _BEFORE:
            raise InvalidRequest(f"{event} makes a new {self.word}; name none.")
        if self._values:
            raise InvalidRequest(f"{', '.join(self._values)} can only be set on a new {self.word}; name none.")
        record = self._documents.find(self.kind, id)
        if record is None:
            raise RecordNotFound(f"The organisation has no {self.word} {id}.")
        return record

    def _oldest(self, event: str) -> R | None:
        """Return the oldest record that an event can happen to."""
        return self._documents.oldest(self.kind, _BEFORE[event][0])

    def _new_id(self, prefix: str) -> str:
        """Return an id that no record has."""
        ids = ids_of(self._documents.connection)
        return self._unused("id", lambda: ids.id(prefix))

    def _unused(self, name: str, draw: Callable[[], str]) -> str:
        """Return what no organisation's record has: data of the user's own may have what follows from the seed."""
        while values_in_use(self._documents.connection, f"{self.word}s", name, [value := draw()]):
            pass
        return value

    def _new(self, event: str) -> list[tuple[Event, R]]:
        """Make every transition of a new record up to the event."""
        if event not in _BEFORE:
            self._must_be_new()
            record, happened = self._create()
            self._documents.add(record)
            return [(happened, record)]
        happened_so_far = self._new(_BEFORE[event][1])
        happened_so_far.append(self._step(happened_so_far[-1][1], event))
        return happened_so_far

    def _must_be_new(self) -> None:
        id = self._values.get("id")
        if id is not None and values_in_use(self._documents.connection, f"{self.word}s", "id", [id]):
            raise IllegalTransition(f"There is a record {id} already; give another id, or name it as the {self.word}.")

    def _step(self, record: R, event: str) -> tuple[Event, R]:
        changed, happened = self._change(record, event)
        self._documents.replace(changed)
        return happened, changed


class _Invoices(_Records[Invoice]):
    kind = Invoice
    word = "invoice"

    def __init__(self, documents: DocumentRepository, order: TriggerRequest, at: datetime) -> None:
        super().__init__(documents, order, at)
        settable = values.INVOICE if order.quote is None else values.CONVERSION
        self._values = values.parse(order.set, settable)

    def _create(self) -> tuple[Invoice, Event]:
        position = self._documents.next_position(Invoice)
        id = self._values.get("id") or self._new_id("inv")
        number = self._values.get("number", invoice_number(position, self._at))
        due_date = self._values.get("due_date", self._at.date() + _DUE_AFTER)
        if self._order.quote is None:
            draw = Draw("trigger", self._documents.organisation_id, "invoice", position)
            return create_invoice(
                id=id,
                organisation_id=self._documents.organisation_id,
                number=number,
                **drawn_sale(draw, self._values),
                due_date=due_date,
                at=self._at,
            )
        quote = self._documents.find(Quote, self._order.quote)
        if quote is None:
            raise RecordNotFound(f"The organisation has no quote {self._order.quote}.")
        before = self._documents.invoice_of(quote)
        return quote.convert(invoice_id=id, number=number, due_date=due_date, at=self._at, converted_into=before)

    def _change(self, record: Invoice, event: str) -> tuple[Invoice, Event]:
        return record.send(self._at) if event == "invoice.sent" else record.pay(self._at)


class _Quotes(_Records[Quote]):
    kind = Quote
    word = "quote"

    def __init__(self, documents: DocumentRepository, order: TriggerRequest, at: datetime) -> None:
        super().__init__(documents, order, at)
        signed = order.event in ("quote.accepted", "quote.rejected")
        self._values = values.parse(order.set, values.QUOTE | values.SIGNING if signed else values.QUOTE)
        self._signing = {name: self._values.pop(name) for name in values.SIGNING if name in self._values}

    def _oldest(self, event: str) -> Quote | None:
        if event == "quote.accepted":
            return self._documents.oldest_valid_quote(_BEFORE[event][0], self._at.date())
        return super()._oldest(event)

    def _create(self) -> tuple[Quote, Event]:
        position = self._documents.next_position(Quote)
        return create_quote(
            id=self._values.get("id") or self._new_id("quo"),
            organisation_id=self._documents.organisation_id,
            number=self._values.get("number", quote_number(position, self._at)),
            **drawn_sale(Draw("trigger", self._documents.organisation_id, "quote", position), self._values),
            public_token=self._unused("public_token", ids_of(self._documents.connection).token),
            valid_until=self._values.get("valid_until", self._at.date() + _VALID_FOR),
            at=self._at,
        )

    def _change(self, record: Quote, event: str) -> tuple[Quote, Event]:
        if event == "quote.sent":
            return record.send(self._at)
        draw = Draw("trigger", record.id, "signing")
        name = self._signing.get("signing.name", f"{draw.pick(FIRST_NAMES)} {draw.pick(LAST_NAMES)}")
        ip = self._signing.get("signing.ip", f"192.0.2.{1 + draw.below(254)}")
        answer = record.accept if event == "quote.accepted" else record.reject
        return answer(name=name, ip=ip, at=self._at)
