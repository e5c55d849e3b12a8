"""The one way to an organisation's records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any, Literal, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Table, bindparam, func, select
from sqlalchemy.exc import DBAPIError

from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records.counts import Counts, total
from oneinvoice_impl.store.records.stored_json import json_column
from oneinvoice_impl.store.tables import records
from oneinvoice_impl.store.tables.metadata import metadata

Resource = Literal["members", "quotes", "invoices"]

NEAR = 1_000
"""Records that are passed over at most on the way to a page that is read at once."""
_TRIES = 4


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
        elif page.offset > count - page.offset - page.limit and (
            listing := _from_end(connection, queries, values, count)
        ):
            return listing
        else:
            found = queries.forwards.run(connection, values).fetchall()
        return Listing([json for (json,) in found], count)


def _from_end(connection: Connection, queries: _Queries, values: Mapping[str, Any], count: int) -> Listing | None:
    """Return a page that is found from the end of a list of `count` records; None if that changes all the time."""
    offset, limit = values["offset"], values["limit"]
    for _ in range(_TRIES):
        bounds = {"limit": min(limit, count - offset), "offset": max(0, count - offset - limit)}
        found = queries.backwards.run(connection, {**values, **bounds}).fetchall()
        # As many as there were while it was read: what came or went since they were counted has moved the page.
        count_then = int(found[0][1]) if found else 0
        if count_then == count:
            return Listing([json for json, _ in reversed(found)], count)
        count = count_then
        if count <= offset:
            break
    return None


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


class _Queries(NamedTuple):
    """Queries of the same page, each the quickest somewhere; the last one says how many records there are, too."""

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
    limit, offset = bindparam("limit", type_=BigInteger), bindparam("offset", type_=BigInteger)
    forwards = (table.c.created_at, table.c.id)
    count = select(func.sum(records.record_counts.c.records)).where(counted).scalar_subquery()
    near = select(json_column(table)).where(condition).order_by(*forwards).limit(limit).offset(offset)

    def far(order: Sequence[Any], *more: ColumnElement[Any]) -> Prepared:
        # Of what is passed over, PostgreSQL reads just the index so.
        page = select(table.c.id).where(condition).order_by(*order).limit(limit).offset(offset).subquery()
        found = select(json_column(table), *more).join(page, page.c.id == table.c.id).order_by(*order)
        return Prepared(found)

    return _Queries(Prepared(near), far(forwards), far([column.desc() for column in forwards], count))
