"""Locks of organisations, which serialise the transactions that change an organisation's data."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from oneinvoice_impl.store.tables.records import organisations

# Building a query takes longer than SQLite takes to answer it.
_LOCK = select(organisations.c.id).where(organisations.c.id == bindparam("id")).with_for_update()


def lock(connection: Connection, id: str) -> None:
    """Lock an organisation until the transaction ends; waits for another transaction that holds the lock."""
    connection.execute(_LOCK, {"id": id})
