"""Links that log somebody in, by the digests of what they carry."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from oneinvoice_impl.store.accounts.users import ensure_user
from oneinvoice_impl.store.tables.dashboard import login_links

LINK_LIFE = timedelta(minutes=15)


def add_link(connection: Connection, digest: str, email: str, at: datetime) -> None:
    """Store a link that was made for an address, and forget those whose time is over."""
    connection.execute(delete(login_links).where(login_links.c.expires_at <= at))
    row = {"digest": digest, "email": email, "created_at": at, "expires_at": at + LINK_LIFE}
    connection.execute(insert(login_links), row)


def is_usable_link(connection: Connection, digest: str, at: datetime) -> bool:
    """Tell whether there is such a link that can still be used."""
    query = select(login_links.c.digest).where(_usable(digest, at))
    return connection.execute(query).first() is not None


def redeem_link(connection: Connection, digest: str, at: datetime) -> str | None:
    """Return the id of the user whose link that is, who is new if need be; None if it can't be used (any more).

    The link is used up.
    """
    redeemed = update(login_links).where(_usable(digest, at)).values(used_at=at).returning(login_links.c.email)
    email = connection.execute(redeemed).scalar()
    return None if email is None else ensure_user(connection, email, at)


def _usable(digest: str, at: datetime) -> ColumnElement[bool]:
    return (login_links.c.digest == digest) & login_links.c.used_at.is_(None) & (login_links.c.expires_at > at)
