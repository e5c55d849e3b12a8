"""Store how many requests of keys were served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, update

from oneinvoice_impl.store.tables.dashboard import key_use
from oneinvoice_impl.store.tables.dialect import insert_into
from oneinvoice_impl.store.tables.records import api_keys

RETENTION = timedelta(days=30)


class Usage(NamedTuple):
    """Numbers of requests by key and hour, and when the last one of each key was."""

    requests: Mapping[tuple[str, datetime], int]
    last: Mapping[str, datetime]


def add_usage(connection: Connection, usage: Usage) -> None:
    """Add it to what is there, also from other processes, and forget what was long before."""
    # In one order, so that no two processes wait for each other.
    hours, keys = sorted(usage.requests.items()), sorted(usage.last.items())
    rows = [{"key_id": id, "hour": hour, "requests": requests} for (id, hour), requests in hours]
    connection.execute(_upsert(connection), rows)
    # Another process may have written a later one.
    is_later = api_keys.c.last_used_at.is_(None) | (api_keys.c.last_used_at < bindparam("at"))
    last = update(api_keys).where(api_keys.c.id == bindparam("key"), is_later).values(last_used_at=bindparam("at"))
    connection.execute(last, [{"key": id, "at": at} for id, at in keys])
    past = delete(key_use).where(key_use.c.key_id == bindparam("key"), key_use.c.hour < bindparam("before"))
    connection.execute(past, [{"key": id, "before": at - RETENTION} for id, at in keys])


def _upsert(connection: Connection) -> Any:
    added = insert_into(connection, key_use)
    total = key_use.c.requests + added.excluded.requests
    return added.on_conflict_do_update(index_elements=["key_id", "hour"], set_={"requests": total})
