"""An organisation's quotes and invoices, to be changed within a transaction.

Whoever changes any locks the organisation first, and then the record: so no two transactions wait for each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, select, update

from oneinvoice_impl.domain.invoice import Invoice
from oneinvoice_impl.domain.quote import Quote
from oneinvoice_impl.store import organisations
from oneinvoice_impl.store.prepared import Prepared
from oneinvoice_impl.store.records import counts
from oneinvoice_impl.store.records.stored_json import stored_json
from oneinvoice_impl.store.tables import records

R = TypeVar("R", Quote, Invoice)

_TABLES: dict[type[Quote | Invoice], Table] = {Quote: records.quotes, Invoice: records.invoices}
_INSERTS = {kind: Prepared(insert(table)) for kind, table in _TABLES.items()}


def _own(table: Table) -> ColumnElement[bool]:
    return (table.c.organisation_id == bindparam("own_organisation")) & (table.c.id == bindparam("own_id"))


_STATUS = {kind: Prepared(select(table.c.status).where(_own(table))) for kind, table in _TABLES.items()}
_UPDATES = {kind: Prepared(update(table).where(_own(table))) for kind, table in _TABLES.items()}


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

    def oldest_valid_quote(self, status: str, day: date) -> Quote | None:
        """Return the first created of that status which is valid on a day."""
        quotes = records.quotes.c
        return self._first(
            Quote, (quotes.status == status) & (quotes.valid_until.is_(None) | (quotes.valid_until >= day))
        )

    def invoice_of(self, quote: Quote) -> str | None:
        """Return the id of the invoice that a quote was made into."""
        query = select(records.invoices.c.id).where(
            records.invoices.c.organisation_id == self.organisation_id, records.invoices.c.quote_id == quote.id
        )
        return self.connection.execute(query).scalar()

    def next_position(self, kind: type[Quote | Invoice]) -> int:
        """Return the number of the organisation's next record of a kind, from 1 on; nobody else gets it meanwhile."""
        organisations.lock(self.connection, self.organisation_id)
        return counts.total(counts.read_counts(self.connection, self.organisation_id), _TABLES[kind].name) + 1

    def add(self, record: Quote | Invoice) -> None:
        """Store a new record."""
        organisations.lock(self.connection, self.organisation_id)
        _INSERTS[type(record)].run(self.connection, _row(record))
        self._count(record, {record.status: 1})

    def replace(self, record: Quote | Invoice) -> None:
        """Store the new state of a record that was read or added here."""
        kind, own = type(record), {"own_organisation": self.organisation_id, "own_id": record.id}
        ((before,),) = _STATUS[kind].run(self.connection, own).fetchall()
        _UPDATES[kind].run(self.connection, {**_row(record), **own})
        if before != record.status:
            self._count(record, {before: -1, record.status: 1})

    def _count(self, record: Quote | Invoice, changes: dict[str, int]) -> None:
        counts.count(self.connection, self.organisation_id, _TABLES[type(record)].name, changes)

    def _first(self, kind: type[R], condition: ColumnElement[bool]) -> R | None:
        organisations.lock(self.connection, self.organisation_id)
        table = _TABLES[kind]
        query = select(*(table.c[name] for name in kind.__slots__))
        query = query.where(table.c.organisation_id == self.organisation_id, condition)
        query = query.order_by(table.c.created_at, table.c.id).limit(1).with_for_update()
        row = self.connection.execute(query).mappings().first()
        return kind(**row) if row else None


def _row(record: Quote | Invoice) -> dict[str, Any]:
    # dataclasses.asdict copies deeply, which takes longer than the database.
    row: dict[str, Any] = {name: getattr(record, name) for name in record.__slots__}
    row["json"] = stored_json(_TABLES[type(record)].name, record)
    return row
