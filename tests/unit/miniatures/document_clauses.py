"""What the documentation says of quotes and invoices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from tests.unit.miniatures.reader import Reader

QUOTE_STATUSES = ("draft", "sent", "accepted", "rejected")


def document_filters_are_exact(endpoint: str) -> Callable[[Reader], bool]:
    def keeps(reader: Reader) -> bool:
        listed = reader.get(endpoint).records
        for status in {record["status"] for record in listed if record.get("status")}:
            found = reader.get(f"{endpoint}?status={status}").records
            missed = {record["number"] for record in listed if record.get("status") == status}
            missed -= {record["number"] for record in found}
            if missed or any(record.get("status") != status for record in found):
                return False
        return True

    return keeps


def quotes_have_status_and_total(reader: Reader) -> bool:
    quotes = reader.get("/quotes").records
    return all(quote.get("status") in QUOTE_STATUSES and _is_amount(quote.get("total")) for quote in quotes)


def _is_amount(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_amount(value["amount"])
    try:
        return float(value) >= 0
    except (TypeError, ValueError):
        return False


def quotes_have_tokens(reader: Reader) -> bool:
    quotes = reader.get("/quotes").records
    tokens = [quote.get("public_token") for quote in quotes if quote.get("status") != "draft"]
    return all(tokens) and True not in tokens and len(set(tokens)) == len(tokens)


def quotes_have_signing(reader: Reader) -> bool:
    quotes = reader.get("/quotes").records
    return not quotes or any("sign" in name.lower() and _says_something(value) for name, value in _fields(quotes))


def invoices_have_payment_status(reader: Reader) -> bool:
    invoices = reader.get("/invoices").records
    words = ("payment", "paid", "settlement")
    named = any(any(word in name.lower() for word in words) and value for name, value in _fields(invoices))
    told = "overdue" in {invoice.get("status") for invoice in invoices}
    return named or told or not invoices


def invoices_have_due_date(reader: Reader) -> bool:
    invoices = reader.get("/invoices").records
    return all(list(_due(invoice)) for invoice in invoices if invoice["status"] != "draft")


def due_dates_exist(reader: Reader) -> bool:
    return all(_is_day(due) for invoice in reader.get("/invoices").records for due in _due(invoice))


def _due(invoice: dict[str, Any]) -> Iterator[Any]:
    values = (value for name, value in _fields([invoice]) if name.lower() in DUE_NAMES)
    return (value for value in values if value and value is not True and not str(value).startswith(NO_DAYS))


NO_DAYS = ("0001-01-01", "1970-01-01")
DUE_NAMES = ("due", "due_on", "duedate", "due_date", "payby")


def _is_day(due: Any) -> bool:
    try:
        if isinstance(due, int):
            return datetime.fromtimestamp(due if due < 10**11 else due / 1000, UTC).year in (2024, 2025, 2026)
        return date.fromisoformat(due[:10]).year > 2000
    except ValueError:
        return False


def _fields(records: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """All fields with their names, the nested ones too."""
    for record in records:
        for name, value in record.items():
            yield name, value
            if isinstance(value, dict):
                yield from _fields([value])


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(each) for each in value.values())
    return value not in (None, "", [], False)
