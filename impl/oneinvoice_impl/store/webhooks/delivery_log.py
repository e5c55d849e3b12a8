"""The log of what an organisation's endpoints were sent: page by page, and each delivery in full."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, RowMapping, select, tuple_, union_all

from oneinvoice_impl.domain.event import EVENTS, PING
from oneinvoice_impl.store.tables.webhooks import attempts, deliveries, endpoints, events
from oneinvoice_impl.store.webhooks.delivery_queue import CONTENT_COLUMNS, DeliveryContent

STATUSES = ("pending", "delivered", "failed", "cancelled")
NAMES = (*EVENTS, PING)
"""Names of events that a log can be filtered by, unless there are others."""

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
class LogFilter:
    """A filter of a log; None is all. `names` are those that events may have."""

    status: str | None = None
    event: str | None = None
    names: Sequence[str] = field(default=NAMES, compare=False)


@dataclass(frozen=True, slots=True)
class LogPage:
    """A page of a log, newest first; `older` is the delivery that the next page goes on after, if there is one."""

    rows: Sequence[RowMapping]
    older: str | None


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """The deliveries of one organisation."""

    connection: Connection
    organisation_id: str

    def page(self, endpoint_id: str, filter: LogFilter, after: str | None, size: int) -> LogPage:
        """Return the newest that an endpoint was sent, or those before the delivery `after`, if there is such a one.

        The ids come from the index alone, so that only the rows of the page are read.
        """
        endpoint = select(endpoints.c.id).where(
            endpoints.c.id == endpoint_id, endpoints.c.organisation_id == self.organisation_id
        )
        condition = deliveries.c.endpoint_id == endpoint.scalar_subquery()
        position = None if after is None else self._position(endpoint_id, after)
        if position is not None:
            condition &= tuple_(deliveries.c.created_at, deliveries.c.id) < tuple_(*position)
        # The newest of each kind: an index has them in order only within one.
        newest = [
            select(deliveries.c.id, deliveries.c.created_at)
            .where(condition, *kind)
            .order_by(*_NEWEST_FIRST)
            .limit(size + 1)
            .subquery()
            for kind in _kinds(filter)
        ]
        merged = union_all(*(select(each) for each in newest)).subquery()
        ids = select(merged.c.id).order_by(merged.c.created_at.desc(), merged.c.id.desc()).limit(size + 1)
        page_ids = self.connection.execute(ids).scalars().all()
        query = select(*_SHOWN).where(deliveries.c.id.in_(page_ids[:size])).order_by(*_NEWEST_FIRST)
        return LogPage(
            self.connection.execute(query).mappings().all(), page_ids[size - 1] if len(page_ids) > size else None
        )

    def delivery(self, id: str) -> RowMapping | None:
        """Return the one of that id."""
        query = select(*_SHOWN).where(deliveries.c.id == id).join(endpoints)
        query = query.where(endpoints.c.organisation_id == self.organisation_id)
        return self.connection.execute(query).mappings().first()

    def attempts(self, id: str) -> Sequence[RowMapping]:
        """Return all attempts at a delivery, in order."""
        query = select(attempts).where(attempts.c.delivery_id == id).order_by(attempts.c.number)
        query = query.join(deliveries, deliveries.c.id == attempts.c.delivery_id).join(endpoints)
        query = query.where(endpoints.c.organisation_id == self.organisation_id)
        return self.connection.execute(query).mappings().all()

    def contents(self, ids: Collection[str]) -> dict[str, DeliveryContent]:
        """Return the contents of these deliveries, by id; those of other organisations are left out."""
        query = (
            select(*CONTENT_COLUMNS)
            .select_from(deliveries)
            .join(endpoints)
            .join(events, events.c.id == deliveries.c.event_id)
        )
        endpoint = (endpoints.c.organisation_id == self.organisation_id) & deliveries.c.id.in_(ids)
        return {row.delivery_id: DeliveryContent(*row) for row in self.connection.execute(query.where(endpoint))}

    def _position(self, endpoint_id: str, id: str) -> tuple[object, ...] | None:
        position = select(deliveries.c.created_at, deliveries.c.id)
        one = (deliveries.c.endpoint_id == endpoint_id) & (deliveries.c.id == id)
        row = self.connection.execute(position.where(one)).first()
        return None if row is None else tuple(row)


def _kinds(filter: LogFilter) -> list[tuple[ColumnElement[bool], ...]]:
    if filter == LogFilter():
        return [()]
    statuses = STATUSES if filter.status is None else (filter.status,)
    names = filter.names if filter.event is None else (filter.event,)
    return [(deliveries.c.event == name, deliveries.c.status == status) for name in names for status in statuses]
