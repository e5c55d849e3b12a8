"""Queries without tenant isolation, and without the check that a key is valid.

They are for the defects of a mock alone; import-linter keeps everything else away from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.store.accounts.keys import ValidKey, find_key
from oneinvoice_impl.store.records.scope import Listing, Page, Scope
from oneinvoice_impl.store.records.stored_json import json_column
from oneinvoice_impl.store.schema import metadata
from oneinvoice_impl.store.tables.records import api_keys, invoices

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class ListQuery:
    """A request for a page of a table's records, on behalf of an organisation."""

    connection: Connection
    table: Table
    page: Page
    scope: Scope
    today: date

    @property
    def own(self) -> Condition:
        """The condition that is true of the organisation's own records."""
        return self.field("organisation_id") == self.scope.organisation_id

    @property
    def filtered(self) -> list[Condition]:
        """The condition that is true of the records of the status that was asked for; empty if none was."""
        return [] if self.page.status is None else [self.field("status") == self.page.status]

    @property
    def database(self) -> object:
        """The same for all queries to one database."""
        return self.connection.engine

    def field(self, name: str) -> ColumnElement[Any]:
        """Return a column, to build conditions of."""
        return self.table.c[name]

    def correct(self, page: Page | None = None) -> Listing:
        """Return the listing that the reference implementation gives, for this page or another."""
        own = Scope(self.scope.organisation_id, self.scope.counts)
        return own._list(self.connection, self.table, page or self.page, self.today)

    def select(self, *conditions: Condition, descending: bool = False, offset: int | None = None) -> Listing:
        """Return the page of all records, of whatever organisation, of which these conditions are true."""
        order = [self.field("created_at"), self.field("id")]
        records = select(json_column(self.table)).where(*conditions)
        records = records.order_by(*(each.desc() for each in order)) if descending else records.order_by(*order)
        records = records.limit(self.page.limit).offset(self.page.offset if offset is None else offset)
        count = select(func.count()).select_from(self.table).where(*conditions)
        found = self.connection.execute(records, {"today": self.today}).scalars().all()
        return Listing(found, self.connection.execute(count).scalar_one())


def scope_reading(table_name: str, read: Callable[[ListQuery], Listing]) -> Callable[[Scope], Scope]:
    """Return a function that makes of a scope one that reads the records of one table by `read`."""

    class OtherScope(Scope):
        def _list(self, connection: Connection, table: Table, page: Page, today: date) -> Listing:
            query = ListQuery(connection, table, page, self, today)
            return read(query) if table is metadata.tables[table_name] else query.correct()

    return lambda scope: OtherScope(scope.organisation_id, scope.counts)


def find_key_even_revoked(connection: Connection, token: str) -> ValidKey | None:
    """Return the key of that text, revoked or not."""
    return find_key(connection, digest(token), even_revoked=True)


def any_key(connection: Connection) -> ValidKey:
    """Return some key of a database that has any."""
    some = connection.execute(select(api_keys.c.digest).order_by(api_keys.c.id)).scalars().first()
    key = some and find_key(connection, some, even_revoked=True)
    assert key, "a mock has keys"
    return key


def paid_invoice_of_another(connection: Connection, invoice_id: str) -> Invoice | None:
    """Return a paid invoice of another organisation than that of an invoice; None if there is none."""
    owner = select(invoices.c.organisation_id).where(invoices.c.id == invoice_id).scalar_subquery()
    columns = (invoices.c[field.name] for field in fields(Invoice))
    query = select(*columns).where(invoices.c.organisation_id != owner, invoices.c.status == "paid")
    row = connection.execute(query.order_by(invoices.c.created_at, invoices.c.id).limit(1)).mappings().first()
    return Invoice(**row) if row else None
