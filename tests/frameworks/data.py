"""Records and keys of the miniature, as a file of JSON and as an SQLite database that deployments read."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.miniatures import keys
from tests.miniatures.data import Document, Invoice, Member, Quote, new_world

Row = dict[str, Any]


def tables() -> dict[str, list[Row]]:
    """Return the rows of each table, flat, as a database has them."""
    world = new_world()
    return {
        "members": [_member(member) for member in world.members],
        "quotes": [_quote(quote) for quote in world.quotes],
        "invoices": [_invoice(invoice) for invoice in world.invoices],
        "keys": [
            {"id": number, "key": key.value, "organisation": key.organisation, "revoked": int(key.revoked)}
            for number, key in enumerate(keys().values(), 1)
        ],
    }


def write_data(folder: Path) -> None:
    """Write `data.json` and `data.sqlite` into the folder."""
    rows = tables()
    (folder / "data.json").write_text(json.dumps(rows), "utf-8")
    database = sqlite3.connect(folder / "data.sqlite")
    with database:
        for statement, values in statements(rows, "?"):
            database.executemany(statement, values)
    database.close()


def statements(rows: dict[str, list[Row]], placeholder: str) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """Return what creates and fills the tables: statements with the values that each is run with."""
    found: list[tuple[str, list[tuple[Any, ...]]]] = []
    for table, records in rows.items():
        columns = list(records[0])
        types = ", ".join(f'"{name}" {"INTEGER" if name in ("id", "revoked") else "TEXT"}' for name in columns)
        found.append((f"CREATE TABLE {table} ({types})", [()]))
        marks = ", ".join([placeholder] * len(columns))
        found.append((f"INSERT INTO {table} VALUES ({marks})", [tuple(row.values()) for row in records]))
    return found


def _member(member: Member) -> Row:
    return {
        "id": member.id,
        "organisation": member.organisation,
        "first_name": member.first_name,
        "last_name": member.last_name,
        "email": member.email,
        "status": member.status,
        "created_at": member.created,
    }


def _document(document: Document) -> Row:
    return {
        "id": document.id,
        "organisation": document.organisation,
        "number": document.number,
        "status": document.status,
        "customer": document.customer,
        "total": str(document.total),
        "currency": document.currency,
        "created_at": document.created,
    }


def _quote(quote: Quote) -> Row:
    signature = quote.signature
    return _document(quote) | {
        "public_token": quote.public_token,
        "signed_by": signature and signature.name,
        "signed_ip": signature and signature.ip,
        "signed_at": signature and signature.at,
    }


def _invoice(invoice: Invoice) -> Row:
    return _document(invoice) | {"payment_status": invoice.payment, "due_date": invoice.due.isoformat()}
