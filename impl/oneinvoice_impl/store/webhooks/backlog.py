"""The deliveries that wait."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, literal_column, select

from oneinvoice_impl.store.tables.webhooks import deliveries

_BACKLOG = select(func.count(), func.min(deliveries.c.due_at)).where(
    # In the statement itself, as in `delivery_queue`.
    deliveries.c.status == literal_column("'pending'")
)


def backlog(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many deliveries have not ended, and the time at which the first of them is, or was, due."""
    count, due_at = connection.execute(_BACKLOG).one()
    return count, due_at
