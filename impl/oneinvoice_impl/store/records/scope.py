"""The one way to an organisation's records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, bindparam, func, select

from oneinvoice_impl.store.tables import records


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: at most `limit` records from position `offset` on, of one status if that is given."""

    limit: int
    offset: int
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of records, and how many there are in all."""

    rows: Sequence[Row[Any]]
    total: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The records that one organisation may read. A key leads to a scope, and it alone to records: none escapes it."""

    organisation_id: str

    def members(self, connection: Connection, page: Page) -> Listing:
        """Return one page of its members."""
        return self._list(connection, records.members, page)

    def quotes(self, connection: Connection, page: Page) -> Listing:
        """Return one page of its quotes."""
        return self._list(connection, records.quotes, page)

    def invoices(self, connection: Connection, page: Page) -> Listing:
        """Return one page of its invoices."""
        return self._list(connection, records.invoices, page)

    def _list(self, connection: Connection, table: Table, page: Page) -> Listing:
        count, records = _queries(table, filtered=page.status is not None)
        values = {"organisation_id": self.organisation_id, "status": page.status}
        total = connection.execute(count, values).scalar_one()
        rows = connection.execute(records, values | {"limit": page.limit, "offset": page.offset}).all()
        return Listing(rows, total)


# Building a query takes longer than SQLite takes to answer it.
@cache
def _queries(table: Table, *, filtered: bool) -> tuple[Select[Any], Select[Any]]:
    """Return the queries that count an organisation's records, and read a page of them."""
    condition = table.c.organisation_id == bindparam("organisation_id")
    if filtered:
        condition &= table.c.status == bindparam("status")
    page = select(table).where(condition).order_by(table.c.created_at, table.c.id)
    return (
        select(func.count()).select_from(table).where(condition),
        page.limit(bindparam("limit")).offset(bindparam("offset")),
    )
