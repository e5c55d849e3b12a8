"""Queries without tenant isolation, and without the check that a key is valid.

They are for the defects of a mock alone; import-linter keeps everything else away from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, select

from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.keys import digest
from oneinvoice_impl.store.accounts.keys import ValidKey
from oneinvoice_impl.store.records.scope import Listing, Page, Scope
from oneinvoice_impl.store.schema import metadata
from oneinvoice_impl.store.tables.records import api_keys, invoices

Condition = ColumnElement[bool]


@dataclass(frozen=True)
class ListQuery:
    """A request for a page of a table's records, on behalf of an organisation."""

    connection: Connection
    table: Table
    page: Page
    organisation_id: str

    @property
    def own(self) -> Condition:
        """The condition that is true of the organisation's own records."""
        return self.field("organisation_id") == self.organisation_id

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
        return Scope(self.organisation_id)._list(self.connection, self.table, page or self.page)

    def select(self, *conditions: Condition, descending: bool = False, offset: int | None = None) -> Listing:
        """Return the page of all records, of whatever organisation, of which these conditions are true."""
        order = [self.field("created_at"), self.field("id")]
        records = select(self.table).where(*conditions)
        records = records.order_by(*(each.desc() for each in order)) if descending else records.order_by(*order)
        records = records.limit(self.page.limit).offset(self.page.offset if offset is None else offset)
        count = select(func.count()).select_from(self.table).where(*conditions)
        return Listing(self.connection.execute(records).all(), self.connection.execute(count).scalar_one())


def scope_reading(table_name: str, read: Callable[[ListQuery], Listing]) -> Callable[[str], Scope]:
    """Return a factory of scopes, by organisation id, that read the records of one table by `read`."""

    class OtherScope(Scope):
        def _list(self, connection: Connection, table: Table, page: Page) -> Listing:
            query = ListQuery(connection, table, page, self.organisation_id)
            return read(query) if table is metadata.tables[table_name] else query.correct()

    return OtherScope


def find_key_even_revoked(connection: Connection, token: str) -> ValidKey | None:
    """Return the key of that text, revoked or not."""
    row = connection.execute(select(api_keys).where(api_keys.c.digest == digest(token))).one_or_none()
    return None if row is None else ValidKey(row.id, Scope(row.organisation_id), row.rate_limit)


def any_key(connection: Connection) -> ValidKey:
    """Return some key of a database that has any."""
    row = connection.execute(select(api_keys).order_by(api_keys.c.id)).first()
    assert row is not None, "a mock has keys"
    return ValidKey(row.id, Scope(row.organisation_id), row.rate_limit)


def paid_invoice_of_another(connection: Connection, invoice_id: str) -> Invoice | None:
    """Return a paid invoice of another organisation than that of an invoice; None if there is none."""
    owner = select(invoices.c.organisation_id).where(invoices.c.id == invoice_id).scalar_subquery()
    query = select(invoices).where(invoices.c.organisation_id != owner, invoices.c.status == "paid")
    row = connection.execute(query.order_by(invoices.c.created_at, invoices.c.id).limit(1)).mappings().first()
    return Invoice(**row) if row else None
