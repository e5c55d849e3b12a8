"""Money and times as the API writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from oneinvoice_impl.domain.representation import money, timestamp


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "0.00"), (5, "0.05"), (99, "0.99"), (100, "1.00"), (1250000, "12500.00"), (-5, "-0.05"), (-12345, "-123.45"),
     (2**63 - 1, "92233720368547758.07")],
)  # fmt: skip
def test_money(cents: int, text: str) -> None:
    assert money(cents) == text


def test_times_are_in_utc() -> None:
    assert timestamp(datetime(2026, 1, 5, 10, 0, tzinfo=UTC)) == "2026-01-05T10:00:00Z"
    assert timestamp(datetime(2026, 1, 5, 1, 0, tzinfo=timezone(timedelta(hours=2)))) == "2026-01-04T23:00:00Z"
    assert timestamp(datetime(2026, 1, 5, 10, 0, 0, 1500, tzinfo=UTC)) == "2026-01-05T10:00:00.001500Z"
