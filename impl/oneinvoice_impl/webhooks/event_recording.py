"""Recording of events: a record's new state and the event of its transition, stored in one transaction."""

from __future__ import annotations

from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.store.records.documents import DocumentRepository, R
from oneinvoice_impl.webhooks import outbox


def add(documents: DocumentRepository, transition: tuple[R, Event]) -> R:
    """Store a new quote or invoice, and tell its webhooks. Return the record."""
    record, event = transition
    documents.add(record)
    outbox.store(documents.connection, event, record)
    return record


def replace(documents: DocumentRepository, transition: tuple[R, Event]) -> R:
    """Store the new state of a quote or invoice, and tell its webhooks. Return the record."""
    record, event = transition
    documents.replace(record)
    outbox.store(documents.connection, event, record)
    return record
