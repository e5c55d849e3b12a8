"""Organisations: let one transaction after another change what is theirs."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from oneinvoice_impl.store.tables.records import organisations

# Building a query takes longer than SQLite takes to answer it.
_LOCK = select(organisations.c.id).where(organisations.c.id == bindparam("id")).with_for_update()


def lock(connection: Connection, id: str) -> None:
    """Wait for who has locked it before, and keep others who would out until the transaction ends."""
    connection.execute(_LOCK, {"id": id})
