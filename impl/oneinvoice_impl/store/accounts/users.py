"""Who may use the dashboard: users, the links that log them in, and their sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, bindparam, delete, insert, or_, select, update

from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.store.dialect import insert_into
from oneinvoice_impl.store.tables.dashboard import dashboard_sessions, login_links, users
from oneinvoice_impl.store.tables.records import organisations

LINK_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=14)
SESSION_IDLE = timedelta(hours=24)
SEEN_EVERY = timedelta(minutes=10)
"""How exactly it is known when a session was last seen: writing it with each request would cost more than the page."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation; `kind` is company or association."""

    id: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who can log in; without an organisation until the first login has made one."""

    id: str
    email: str
    organisation: Organisation | None


@dataclass(frozen=True, slots=True)
class FoundSession:
    """A session that is valid, and when it was last known to be used."""

    user: User
    seen_at: datetime


def add_link(connection: Connection, digest: str, email: str, at: datetime) -> None:
    """Store a link that was made for an address, and forget those whose time is over."""
    connection.execute(delete(login_links).where(login_links.c.expires_at <= at))
    row = {"digest": digest, "email": email, "created_at": at, "expires_at": at + LINK_LIFE}
    connection.execute(insert(login_links), row)


def is_link(connection: Connection, digest: str, at: datetime) -> bool:
    """Whether there is such a link that can still be used."""
    query = select(login_links.c.digest).where(_usable(digest, at))
    return connection.execute(query).first() is not None


def use_link(connection: Connection, digest: str, at: datetime) -> str | None:
    """The id of the user whose link that is, who is new if need be; None if it can't be used (any more).

    The link is used up.
    """
    used = update(login_links).where(_usable(digest, at)).values(used_at=at).returning(login_links.c.email)
    email = connection.execute(used).scalar()
    return None if email is None else _user_of(connection, email, at)


def begin_session(connection: Connection, digest: str, user_id: str, at: datetime) -> None:
    """Store a session, and forget those whose time is over."""
    over = or_(dashboard_sessions.c.expires_at <= at, dashboard_sessions.c.seen_at <= at - SESSION_IDLE)
    connection.execute(delete(dashboard_sessions).where(over))
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


def find_session(connection: Connection, digest: str, at: datetime) -> FoundSession | None:
    """The session of that digest; None if there is none, or it is over."""
    values = {"digest": digest, "at": at, "idle_since": at - SESSION_IDLE}
    row = connection.execute(_SESSION, values).one_or_none()
    if row is None:
        return None
    organisation = Organisation(row.organisation_id, row.name, row.kind) if row.organisation_id else None
    return FoundSession(User(row.id, row.email, organisation), row.seen_at)


def saw_session(connection: Connection, digest: str, at: datetime) -> None:
    """Note that a session is used."""
    own = dashboard_sessions.c.digest == digest
    connection.execute(update(dashboard_sessions).where(own).values(seen_at=at))


def end_session(connection: Connection, digest: str) -> None:
    """Nobody can use it any more."""
    connection.execute(delete(dashboard_sessions).where(dashboard_sessions.c.digest == digest))


def found_organisation(connection: Connection, user_id: str, name: str, kind: str, at: datetime) -> None:
    """Make the organisation of a user who has none; one that is there stays."""
    own = users.c.id == user_id
    has = connection.execute(select(users.c.organisation_id).where(own).with_for_update()).scalar_one()
    if has is None:
        id = new_id("org")
        connection.execute(insert(organisations), {"id": id, "name": name, "kind": kind, "created_at": at})
        connection.execute(update(users).where(own).values(organisation_id=id))


def _usable(digest: str, at: datetime) -> ColumnElement[bool]:
    return (login_links.c.digest == digest) & login_links.c.used_at.is_(None) & (login_links.c.expires_at > at)


def _user_of(connection: Connection, email: str, at: datetime) -> str:
    row = {"id": new_id("usr"), "email": email, "created_at": at}
    # Two links of a new address may be used at the same moment.
    new = insert_into(connection, users).values(row)
    connection.execute(new.on_conflict_do_nothing(index_elements=["email"]))
    return str(connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one())
