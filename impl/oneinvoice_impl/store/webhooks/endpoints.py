"""An organisation's endpoints: where its webhooks go, and with which secrets."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.ids import ids_of
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.outbox import new_delivery

OVERLAP = timedelta(hours=24)
"""The time for which the secret before still signs."""
MOST_ACTIVE = 50
"""Endpoints of one organisation: each event is stored once for each of them."""

_MOST_LISTED = 100
_AT_ONCE = 10_000  # values of a statement, of which SQLite takes 32,766
_PUBLIC_COLUMNS = [column for column in endpoints.c if not column.name.endswith("secret")]


def new_secret() -> str:
    """Return a secret of 256 random bits, safe in a shell."""
    return f"whsec_{secrets.token_hex(32)}"


def oldest_and_newest_secret(connection: Connection) -> list[bytes]:
    """Return the encrypted secrets of the active endpoints that were registered first and last, whosever they are."""
    query = select(endpoints.c.secret).where(endpoints.c.status == "active")
    at = endpoints.c.created_at
    return [
        secret for order in (at, at.desc()) for secret in connection.execute(query.order_by(order).limit(1)).scalars()
    ]


@dataclass(frozen=True, slots=True)
class EndpointRepository:
    """The endpoints of one organisation and their deliveries, within a transaction."""

    connection: Connection
    organisation_id: str

    def add(self, url: str, events: Sequence[str] | None, secret: bytes, at: datetime) -> str:
        """Register one; `events` None is all, `secret` is encrypted. Return its id."""
        row = {
            "id": ids_of(self.connection).id("whe"),
            "organisation_id": self.organisation_id,
            "url": url,
            "events": None if events is None else ",".join(events),
            "secret": secret,
            "status": "active",
            "created_at": at,
        }
        self.connection.execute(insert(endpoints), row)
        return str(row["id"])

    def add_in_place(self, url: str, events: Sequence[str] | None, secret: bytes, at: datetime) -> str:
        """Register one as `add` does; an active one of the same URL is disabled."""
        for row in self.list():
            if (row["url"], row["status"]) == (url, "active"):
                delivery_queue.disable(self.connection, row["id"], "Its URL was registered again.", at)
        return self.add(url, events, secret, at)

    def register(self, url: str, events: Sequence[str] | None, secret: bytes, at: datetime) -> str:
        """Add one. Raises `IllegalTransition` if an active one has its URL, or if there are too many."""
        organisations.lock(self.connection, self.organisation_id)
        active = self.active()
        if url in active:
            raise IllegalTransition("This URL is registered already, and active.")
        _must_not_be_many(active)
        return self.add(url, events, secret, at)

    def list(self) -> Sequence[RowMapping]:
        """Return all of them, in the order of their creation, without their secrets."""
        query = select(*_PUBLIC_COLUMNS).where(endpoints.c.organisation_id == self.organisation_id)
        return self.connection.execute(query.order_by(endpoints.c.created_at, endpoints.c.id)).mappings().all()

    def overview(self, limit: int) -> Sequence[RowMapping]:
        """Return the active ones, then the others, newest first, each with its last delivery, without its secrets."""
        each = deliveries.alias()
        last = (
            select(each.c.id)
            .where(each.c.endpoint_id == endpoints.c.id)
            .order_by(each.c.created_at.desc(), each.c.id.desc())
            .limit(1)
            .correlate(endpoints)
            .scalar_subquery()
        )
        query = (
            select(
                *_PUBLIC_COLUMNS,
                deliveries.c.id.label("last_id"),
                deliveries.c.event.label("last_event"),
                deliveries.c.status.label("last_status"),
                deliveries.c.created_at.label("last_at"),
            )
            .select_from(endpoints)
            .outerjoin(deliveries, deliveries.c.id == last)
            .where(endpoints.c.organisation_id == self.organisation_id)
            .order_by(endpoints.c.status, endpoints.c.created_at.desc(), endpoints.c.id.desc())
            .limit(limit)
        )
        return self.connection.execute(query).mappings().all()

    def show(self, id: str) -> RowMapping | None:
        """Return the one of that id, without its secrets."""
        query = select(*_PUBLIC_COLUMNS).where(
            endpoints.c.organisation_id == self.organisation_id, endpoints.c.id == id
        )
        return self.connection.execute(query).mappings().first()

    def active(self) -> dict[str, str]:
        """Return the ids of the active ones, by URL; of several of one URL the last."""
        condition = (endpoints.c.organisation_id == self.organisation_id) & (endpoints.c.status == "active")
        query = (
            select(endpoints.c.url, endpoints.c.id).where(condition).order_by(endpoints.c.created_at, endpoints.c.id)
        )
        return {row.url: row.id for row in self.connection.execute(query)}

    def find(self, id: str) -> RowMapping | None:
        """Return the one of that id."""
        query = select(endpoints).where(endpoints.c.organisation_id == self.organisation_id, endpoints.c.id == id)
        return self.connection.execute(query.with_for_update()).mappings().first()

    def rotate(self, endpoint: RowMapping, secret: bytes, at: datetime) -> datetime:
        """Sign with another secret at once, and until the returned time with the one before as well."""
        until = at + OVERLAP
        values = {"secret": secret, "previous_secret": endpoint["secret"], "previous_until": until}
        self.connection.execute(update(endpoints).where(endpoints.c.id == endpoint["id"]), values)
        return until

    def disable(self, endpoint: RowMapping, at: datetime) -> None:
        """Send nothing more to it; what is due is cancelled. Raises `IllegalTransition` if it is disabled."""
        if endpoint["status"] != "active":
            raise IllegalTransition("The endpoint is disabled already.")
        delivery_queue.disable(self.connection, endpoint["id"], "You disabled it.", at)

    def enable(self, endpoint: RowMapping) -> None:
        """Send to it what happens from now on; it has as long as a new one to fail in.

        What was cancelled stays so: it would come late, and all at once. Each can be resent. Raises
        `IllegalTransition` if it is active, if another one of its URL is, or if there are too many.
        """
        if endpoint["status"] == "active":
            raise IllegalTransition("The endpoint is active already.")
        active = self.active()
        if endpoint["url"] in active:
            raise IllegalTransition("Another endpoint with its URL is active; disable that one first.")
        _must_not_be_many(active)
        values = {"status": "active", "failing_since": None, "disabled_at": None, "disabled_reason": None}
        self.connection.execute(update(endpoints).where(endpoints.c.id == endpoint["id"]), values)

    def change(self, endpoint: RowMapping, url: str, events: Sequence[str] | None) -> None:
        """Send to another URL, or other events; `events` None is all. What is due goes to that URL, too.

        Raises `IllegalTransition` if another active one has the URL.
        """
        if self.active().get(url, endpoint["id"]) != endpoint["id"] and endpoint["status"] == "active":
            raise IllegalTransition("Another endpoint with this URL is active; disable that one first.")
        values = {"url": url, "events": None if events is None else ",".join(events)}
        self.connection.execute(update(endpoints).where(endpoints.c.id == endpoint["id"]), values)

    def remove(self, endpoint: RowMapping) -> None:
        """Forget an endpoint and its deliveries. An attempt that runs is not recorded any more."""
        # Locked first, as whoever records an attempt locks its delivery.
        its = select(deliveries.c.id).where(deliveries.c.endpoint_id == endpoint["id"]).order_by(deliveries.c.id)
        ids = self.connection.execute(its.with_for_update()).scalars().all()
        for table, column in ((attempts, attempts.c.delivery_id), (deliveries, deliveries.c.id)):
            for begin in range(0, len(ids), _AT_ONCE):
                self.connection.execute(delete(table).where(column.in_(ids[begin : begin + _AT_ONCE])))
        self.connection.execute(delete(endpoints).where(endpoints.c.id == endpoint["id"]))

    def deliveries(self, limit: int = _MOST_LISTED) -> Sequence[RowMapping]:
        """Return the newest ones, newest first, each with its event's name and URL."""
        query = self._deliveries().order_by(deliveries.c.created_at.desc(), deliveries.c.id).limit(limit)
        return self.connection.execute(query).mappings().all()

    def delivery(self, id: str) -> RowMapping | None:
        """Return the one of that id."""
        return self.connection.execute(self._deliveries().where(deliveries.c.id == id)).mappings().first()

    def attempts(self, delivery_ids: Sequence[str]) -> Sequence[RowMapping]:
        """Return all attempts at these deliveries, in order."""
        query = select(attempts).where(attempts.c.delivery_id.in_(delivery_ids))
        return self.connection.execute(query.order_by(attempts.c.delivery_id, attempts.c.number)).mappings().all()

    def resend(self, delivery: RowMapping, at: datetime) -> str:
        """Send the same event again: at once if it waits for a retry, else as a new delivery. The delivery's id.

        Raises `IllegalTransition` if the endpoint is disabled.
        """
        endpoint = self.find(delivery["endpoint_id"])
        assert endpoint is not None, "a delivery has an endpoint"
        must_be_active(endpoint)
        if delivery_queue.bring_on(self.connection, delivery["id"], at):
            return str(delivery["id"])
        row = new_delivery(ids_of(self.connection), delivery["event_id"], delivery["event"], endpoint["id"], at)
        self.connection.execute(insert(deliveries), row)
        return str(row["id"])

    def _deliveries(self) -> Any:
        return (
            select(
                deliveries.c.id,
                deliveries.c.event_id,
                deliveries.c.event,
                deliveries.c.endpoint_id,
                endpoints.c.url,
                deliveries.c.status,
                deliveries.c.due_at,
                deliveries.c.created_at,
                deliveries.c.finished_at,
            )
            .join(endpoints, endpoints.c.id == deliveries.c.endpoint_id)
            .where(endpoints.c.organisation_id == self.organisation_id)
        )


def _must_not_be_many(active: Collection[str]) -> None:
    if len(active) >= MOST_ACTIVE:
        raise IllegalTransition(f"There are {MOST_ACTIVE} active endpoints; disable one of them first.")


def must_be_active(endpoint: RowMapping) -> None:
    """Raise `IllegalTransition` if nothing is sent to an endpoint."""
    if endpoint["status"] != "active":
        reason = str(endpoint["disabled_reason"]).removesuffix(".")
        raise IllegalTransition(
            f"The endpoint {endpoint['id']} is disabled ({reason}); enable it, or register its URL again."
        )
