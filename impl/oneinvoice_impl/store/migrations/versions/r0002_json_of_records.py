"""Keep the JSON of each record beside it, and how many records there are."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, MetaData, Row, Table, bindparam, func, insert, literal, select

from oneinvoice_impl.store.migrations.tables_0_2_0 import invoices, members, quotes
from oneinvoice_impl.store.tables.metadata import Text

revision = "0002"
down_revision = "0001"

_ROWS = 1_000
"""Rows that are in memory at a time."""


def upgrade() -> None:
    counts = op.create_table(
        "record_counts",
        Column("organisation_id", Text, ForeignKey("organisations.id"), primary_key=True),
        Column("resource", Text, primary_key=True),
        Column("status", Text, primary_key=True),
        Column("records", BigInteger, nullable=False),
    )
    for table, represent in _REPRESENT.items():
        op.add_column(table.name, Column("json", Text))
        complete = _with_json(table)
        _fill(complete, represent)
        with op.batch_alter_table(table.name, copy_from=complete) as batch:
            batch.alter_column("json", existing_type=Text, nullable=False)
        numbers = select(table.c.organisation_id, literal(table.name), table.c.status, func.count())
        numbers = numbers.group_by(table.c.organisation_id, table.c.status)
        op.execute(insert(counts).from_select(["organisation_id", "resource", "status", "records"], numbers))


def _with_json(table: Table) -> Table:
    complete = table.to_metadata(MetaData())
    complete.append_column(Column("json", Text))
    return complete


def _fill(table: Table, represent: Callable[[Row[Any]], dict[str, Any]]) -> None:
    connection = op.get_bind()
    change = table.update().where(table.c.id == bindparam("of")).values(json=bindparam("text"))
    page = select(table).where(table.c.id > bindparam("after")).order_by(table.c.id).limit(_ROWS)
    after = ""
    while rows := connection.execute(page, {"after": after}).all():
        connection.execute(change, [{"of": row.id, "text": _json(represent(row))} for row in rows])
        after = rows[-1].id


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _member(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email": row.email,
        "status": row.status,
        "created_at": _timestamp(row.created_at),
    }


def _quote(row: Row[Any]) -> dict[str, Any]:
    signing = {"decision": row.signing_decision, "name": row.signing_name, "ip": row.signing_ip}
    signing["signed_at"] = row.signed_at and _timestamp(row.signed_at)
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "customer": {"name": row.customer_name, "email": row.customer_email},
        "total": _money(row.total_cents),
        "currency": row.currency,
        "public_token": row.public_token,
        "signing": None if row.signing_decision is None else signing,
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "sent_at": row.sent_at and _timestamp(row.sent_at),
        "created_at": _timestamp(row.created_at),
    }


def _invoice(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        # Whether it is overdue is put right when it is read.
        "payment_status": "paid" if row.status == "paid" else "unpaid",
        "customer": {"name": row.customer_name, "email": row.customer_email},
        "total": _money(row.total_cents),
        "currency": row.currency,
        "due_date": row.due_date.isoformat(),
        "paid_at": row.paid_at and _timestamp(row.paid_at),
        "quote_id": row.quote_id,
        "sent_at": row.sent_at and _timestamp(row.sent_at),
        "created_at": _timestamp(row.created_at),
    }


def _timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _money(cents: int) -> str:
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"


# As the API gave them in 0.2.0: a release that represents them otherwise writes them anew.
_REPRESENT: Mapping[Table, Callable[[Row[Any]], dict[str, Any]]] = {
    members: _member,
    quotes: _quote,
    invoices: _invoice,
}
