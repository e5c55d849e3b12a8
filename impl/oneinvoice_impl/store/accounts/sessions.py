"""Sessions of users who are logged in, by the digests of their cookies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from oneinvoice_impl.store.accounts.users import Organisation, User
from oneinvoice_impl.store.tables.dashboard import dashboard_sessions, users
from oneinvoice_impl.store.tables.records import organisations

SESSION_LIFE = timedelta(days=14)
SESSION_IDLE = timedelta(hours=24)
TOUCHED_EVERY = timedelta(minutes=10)
"""The exactness of when a session was last seen: writing it with each request would cost more than the page."""


@dataclass(frozen=True, slots=True)
class ValidSession:
    """A session that is valid, and when it was last known to be used."""

    user: User
    seen_at: datetime


def begin_session(connection: Connection, digest: str, user_id: str, at: datetime) -> None:
    """Store a session, and forget those whose time is over."""
    expired = or_(dashboard_sessions.c.expires_at <= at, dashboard_sessions.c.seen_at <= at - SESSION_IDLE)
    connection.execute(delete(dashboard_sessions).where(expired))
    row = {
        "digest": digest,
        "user_id": user_id,
        "created_at": at,
        "seen_at": at,
        "expires_at": at + SESSION_LIFE,
    }
    connection.execute(insert(dashboard_sessions), row)


# Building a query takes longer than SQLite takes to answer it.
_SESSION = (
    select(
        users.c.id,
        users.c.email,
        users.c.organisation_id,
        organisations.c.name,
        organisations.c.kind,
        dashboard_sessions.c.seen_at,
    )
    .select_from(dashboard_sessions)
    .join(users, users.c.id == dashboard_sessions.c.user_id)
    .outerjoin(organisations, organisations.c.id == users.c.organisation_id)
    .where(
        dashboard_sessions.c.digest == bindparam("digest"),
        dashboard_sessions.c.expires_at > bindparam("at"),
        dashboard_sessions.c.seen_at > bindparam("idle_since"),
    )
)


def find_session(connection: Connection, digest: str, at: datetime) -> ValidSession | None:
    """Return the session of that digest; None if there is none, or it is over."""
    values = {"digest": digest, "at": at, "idle_since": at - SESSION_IDLE}
    row = connection.execute(_SESSION, values).one_or_none()
    if row is None:
        return None
    organisation = Organisation(row.organisation_id, row.name, row.kind) if row.organisation_id else None
    return ValidSession(User(row.id, row.email, organisation), row.seen_at)


def touch_session(connection: Connection, digest: str, at: datetime) -> None:
    """Note that a session is used."""
    condition = dashboard_sessions.c.digest == digest
    connection.execute(update(dashboard_sessions).where(condition).values(seen_at=at))


def end_session(connection: Connection, digest: str) -> None:
    """Delete a session."""
    connection.execute(delete(dashboard_sessions).where(dashboard_sessions.c.digest == digest))
