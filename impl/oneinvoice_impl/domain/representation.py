"""Records as the API gives them (the schemas Member, Quote, Invoice and Announcement of the authored document)."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.domain.invoice import payment_status

# Made once: json.dumps makes one anew for each text that is not written in its own way.
to_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

UNPAID_JSON = '"payment_status":"unpaid"'
"""Stands once in the JSON of an unpaid invoice: within a text, JSON writes a backslash before each quotation mark."""
OVERDUE_JSON = '"payment_status":"overdue"'


def member(row: Any) -> dict[str, Any]:
    """Represent a row of `members`."""
    return {
        "id": row.id,
        "first_name": row.first_name,
        "last_name": row.last_name,
        "email": row.email,
        "status": row.status,
        "created_at": timestamp(row.created_at),
    }


def quote(row: Any) -> dict[str, Any]:
    """Represent a row of `quotes`."""
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "customer": {"name": row.customer_name, "email": row.customer_email},
        "total": money(row.total_cents),
        "currency": row.currency,
        "public_token": row.public_token,
        "signing": _signing(row),
        "valid_until": row.valid_until and row.valid_until.isoformat(),
        "sent_at": row.sent_at and timestamp(row.sent_at),
        "created_at": timestamp(row.created_at),
    }


def invoice(row: Any, today: date) -> dict[str, Any]:
    """Represent a row of `invoices`; whether it is overdue depends on `today`, the date in UTC."""
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "payment_status": payment_status(row.status, row.due_date, today),
        "customer": {"name": row.customer_name, "email": row.customer_email},
        "total": money(row.total_cents),
        "currency": row.currency,
        "due_date": row.due_date.isoformat(),
        "paid_at": row.paid_at and timestamp(row.paid_at),
        "quote_id": row.quote_id,
        "sent_at": row.sent_at and timestamp(row.sent_at),
        "created_at": timestamp(row.created_at),
    }


def announcement(record: Announcement) -> dict[str, Any]:
    """Represent a change that was announced; what is untold of it is left out, but for its URL."""
    told = {
        "text": record.text,
        "class": record.level,
        "operations": list(record.operations),
        "events": list(record.events),
    }
    return {
        "id": record.id,
        "title": record.title,
        "effective_on": record.effective_on.isoformat(),
        "url": record.link,
    } | {name: value for name, value in told.items() if value}


def _signing(row: Any) -> dict[str, Any] | None:
    if row.signing_decision is None:
        return None
    return {
        "decision": row.signing_decision,
        "name": row.signing_name,
        "ip": row.signing_ip,
        "signed_at": timestamp(row.signed_at),
    }


def timestamp(moment: datetime) -> str:
    """Return RFC 3339 in UTC, such as `2026-01-05T10:00:00Z`."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def money(cents: int) -> str:
    """Return a decimal number with two digits, such as `12500.00`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02d}"
