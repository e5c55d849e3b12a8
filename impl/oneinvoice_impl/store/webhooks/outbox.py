"""Queries of the outbox: who subscribes to an event, and the event with its deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, insert, literal_column, select

from oneinvoice_impl.domain.event import Event
from oneinvoice_impl.domain.ids import Ids
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables.webhooks import deliveries, endpoints, events

# Locked so that none is removed before its delivery is stored.
_ACTIVE = Prepared(
    select(endpoints.c.id, endpoints.c.events)
    .where(
        endpoints.c.organisation_id == bindparam("organisation_id"), endpoints.c.status == literal_column("'active'")
    )
    .with_for_update(read=True, key_share=True)
)
_ALL_ACTIVE = (
    select(endpoints.c.organisation_id, endpoints.c.id, endpoints.c.events)
    .where(endpoints.c.status == literal_column("'active'"))
    .with_for_update(read=True, key_share=True)
)
_INSERT_EVENT = Prepared(insert(events))
_INSERT_DELIVERIES = Prepared(insert(deliveries))


class StoredEvent(NamedTuple):
    """An event that was stored, and its deliveries' ids."""

    id: str
    name: str
    deliveries: tuple[str, ...]


def subscribers(connection: Connection, organisation_id: str, event: str) -> list[str]:
    """Return the ids of an organisation's active endpoints that subscribe to an event."""
    rows = _ACTIVE.run(connection, {"organisation_id": organisation_id})
    return [id for id, names in rows if _subscribes(names, event)]


def subscribers_by_organisation(connection: Connection, event: str) -> dict[str, list[str]]:
    """Return the ids of all active endpoints that subscribe to an event, by organisation."""
    subscribed: dict[str, list[str]] = {}
    for organisation_id, id, names in connection.execute(_ALL_ACTIVE):
        if _subscribes(names, event):
            subscribed.setdefault(organisation_id, []).append(id)
    return subscribed


def add_event(
    connection: Connection, id: str, event: Event, organisation_id: str, body: bytes, endpoint_ids: Sequence[str]
) -> StoredEvent:
    """Store an event with a delivery to each of these endpoints."""
    row = {
        "id": id,
        "organisation_id": organisation_id,
        "name": event.name,
        "body": body,
        "created_at": event.at,
    }
    _INSERT_EVENT.run(connection, row)
    ids = ids_of(connection)
    due = [new_delivery(ids, id, event.name, endpoint_id, event.at) for endpoint_id in endpoint_ids]
    _INSERT_DELIVERIES.run_each(connection, due)
    return StoredEvent(id, event.name, tuple(each["id"] for each in due))


def new_delivery(ids: Ids, event_id: str, event: str, endpoint_id: str, at: datetime) -> dict[str, Any]:
    """Return the row of a delivery that is due at once."""
    return {
        "id": ids.id("del"),
        "event_id": event_id,
        "endpoint_id": endpoint_id,
        "event": event,
        "status": "pending",
        "due_at": at,
        "fence": 0,
        "attempts": 0,
        "created_at": at,
    }


def _subscribes(names: str | None, event: str) -> bool:
    """Tell whether the names of an endpoint's events hold one; None is all."""
    return names is None or event in names.split(",")
