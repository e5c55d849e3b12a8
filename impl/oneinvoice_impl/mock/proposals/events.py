"""Events as a proposed document describes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from oneinvoice_impl.domain.event import PING, Event
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.outbox import StoredEvent, add_event
from oneinvoice_impl.webhooks import outbox

Fit = Callable[[str, Any], Any]
"""Returns the body of an event of a name, by what the implementation would send."""


def recorder(events: Sequence[str], fit: Fit) -> outbox.Recorder:
    """Return what stores events with the bytes that every attempt sends and signs.

    An event that the document doesn't have is stored for nobody.
    """

    def record(
        connection: Connection, event: Event, organisation_id: str, data: dict[str, Any], endpoints: Sequence[str]
    ) -> StoredEvent:
        if event.name == PING:
            return outbox.record(connection, event, organisation_id, data, endpoints)
        id = ids_of(connection).id("evt")
        content = outbox.content(id, event, data)
        if event.name not in events:
            return add_event(connection, id, event, organisation_id, outbox.written(content), ())
        return add_event(connection, id, event, organisation_id, outbox.written(fit(event.name, content)), endpoints)

    return record
