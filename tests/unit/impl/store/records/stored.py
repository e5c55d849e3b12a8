"""What is stored twice, held against what it was made from: the JSON of records, and how many there are."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from oneinvoice_impl.domain import representation
from oneinvoice_impl.store.tables import records
from sqlalchemy import Connection, func, select

TABLES = (records.members, records.quotes, records.invoices)
DAYS = (date(1990, 1, 1), date(2026, 4, 2), date(2099, 12, 31))
"""On the first no invoice is overdue, on the last all are that were sent and not paid."""


def differences(connection: Connection) -> list[str]:
    """Return what is stored otherwise than it should be."""
    return [*_json(connection), *_counts(connection)]


def represented(table: str, row: Any, today: date) -> dict[str, Any]:
    """Return what the API gives for a row, made anew."""
    if table == "invoices":
        return representation.invoice(row, today)
    return representation.quote(row) if table == "quotes" else representation.member(row)


def _json(connection: Connection) -> list[str]:
    return [
        f"the JSON of {table.name} {row.id}"
        for table in TABLES
        for row in connection.execute(select(table))
        if row.json != representation.to_json(represented(table.name, row, date.min))
        or json.loads(row.json)["id"] != row.id
    ]


def _counts(connection: Connection) -> list[str]:
    kept = {
        (row.organisation_id, row.resource, row.status): row.records
        for row in connection.execute(select(records.record_counts))
        if row.records
    }
    counted = {
        (owner, table.name, status): number
        for table in TABLES
        for owner, status, number in connection.execute(
            select(table.c.organisation_id, table.c.status, func.count()).group_by(
                table.c.organisation_id, table.c.status
            )
        )
    }
    return [
        f"the number of {' '.join(key)}: {kept.get(key)}, not {counted.get(key)}"
        for key in sorted({*kept, *counted})
        if kept.get(key) != counted.get(key)
    ]
