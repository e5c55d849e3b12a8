"""Store an event and its deliveries in the transaction of what happened, with the bytes that are sent and signed."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from oneinvoice_impl.domain import representation
from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.domain.event import PING, Event
from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.store import announcements
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository, must_be_active
from oneinvoice_impl.store.webhooks.outbox import StoredEvent, add_event, subscribers, subscribers_by_organisation

if TYPE_CHECKING:
    from oneinvoice_impl.domain.quote import Quote

# Made once: json.dumps makes one anew for each text that is not written in its own way.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ": ")).encode

T = TypeVar("T")
Recorder = Callable[[Connection, Event, str, dict[str, Any], Sequence[str]], StoredEvent]
"""Stores an event with the id of its organisation, its data, and a delivery to each of these endpoints."""


def store(connection: Connection, event: Event, subject: Invoice | Quote) -> StoredEvent:
    """Store what happened to an invoice or a quote, with a delivery to each active endpoint that subscribes to it."""
    subscribed = subscribers(connection, subject.organisation_id, event.name)
    return store_for(connection, event, subject.organisation_id, _representation(event, subject), subscribed)


def store_for_all(connection: Connection, event: Event, data: dict[str, Any]) -> dict[str, StoredEvent]:
    """Store what concerns everybody, an event for each organisation that has active endpoints which subscribe to it.

    Return these events by organisation.
    """
    return {
        organisation_id: store_for(connection, event, organisation_id, data, endpoint_ids)
        for organisation_id, endpoint_ids in subscribers_by_organisation(connection, event.name).items()
    }


def publish(connection: Connection, announcement: Announcement, event: Event) -> dict[str, StoredEvent] | None:
    """Store an announcement for everybody, with the events that tell it, which are returned by organisation.

    None if there is one of its id, which stays as it is.
    """
    if not announcements.add(connection, announcement, event.at):
        return None
    return store_for_all(connection, event, representation.announcement(announcement))


def store_ping(endpoints: EndpointRepository, endpoint: RowMapping, at: datetime) -> StoredEvent:
    """Store a test to one endpoint. Raises `IllegalTransition` if it is disabled."""
    must_be_active(endpoint)
    event, data = Event(PING, at), {"endpoint_id": endpoint["id"]}
    return store_for(endpoints.connection, event, endpoints.organisation_id, data, [endpoint["id"]])


def store_for(
    connection: Connection, event: Event, organisation_id: str, data: dict[str, Any], endpoint_ids: Sequence[str]
) -> StoredEvent:
    """Store an event with a delivery to each of these endpoints."""
    return _recorder.get()(connection, event, organisation_id, data, endpoint_ids)


def record(
    connection: Connection, event: Event, organisation_id: str, data: dict[str, Any], endpoint_ids: Sequence[str]
) -> StoredEvent:
    """Store an event as the service does."""
    id = ids_of(connection).id("evt")
    return add_event(connection, id, event, organisation_id, body(id, event, data), endpoint_ids)


def recording(recorder: Recorder, work: Callable[[Connection], T], connection: Connection) -> T:
    """Run `work`, whose events `recorder` stores."""
    token = _recorder.set(recorder)
    try:
        return work(connection)
    finally:
        _recorder.reset(token)


def body(event_id: str, event: Event, data: dict[str, Any]) -> bytes:
    """Return the bytes that every attempt sends and signs.

    No JSON library writes just these bytes by default: who signs or verifies a body that was parsed and written again
    finds out at once.
    """
    return written(content(event_id, event, data))


def written(content: Any) -> bytes:
    """Return the bytes of what a body says."""
    return _write(content).encode()


def content(event_id: str, event: Event, data: dict[str, Any]) -> dict[str, Any]:
    """Return what a body says."""
    return {"id": event_id, "event": event.name, "created_at": representation.timestamp(event.at), "data": data}


def _representation(event: Event, subject: Invoice | Quote) -> dict[str, Any]:
    if isinstance(subject, Invoice):
        return representation.invoice(subject, event.at.date())
    return representation.quote(subject)


_recorder: ContextVar[Recorder] = ContextVar("recorder", default=record)
