"""The JSON of a record as it is stored beside it, so that a page is joined from what is there already.

Whether an invoice is overdue changes without anybody writing it: what is stored says `unpaid`, and a query puts that
right for the day on which it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import ColumnElement, Date, Table, bindparam, case, func, literal_column
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

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


class _Utf8(FunctionElement[bytes]):
    """Text as the bytes that SQLite keeps it as: to be read as text, and written again, would take as long as to find.

    Of PostgreSQL it is text still.
    """

    inherit_cache = True


@compiles(_Utf8)
def _as_text(element: _Utf8, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_Utf8, "sqlite")
def _as_bytes(element: _Utf8, compiler: SQLCompiler, **options: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **options)} AS BLOB)"


def join_json(texts: Sequence[bytes | str]) -> bytes:
    """Return what a query of `json_column` gave, joined by commas."""
    if texts and isinstance(texts[0], bytes):
        return b",".join(cast(Sequence[bytes], texts))
    return ",".join(cast(Sequence[str], texts)).encode()


def json_column(table: Table) -> ColumnElement[bytes]:
    """Return a record's JSON on the day that is bound as `today`, for a query whose rows `join_json` joins."""
    return _Utf8(_json_today(table))


def _json_today(table: Table) -> ColumnElement[str]:
    if table is not records.invoices:
        return table.c.json
    overdue = (table.c.status == literal_column("'sent'")) & (table.c.due_date < bindparam("today", type_=Date))
    late = func.replace(table.c.json, _text(representation.UNPAID_JSON), _text(representation.OVERDUE_JSON))
    return case((overdue, late), else_=table.c.json)


def _text(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'")
