"""Numbers of an organisation's records by their status, kept in the transaction that changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Dialect, bindparam, select

from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables.dialect import insert_into
from oneinvoice_impl.store.tables.records import record_counts

Counts = Mapping[tuple[str, str], int]
"""Numbers of records by resource, such as `members`, and status; what is not there is 0."""

_COUNTS = Prepared(
    select(record_counts.c.resource, record_counts.c.status, record_counts.c.records).where(
        record_counts.c.organisation_id == bindparam("organisation_id")
    )
)
_ADD: dict[type[Dialect], Prepared] = {}


def read_counts(connection: Connection, organisation_id: str) -> Counts:
    """Return an organisation's."""
    rows = _COUNTS.run(connection, {"organisation_id": organisation_id})
    return {(resource, status): records for resource, status, records in rows}


def total(counts: Counts, resource: str, status: str | None = None) -> int:
    """Return how many records of a resource there are, of one status or of all."""
    if status is not None:
        return counts.get((resource, status), 0)
    return sum(records for (each, _), records in counts.items() if each == resource)


def count(connection: Connection, organisation_id: str, resource: str, changes: Mapping[str, int]) -> None:
    """Add to the numbers of a resource, by status. Other transactions of the organisation wait, or hold its lock."""
    # In one order, so that no two transactions wait for each other.
    for status, records in sorted(changes.items()):
        if records:
            values = {"organisation_id": organisation_id, "resource": resource, "status": status, "records": records}
            _add(connection).run(connection, values)


def _add(connection: Connection) -> Prepared:
    kind = type(connection.dialect)
    if kind not in _ADD:
        added: Any = insert_into(connection, record_counts)
        records = record_counts.c.records + added.excluded.records
        keys = [column.name for column in record_counts.primary_key]
        _ADD[kind] = Prepared(added.on_conflict_do_update(index_elements=keys, set_={"records": records}))
    return _ADD[kind]
