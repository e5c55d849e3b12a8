"""Store an event and its deliveries in the transaction of what happened."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, insert, literal_column, select

from oneinvoice_impl.domain import representation as resources
from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables.webhooks import deliveries, endpoints, events

_ACTIVE = Prepared(
    select(endpoints.c.id, endpoints.c.events).where(
        endpoints.c.organisation_id == bindparam("organisation_id"), endpoints.c.status == literal_column("'active'")
    )
)
_ALL_ACTIVE = select(endpoints.c.organisation_id, endpoints.c.id, endpoints.c.events).where(
    endpoints.c.status == literal_column("'active'")
)
_INSERT_EVENT = Prepared(insert(events))
_INSERT_DELIVERIES = Prepared(insert(deliveries))
# Made once: json.dumps makes one anew for each text that is not written in its own way.
_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ": ")).encode


@dataclass(frozen=True, slots=True)
class Stored:
    """An event that was stored, and its deliveries' ids."""

    id: str
    name: str
    deliveries: tuple[str, ...]


def store(connection: Connection, event: Event, subject: Invoice | Quote) -> Stored:
    """Store what happened to an invoice or a quote, with a delivery to each active endpoint that subscribes to it."""
    found = _ACTIVE.run(connection, {"organisation_id": subject.organisation_id})
    subscribed = [id for id, names in found if names is None or event.name in names.split(",")]
    return store_for(connection, event, subject.organisation_id, _resource(event, subject), subscribed)


def store_for_all(connection: Connection, event: Event, data: dict[str, Any]) -> None:
    """Store what concerns everybody, an event for each organisation that has active endpoints which subscribe to it."""
    subscribed: dict[str, list[str]] = {}
    for organisation_id, id, names in connection.execute(_ALL_ACTIVE):
        if names is None or event.name in names.split(","):
            subscribed.setdefault(organisation_id, []).append(id)
    for organisation_id, endpoint_ids in subscribed.items():
        store_for(connection, event, organisation_id, data, endpoint_ids)


def store_for(
    connection: Connection, event: Event, organisation_id: str, data: dict[str, Any], endpoint_ids: Sequence[str]
) -> Stored:
    """Store an event with a delivery to each of these endpoints."""
    event_id = new_id("evt")
    row = {
        "id": event_id,
        "organisation_id": organisation_id,
        "name": event.name,
        "body": body(event_id, event, data),
        "created_at": event.at,
    }
    _INSERT_EVENT.run(connection, row)
    due = [new_delivery(event_id, event.name, endpoint_id, event.at) for endpoint_id in endpoint_ids]
    _INSERT_DELIVERIES.run_each(connection, due)
    return Stored(event_id, event.name, tuple(each["id"] for each in due))


def new_delivery(event_id: str, event: str, endpoint_id: str, at: datetime) -> dict[str, Any]:
    """The row of a delivery that is due at once."""
    return {
        "id": new_id("del"),
        "event_id": event_id,
        "endpoint_id": endpoint_id,
        "event": event,
        "status": "pending",
        "due_at": at,
        "fence": 0,
        "attempts": 0,
        "created_at": at,
    }


def body(event_id: str, event: Event, data: dict[str, Any]) -> bytes:
    """The bytes that every attempt sends and signs.

    No JSON library writes just these bytes by default: who signs or verifies a body that was parsed and written again
    finds out at once.
    """
    content = {"id": event_id, "event": event.name, "created_at": resources.timestamp(event.at), "data": data}
    return _write(content).encode()


def _resource(event: Event, subject: Invoice | Quote) -> dict[str, Any]:
    if isinstance(subject, Invoice):
        return resources.invoice(subject, event.at.date())
    return resources.quote(subject)
