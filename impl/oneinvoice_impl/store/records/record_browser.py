"""An organisation's records as people look through them: counts, pages with the newest first, and one by one.

Every query here takes its rows from an index in their order, and a deep page from the end that is nearer, so that none
of them grows with what it doesn't show. Only invoices that are overdue are counted over an index as a whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, Table, bindparam, func, select

from oneinvoice_impl.store.records.counts import read_counts, total
from oneinvoice_impl.store.tables import records

RecordKind = Literal["members", "quotes", "invoices"]

ALL_STATUSES = ""
"""Stands for all statuses together."""

_TABLES: dict[RecordKind, Table] = {"members": records.members, "quotes": records.quotes, "invoices": records.invoices}


@dataclass(frozen=True, slots=True)
class Slice:
    """`limit` of `total` records, from position `offset` on."""

    offset: int
    limit: int
    total: int


@dataclass(frozen=True, slots=True)
class RecordBrowser:
    """The records of one organisation, to look through."""

    organisation_id: str

    def totals(self, connection: Connection) -> dict[RecordKind, int]:
        """Return how many there are of each kind."""
        kept = read_counts(connection, self.organisation_id)
        return {kind: total(kept, kind) for kind in _TABLES}

    def counts(self, connection: Connection, kind: RecordKind, statuses: Collection[str]) -> dict[str, int]:
        """Return how many there are of each status; of `ALL_STATUSES`, together."""
        kept = read_counts(connection, self.organisation_id)
        counts = {each: total(kept, kind, each) for each in statuses}
        return {ALL_STATUSES: sum(counts.values()), **counts}

    def newest(
        self, connection: Connection, kind: RecordKind, part: Slice, status: str | None = None
    ) -> Sequence[Row[Any]]:
        """Return part of the records, the newest first; of one status if that is given."""
        queries = _listed(_TABLES[kind], filtered=status is not None)
        return _part(connection, queries, part, {"organisation_id": self.organisation_id, "status": status})

    def overdue_count(self, connection: Connection, today: date) -> int:
        """Return how many invoices were sent, are not paid, and were due before `today` (UTC)."""
        values = {"organisation_id": self.organisation_id, "today": today}
        return int(connection.execute(_overdue_count(), values).scalar_one())

    def overdue(self, connection: Connection, part: Slice, today: date) -> Sequence[Row[Any]]:
        """Return part of those invoices, the longest overdue first."""
        return _part(connection, _overdue(), part, {"organisation_id": self.organisation_id, "today": today})

    def one(self, connection: Connection, kind: RecordKind, id: str) -> Row[Any] | None:
        """Return the record of that id."""
        return connection.execute(
            _one(_TABLES[kind]), {"organisation_id": self.organisation_id, "id": id}
        ).one_or_none()

    def invoice_of_quote(self, connection: Connection, quote_id: str) -> Row[Any] | None:
        """Return the invoice that a quote was made into."""
        values = {"organisation_id": self.organisation_id, "quote_id": quote_id}
        return connection.execute(_invoice_of_quote(), values).one_or_none()


@dataclass(frozen=True, slots=True)
class _Queries:
    """The same records from both ends."""

    forwards: Select[Any]
    backwards: Select[Any]


def _part(connection: Connection, queries: _Queries, part: Slice, values: Mapping[str, Any]) -> Sequence[Row[Any]]:
    limit = max(0, min(part.limit, part.total - part.offset))
    after = part.total - part.offset - limit
    if part.offset <= after:
        bounds = {"limit": limit, "offset": part.offset}
        return connection.execute(queries.forwards, {**values, **bounds}).all()
    bounds = {"limit": limit, "offset": after}
    return connection.execute(queries.backwards, {**values, **bounds}).all()[::-1]


# Building a query takes longer than SQLite takes to answer it.
@cache
def _listed(table: Table, *, filtered: bool) -> _Queries:
    condition = table.c.organisation_id == bindparam("organisation_id")
    if filtered:
        condition &= table.c.status == bindparam("status")
    order = (table.c.created_at, table.c.id)
    return _both_ways(table, select(table.c.id).where(condition), [column.desc() for column in order], order)


@cache
def _overdue() -> _Queries:
    table = records.invoices
    order = (table.c.due_date, table.c.id)
    ids = select(table.c.id).where(*_is_overdue())
    return _both_ways(table, ids, order, [column.desc() for column in order])


@cache
def _overdue_count() -> Select[Any]:
    return select(func.count()).select_from(records.invoices).where(*_is_overdue())


def _is_overdue() -> tuple[Any, ...]:
    table = records.invoices
    condition = table.c.organisation_id == bindparam("organisation_id")
    return condition, records.AWAITS_PAYMENT, table.c.due_date < bindparam("today")


def _both_ways(table: Table, ids: Select[Any], forwards: Sequence[Any], backwards: Sequence[Any]) -> _Queries:
    def query(order: Sequence[Any]) -> Select[Any]:
        # Of what is passed over, PostgreSQL reads just the index so.
        page = ids.order_by(*order).limit(bindparam("limit")).offset(bindparam("offset")).subquery()
        return select(table).join(page, page.c.id == table.c.id).order_by(*order)

    return _Queries(query(forwards), query(backwards))


@cache
def _one(table: Table) -> Select[Any]:
    condition = (table.c.organisation_id == bindparam("organisation_id")) & (table.c.id == bindparam("id"))
    return select(table).where(condition)


@cache
def _invoice_of_quote() -> Select[Any]:
    table = records.invoices
    condition = (table.c.organisation_id == bindparam("organisation_id")) & (table.c.quote_id == bindparam("quote_id"))
    return select(table.c.id, table.c.number, table.c.created_at).where(condition)
