"""Controls that make events happen, and that change what keys may send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.domain import representation
from oneinvoice_impl.domain.announcement import AlreadyAnnounced, Announcement, announce
from oneinvoice_impl.domain.event import ANNOUNCEMENT, EVENTS, Event
from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.routing import RecordNotFound, Routing
from oneinvoice_impl.mock.controls.values import unknown_event
from oneinvoice_impl.store import announcements
from oneinvoice_impl.store.accounts.keys import grant_limit
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.outbox import StoredEvent, subscribers
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.service import WebhookService

if TYPE_CHECKING:
    from oneinvoice_impl.mock.controls.trigger import TriggerRequest
    from oneinvoice_impl.mock.proposals.proposal import Proposal


class EventControls:
    """Handlers of the requests about an organisation's events, and the limits of keys."""

    def __init__(self, webhooks: WebhookService, organisation_id: str, proposal: Proposal | None = None) -> None:
        self._webhooks = webhooks
        self._organisation_id = organisation_id
        self._proposal = proposal

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("POST", "/trigger", self.trigger),
            route("POST", "/announcements", self.announce, 201),
            route("POST", "/keys/limit", self.grant_limit),
        ]

    async def trigger(self, request: Request) -> Any:
        """Make an event happen (`trigger.py`)."""
        # Imported here: no start waits for what makes the first event.
        from oneinvoice_impl.mock.controls.trigger import announced, trigger

        order = request_bodies.order(await request_bodies.read(request, ("event", "invoice", "quote", "set", "data")))

        if self._proposal is not None and order.event not in self._webhooks.events:
            raise unknown_event(order.event, self._webhooks.events)

        def work(connection: Connection) -> list[dict[str, Any]]:
            if order.event not in EVENTS and self._proposal is not None:
                return [self._tell(connection, order, self._proposal)]
            if order.event == ANNOUNCEMENT:
                announcement = announced(connection, order, self._webhooks.clock())
                return [self._own(self._publish(connection, announcement)) | {"record": announcement.id}]
            happened = trigger(DocumentRepository(connection, self._organisation_id), order, self._webhooks.clock())
            return [
                replies.stored(outbox.store(connection, event, record)) | {"record": record.id}
                for event, record in happened
            ]

        return {"events": await self._webhooks.transact(work)}

    async def announce(self, request: Request) -> Any:
        """Announce a change of the API to everybody, by banner, roadmap and webhook."""
        content = await request_bodies.read(request, request_bodies.ANNOUNCEMENT)

        def work(connection: Connection) -> dict[str, Any]:
            announcement = request_bodies.announcement(content, ids_of(connection).id("ann"))
            stored = self._publish(connection, announcement)
            return {
                "announcement": representation.announcement(announcement),
                "endpoints": sum(len(each.deliveries) for each in stored.values()),
                "event": self._own(stored),
            }

        return await self._webhooks.transact(work)

    def _publish(self, connection: Connection, announcement: Announcement) -> dict[str, StoredEvent]:
        """Return the events that tell it, by organisation. Raises `TooSoon` or `AlreadyAnnounced`."""
        event = announce(announcement, self._webhooks.clock())
        stored = outbox.publish(connection, announcement, event)
        if stored is None:
            first = announcements.find(connection, announcement.id)
            when = f", to take effect on {first.effective_on}" if first else ""
            raise AlreadyAnnounced(f"This change is already announced as {announcement.id}{when}; nothing was sent.")
        return stored

    def _own(self, stored: Mapping[str, StoredEvent]) -> dict[str, Any]:
        """Represent the event of the primary organisation, which may have no endpoint that wants it."""
        own = stored.get(self._organisation_id)
        return replies.stored(own) if own else {"id": None, "event": ANNOUNCEMENT, "deliveries": []}

    def _tell(self, connection: Connection, order: TriggerRequest, proposal: Proposal) -> dict[str, Any]:
        """Send an event that only the proposed contract has, with the record that it tells of as that is."""
        from oneinvoice_impl.mock.controls.trigger import told_record

        event = Event(order.event, self._webhooks.clock())
        data = told_record(connection, self._organisation_id, order, proposal.resource_of(order.event), event.at)
        subscribed = subscribers(connection, self._organisation_id, event.name)
        stored = outbox.store_for(connection, event, self._organisation_id, data, subscribed)
        return replies.stored(stored) | {"record": data.get("id")}

    async def grant_limit(self, request: Request) -> Any:
        """Give a key of any organisation another limit. Nothing that is answered holds the key, or was in the path."""
        key, limit = request_bodies.limit(await request_bodies.read(request, ("key", "limit")))
        row = await self._webhooks.transact(lambda connection: grant_limit(connection, key, limit))
        if row is None:
            raise RecordNotFound("There is no such key; name it by its id, which the dashboard shows under its name.")
        return {"name": row["name"], "first": row["first_four"], "last": row["last_four"], "limit": row["rate_limit"]}
