"""Users of the dashboard, and the organisations that are theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.store.tables.dashboard import users
from oneinvoice_impl.store.tables.dialect import insert_into
from oneinvoice_impl.store.tables.records import organisations


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


def add_organisation(connection: Connection, name: str, kind: str, at: datetime) -> str:
    """Store an organisation that is nobody's yet; return its id."""
    id = new_id("org")
    connection.execute(insert(organisations), {"id": id, "name": name, "kind": kind, "created_at": at})
    return id


def admit(connection: Connection, email: str, organisation_id: str, at: datetime) -> None:
    """Let the user of an address, who is new if need be, into an organisation.

    Raises `IllegalTransition` if the user has one.
    """
    condition = users.c.id == ensure_user(connection, email, at)
    if connection.execute(select(users.c.organisation_id).where(condition).with_for_update()).scalar_one() is not None:
        raise IllegalTransition(f"{email} has an organisation already; give another address.")
    connection.execute(update(users).where(condition).values(organisation_id=organisation_id))


def list_organisations(connection: Connection) -> list[Organisation]:
    """Return all organisations, in the order of their creation."""
    query = select(organisations.c.id, organisations.c.name, organisations.c.kind)
    rows = connection.execute(query.order_by(organisations.c.created_at, organisations.c.id))
    return [Organisation(*row) for row in rows]


def find_organisation(connection: Connection, id: str) -> Organisation | None:
    """Return the organisation of that id."""
    query = select(organisations.c.id, organisations.c.name, organisations.c.kind).where(organisations.c.id == id)
    row = connection.execute(query).one_or_none()
    return None if row is None else Organisation(*row)


def create_organisation(connection: Connection, user_id: str, name: str, kind: str, at: datetime) -> None:
    """Make the organisation of a user who has none; one that is there stays."""
    condition = users.c.id == user_id
    organisation_id = connection.execute(
        select(users.c.organisation_id).where(condition).with_for_update()
    ).scalar_one()
    if organisation_id is None:
        id = add_organisation(connection, name, kind, at)
        connection.execute(update(users).where(condition).values(organisation_id=id))


def ensure_user(connection: Connection, email: str, at: datetime) -> str:
    """Return the id of the user of an address, who is new if need be."""
    row = {"id": new_id("usr"), "email": email, "created_at": at}
    # Two links of a new address may be used at the same moment.
    new = insert_into(connection, users).values(row)
    connection.execute(new.on_conflict_do_nothing(index_elements=["email"]))
    return str(connection.execute(select(users.c.id).where(users.c.email == email)).scalar_one())
