"""An organisation's quotes and invoices, to be changed within a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, func, insert, select, update

from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.tables import records

R = TypeVar("R", Quote, Invoice)

_TABLES: dict[type[Quote | Invoice], Table] = {Quote: records.quotes, Invoice: records.invoices}
_INSERTS = {kind: Prepared(insert(table)) for kind, table in _TABLES.items()}


@dataclass(frozen=True, slots=True)
class DocumentRepository:
    """The quotes and invoices of one organisation. A record that is read here is locked until the transaction ends."""

    connection: Connection
    organisation_id: str

    def find(self, kind: type[R], id: str) -> R | None:
        """Return the record of that id."""
        table = _TABLES[kind]
        return self._first(kind, table.c.id == id)

    def oldest(self, kind: type[R], status: str) -> R | None:
        """Return the first created of that status."""
        table = _TABLES[kind]
        return self._first(kind, table.c.status == status)

    def invoice_of(self, quote: Quote) -> str | None:
        """Return the id of the invoice that a quote was made into."""
        query = select(records.invoices.c.id).where(
            records.invoices.c.organisation_id == self.organisation_id, records.invoices.c.quote_id == quote.id
        )
        return self.connection.execute(query).scalar()

    def next_position(self, kind: type[Quote | Invoice]) -> int:
        """Return the number of the organisation's next record of a kind, from 1 on; nobody else gets it meanwhile."""
        organisations.lock(self.connection, self.organisation_id)
        table = _TABLES[kind]
        count = select(func.count()).where(table.c.organisation_id == self.organisation_id)
        return int(self.connection.execute(count).scalar_one()) + 1

    def add(self, record: Quote | Invoice) -> None:
        """Store a new record."""
        _INSERTS[type(record)].run(self.connection, _row(record))

    def replace(self, record: Quote | Invoice) -> None:
        """Store the new state of a record."""
        table = _TABLES[type(record)]
        condition = (table.c.organisation_id == self.organisation_id) & (table.c.id == record.id)
        self.connection.execute(update(table).where(condition), _row(record))

    def _first(self, kind: type[R], condition: ColumnElement[bool]) -> R | None:
        table = _TABLES[kind]
        query = select(table).where(table.c.organisation_id == self.organisation_id, condition)
        query = query.order_by(table.c.created_at, table.c.id).limit(1).with_for_update()
        row = self.connection.execute(query).mappings().first()
        return kind(**row) if row else None


def _row(record: Quote | Invoice) -> dict[str, Any]:
    # dataclasses.asdict copies deeply, which takes longer than the database.
    return {name: getattr(record, name) for name in record.__slots__}
