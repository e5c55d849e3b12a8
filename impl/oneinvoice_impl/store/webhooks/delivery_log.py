"""What an organisation's endpoints were sent: page by page, and each delivery in full."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, RowMapping, select, tuple_, union_all

from oneinvoice_impl.domain.event import EVENTS, PING
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events
from oneinvoice_impl.store.webhooks.delivery_queue import PARCEL, Parcel

STATUSES = ("pending", "delivered", "failed", "cancelled")
NAMES = (*EVENTS, PING)
"""What a log can be filtered by."""

_NEWEST_FIRST = (deliveries.c.created_at.desc(), deliveries.c.id.desc())
_SHOWN = (
    deliveries.c.id,
    deliveries.c.endpoint_id,
    deliveries.c.event_id,
    deliveries.c.event,
    deliveries.c.status,
    deliveries.c.due_at,
    deliveries.c.lease_until,
    deliveries.c.attempts,
    deliveries.c.created_at,
    deliveries.c.finished_at,
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What of a log is wanted; None is all."""

    status: str | None = None
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a log, newest first; `older` is the delivery that the next page goes on after, if there is one."""

    rows: Sequence[RowMapping]
    older: str | None


@dataclass(frozen=True, slots=True)
class Log:
    """The deliveries of one organisation."""

    connection: Connection
    organisation_id: str

    def page(self, endpoint_id: str, wanted: Filter, after: str | None, size: int) -> Page:
        """The newest that an endpoint was sent, or those before the delivery `after`; no such delivery is the newest.

        The ids come from the index alone, so that only the rows of the page are read.
        """
        own = select(endpoints.c.id).where(
            endpoints.c.id == endpoint_id, endpoints.c.organisation_id == self.organisation_id
        )
        kept = deliveries.c.endpoint_id == own.scalar_subquery()
        position = None if after is None else self._position(endpoint_id, after)
        if position is not None:
            kept &= tuple_(deliveries.c.created_at, deliveries.c.id) < tuple_(*position)
        # The newest of each kind: an index has them in order only within one.
        newest = [
            select(deliveries.c.id, deliveries.c.created_at)
            .where(kept, *kind)
            .order_by(*_NEWEST_FIRST)
            .limit(size + 1)
            .subquery()
            for kind in _kinds(wanted)
        ]
        merged = union_all(*(select(each) for each in newest)).subquery()
        ids = select(merged.c.id).order_by(merged.c.created_at.desc(), merged.c.id.desc()).limit(size + 1)
        found = self.connection.execute(ids).scalars().all()
        query = select(*_SHOWN).where(deliveries.c.id.in_(found[:size])).order_by(*_NEWEST_FIRST)
        return Page(self.connection.execute(query).mappings().all(), found[size - 1] if len(found) > size else None)

    def delivery(self, id: str) -> RowMapping | None:
        """The one of that id."""
        query = select(*_SHOWN).where(deliveries.c.id == id).join(endpoints)
        query = query.where(endpoints.c.organisation_id == self.organisation_id)
        return self.connection.execute(query).mappings().first()

    def attempts(self, id: str) -> Sequence[RowMapping]:
        """All attempts at a delivery, in order."""
        query = select(attempts).where(attempts.c.delivery_id == id).order_by(attempts.c.number)
        query = query.join(deliveries, deliveries.c.id == attempts.c.delivery_id).join(endpoints)
        query = query.where(endpoints.c.organisation_id == self.organisation_id)
        return self.connection.execute(query).mappings().all()

    def parcels(self, ids: Collection[str]) -> dict[str, Parcel]:
        """What these deliveries send, by id; those of other organisations are left out."""
        query = (
            select(*PARCEL).select_from(deliveries).join(endpoints).join(events, events.c.id == deliveries.c.event_id)
        )
        own = (endpoints.c.organisation_id == self.organisation_id) & deliveries.c.id.in_(ids)
        return {row.delivery_id: Parcel(*row) for row in self.connection.execute(query.where(own))}

    def _position(self, endpoint_id: str, id: str) -> tuple[object, ...] | None:
        position = select(deliveries.c.created_at, deliveries.c.id)
        one = (deliveries.c.endpoint_id == endpoint_id) & (deliveries.c.id == id)
        row = self.connection.execute(position.where(one)).first()
        return None if row is None else tuple(row)


def _kinds(wanted: Filter) -> list[tuple[ColumnElement[bool], ...]]:
    if wanted == Filter():
        return [()]
    statuses = STATUSES if wanted.status is None else (wanted.status,)
    names = NAMES if wanted.event is None else (wanted.event,)
    return [(deliveries.c.event == name, deliveries.c.status == status) for name in names for status in statuses]
