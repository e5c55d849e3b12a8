"""Changes of the API that were announced, to everybody alike."""

from __future__ import annotations

import json
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, bindparam, select

from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.store.tables.dashboard import announcements
from oneinvoice_impl.store.tables.dialect import insert_into

_MOST_PAST = 50

_ALL = select(*(column for column in announcements.columns if column.name != "created_at"))
_UPCOMING = _ALL.where(announcements.c.effective_on >= bindparam("today")).order_by(
    announcements.c.effective_on, announcements.c.id
)


def upcoming(connection: Connection, today: date) -> list[Announcement]:
    """Return the changes that take effect today or later, the next first."""
    return [_read(row) for row in connection.execute(_UPCOMING, {"today": today}).mappings()]


def past(connection: Connection, today: date) -> list[Announcement]:
    """Return the latest changes that took effect before today, the last first."""
    query = _ALL.where(announcements.c.effective_on < today)
    query = query.order_by(announcements.c.effective_on.desc(), announcements.c.id).limit(_MOST_PAST)
    return [_read(row) for row in connection.execute(query).mappings()]


def find(connection: Connection, id: str) -> Announcement | None:
    """Return the one of that id."""
    row = connection.execute(_ALL.where(announcements.c.id == id)).mappings().one_or_none()
    return None if row is None else _read(row)


def add(connection: Connection, announcement: Announcement, at: datetime) -> bool:
    """Store it; False if there is one of that id, which then stays as it is."""
    row = {
        "id": announcement.id,
        "title": announcement.title,
        "effective_on": announcement.effective_on,
        "link": announcement.link,
        "text": announcement.text,
        "level": announcement.level,
        "operations": json.dumps(announcement.operations),
        "events": json.dumps(announcement.events),
        "created_at": at,
    }
    # The same form may be sent twice at the same moment: the second waits here for the first.
    new = insert_into(connection, announcements).values(row).on_conflict_do_nothing(index_elements=["id"])
    return connection.execute(new.returning(announcements.c.id)).first() is not None


def _read(row: RowMapping) -> Announcement:
    lists = {name: tuple(json.loads(row[name])) for name in ("operations", "events")}
    return Announcement(**{**row, **lists})
