"""The one way to an organisation's records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Integer, Select, Table, bindparam, case, func, select
from sqlalchemy.exc import DBAPIError

from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records.counts import Counts, total
from oneinvoice_impl.store.records.stored_json import json_column
from oneinvoice_impl.store.tables import records
from oneinvoice_impl.store.tables.metadata import metadata

Resource = Literal["members", "quotes", "invoices"]

NEAR = 1_000
"""Records that are passed over at most on the way to a page that is read at once."""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list: at most `limit` records from position `offset` on, of one status if that is given."""

    limit: int
    offset: int
    status: str | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of records, each as its JSON (see `join_json`), and how many there are in all."""

    records: Sequence[bytes | str]
    total: int


@dataclass(frozen=True, slots=True)
class Scope:
    """The records that one organisation may read. A key leads to a scope, and it alone to records: none escapes it.

    `counts` are the organisation's numbers of records when the key was found.
    """

    organisation_id: str
    counts: Counts = field(repr=False)

    def list(self, connection: Connection, resource: Resource, page: Page, today: date) -> Listing:
        """Return one page of its records; whether invoices are overdue depends on `today`, the date in UTC."""
        return self._list(connection, metadata.tables[resource], page, today)

    def is_near(self, resource: Resource, page: Page) -> bool:
        """Tell whether few records are passed over on the way to a page from the end that is nearer."""
        after = total(self.counts, resource, page.status) - page.offset - page.limit
        return page.offset <= NEAR or after <= NEAR

    def _list(self, connection: Connection, table: Table, page: Page, today: date) -> Listing:
        count = total(self.counts, table.name, page.status)
        queries = _queries(table, filtered=page.status is not None)
        values: Mapping[str, Any] = {
            "organisation_id": self.organisation_id,
            "status": page.status,
            "today": today,
            "limit": page.limit,
            "offset": page.offset,
            "resource": table.name,
        }
        if page.offset <= NEAR:
            found = queries.near.run(connection, values).fetchall()
        elif page.offset >= count:
            found = []
        elif page.offset <= count - page.offset - page.limit:
            found = queries.forwards.run(connection, values).fetchall()
        else:
            found = queries.backwards.run(connection, values).fetchall()[::-1]
        return Listing([json for (json,) in found], count)


@dataclass(slots=True)
class PageQuery:
    """A request for a page, which may be read ahead: with the look-up of the key whose scope it is then read by."""

    resource: Resource
    page: Page
    today: date
    _ahead: tuple[Scope, Listing] | None = None

    def is_near(self, scope: Scope) -> bool:
        """Tell whether it is read in little time."""
        return scope.is_near(self.resource, self.page)

    def read(self, connection: Connection, scope: Scope) -> Listing:
        """Return the page."""
        return scope.list(connection, self.resource, self.page, self.today)

    def read_ahead(self, connection: Connection, scope: Scope) -> None:
        """Read the page for `read_by`. What fails will fail again where it is answered for."""
        with suppress(DBAPIError):
            self._ahead = (scope, self.read(connection, scope))

    def read_by(self, scope: Scope) -> Listing | None:
        """Return the page if it was read ahead by this very scope."""
        return self._ahead[1] if self._ahead is not None and self._ahead[0] is scope else None


@dataclass(frozen=True, slots=True)
class _Queries:
    """Queries of the same page, each the quickest somewhere."""

    near: Prepared
    forwards: Prepared
    backwards: Prepared


# Building a query takes longer than SQLite takes to answer it.
@cache
def _queries(table: Table, *, filtered: bool) -> _Queries:
    """Return the queries that read a page of an organisation's records."""
    condition = table.c.organisation_id == bindparam("organisation_id")
    counted = records.record_counts.c.organisation_id == bindparam("organisation_id")
    counted &= records.record_counts.c.resource == bindparam("resource")
    if filtered:
        condition &= table.c.status == bindparam("status")
        counted &= records.record_counts.c.status == bindparam("status")
    limit, offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
    forwards = (table.c.created_at, table.c.id)
    backwards = [column.desc() for column in forwards]
    # In the statement itself: what came or went since the key was found would move the page.
    count = select(func.coalesce(func.sum(records.record_counts.c.records), 0)).where(counted).scalar_subquery()
    left = _at_least_0(count - offset)
    near = select(json_column(table)).where(condition).order_by(*forwards).limit(limit).offset(offset)
    ids = select(table.c.id).where(condition)
    return _Queries(
        Prepared(near),
        Prepared(_of(table, ids.order_by(*forwards).limit(limit).offset(offset), forwards)),
        Prepared(
            _of(
                table,
                ids.order_by(*backwards)
                .limit(case((left < limit, left), else_=limit))
                .offset(_at_least_0(count - offset - limit)),
                backwards,
            )
        ),
    )


def _of(table: Table, ids: Select[Any], order: Sequence[Any]) -> Select[Any]:
    # Of what is passed over, PostgreSQL reads just the index so.
    page = ids.subquery()
    return select(json_column(table)).join(page, page.c.id == table.c.id).order_by(*order)


def _at_least_0(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return case((value > 0, value), else_=0)
