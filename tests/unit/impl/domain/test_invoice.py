"""What the payment status of an invoice follows from."""

from __future__ import annotations

from datetime import date

import pytest
from oneinvoice_impl.domain.invoice import payment_status

TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("status", "due", "expected"),
    [
        ("sent", date(2026, 3, 30), "overdue"),
        ("sent", date(2026, 3, 31), "unpaid"),
        ("sent", date(2026, 4, 1), "unpaid"),
        ("draft", date(2020, 1, 1), "unpaid"),
        ("draft", date(2030, 1, 1), "unpaid"),
        ("paid", date(2020, 1, 1), "paid"),
        ("paid", date(2030, 1, 1), "paid"),
    ],
)
def test_payment_status(status: str, due: date, expected: str) -> None:
    assert payment_status(status, due, TODAY) == expected
