"""Locks of organisations, which serialise the transactions that change an organisation's data."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, select

from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables.records import organisations

# Not against who adds something that names the organisation.
_LOCK = Prepared(
    select(organisations.c.id).where(organisations.c.id == bindparam("id")).with_for_update(key_share=True)
)


def lock(connection: Connection, id: str) -> None:
    """Lock an organisation until the transaction ends; waits for another transaction that holds the lock."""
    if connection.dialect.name != "sqlite":  # which lets one transaction write at a time
        _LOCK.run(connection, {"id": id})


def lock_all(connection: Connection) -> None:
    """Lock all organisations until the transaction ends; waits for whoever changes data, who then waits for it."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"LOCK TABLE {organisations.name} IN EXCLUSIVE MODE")
