"""The JSON of a record as it is stored beside it, so that a page is joined from what is there already.

Whether an invoice is overdue changes without anybody writing it: what is stored says `unpaid`, and a query puts that
right for the day on which it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any

from sqlalchemy import ColumnElement, Date, Table, bindparam, case, func, literal_column

from oneinvoice_impl.domain import representation
from oneinvoice_impl.store.tables import records

_REPRESENT: Mapping[str, Callable[[Any], dict[str, Any]]] = {
    "members": representation.member,
    "quotes": representation.quote,
    "invoices": partial(representation.invoice, today=date.min),
}
RESOURCES = frozenset(_REPRESENT)
"""The tables whose rows have it."""


def stored_json(table: str, record: Any) -> str:
    """Return what is to be stored beside a record of the table of that name."""
    return representation.to_json(_REPRESENT[table](record))


def with_json(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of the table of that name with its JSON."""
    return {**row, "json": stored_json(table, SimpleNamespace(**row))}


def json_column(table: Table) -> ColumnElement[str]:
    """Return a record's JSON on the day that is bound as `today`, for a query."""
    if table is not records.invoices:
        return table.c.json
    overdue = (table.c.status == literal_column("'sent'")) & (table.c.due_date < bindparam("today", type_=Date))
    late = func.replace(table.c.json, _text(representation.UNPAID_JSON), _text(representation.OVERDUE_JSON))
    return case((overdue, late), else_=table.c.json)


def _text(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")
