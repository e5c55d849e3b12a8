"""Change quotes and invoices, and tell of it: what happened is stored in the outbox in the same transaction."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.store.records.documents import Ledger, R
from oneinvoice_impl.webhooks import outbox


@dataclass(frozen=True, slots=True)
class Journal:
    """Takes what a transition of the domain gives: the new state, and the event."""

    ledger: Ledger

    def add(self, happened: tuple[R, Event]) -> R:
        """Store a new record; the record."""
        record, event = happened
        self.ledger.add(record)
        outbox.store(self.ledger.connection, event, record)
        return record

    def replace(self, happened: tuple[R, Event]) -> R:
        """Store the new state of a record; the record."""
        record, event = happened
        self.ledger.replace(record)
        outbox.store(self.ledger.connection, event, record)
        return record
