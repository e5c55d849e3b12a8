"""Grease of webhooks: bodies in another form, and now and then an event that no document names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

from oneinvoice_impl.domain.event import PING, Event
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.mock.grease.freedoms import UnknownFields, greased, seeded, written
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.outbox import StoredEvent, add_event, subscribers
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.service import WebhookService

UNKNOWN_EVENTS = ("grease.example", "invoice.x_grease", "quote.x_grease")
_SHARE_OF_UNKNOWN = 0.25


class GreasedEvents:
    """Stores events with the bytes that every attempt sends and signs."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._unknown = UnknownFields(seed)
        self._numbers = count(1)

    def record(
        self, connection: Connection, event: Event, organisation_id: str, data: dict[str, Any], endpoints: Sequence[str]
    ) -> StoredEvent:
        """Store an event, and maybe another one, for the endpoints that subscribe to whatever there is."""
        chance = seeded("event", self._seed, next(self._numbers))
        stored = self._add(connection, event, organisation_id, data, endpoints, chance)
        if event.name != PING and chance.random() < _SHARE_OF_UNKNOWN:
            unknown = Event(chance.choice(UNKNOWN_EVENTS), event.at)
            for_all = subscribers(connection, organisation_id, unknown.name)
            self._add(connection, unknown, organisation_id, {}, for_all, chance)
        return stored

    def _add(
        self,
        connection: Connection,
        event: Event,
        organisation_id: str,
        data: dict[str, Any],
        endpoints: Sequence[str],
        chance: Random,
    ) -> StoredEvent:
        id = new_id("evt")
        content = greased(outbox.content(id, event, data), chance, self._unknown)
        return add_event(connection, id, event, organisation_id, written(content, chance), endpoints)


def with_greased_events(components: Components, seed: int) -> Components:
    """Return components whose webhooks are greased."""

    def webhooks(*arguments: Any) -> WebhookService:
        service = components.webhooks(*arguments)
        service.recorder = GreasedEvents(seed).record
        return service

    return replace(components, webhooks=webhooks)
