"""When to try again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from oneinvoice_impl.webhooks.retry_schedule import LONGEST_WAIT, RETRIES, next_attempt, retry_after

NOW = datetime(2026, 4, 2, 12, tzinfo=UTC)


def middle(low: float, high: float) -> float:
    return (low + high) / 2


def test_seven_retries_over_a_day() -> None:
    waits = []
    for made in range(1, 8):
        at = next_attempt(made, NOW, None, middle)
        assert at is not None
        waits.append((at - NOW).total_seconds())
    assert waits == [5, 300, 1800, 7200, 18000, 36000, 36000]
    assert next_attempt(8, NOW, None, middle) is None
    assert next_attempt(8, NOW, timedelta(seconds=1), middle) is None


def test_jitter_is_a_fifth_to_either_side() -> None:
    assert next_attempt(2, NOW, None, lambda low, high: low) == NOW + 0.8 * RETRIES[1]
    assert next_attempt(2, NOW, None, lambda low, high: high) == NOW + 1.2 * RETRIES[1]


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (timedelta(seconds=60), timedelta(seconds=60)),
        (timedelta(seconds=1), timedelta(seconds=5)),
        (timedelta(), timedelta(seconds=5)),
        (timedelta(days=400), LONGEST_WAIT),
    ],
)
def test_retry_after_lengthens_a_wait_within_bounds(asked: timedelta, waits: timedelta) -> None:
    assert next_attempt(1, NOW, asked, middle) == NOW + waits


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        (None, None),
        ("", None),
        ("120", timedelta(seconds=120)),
        (" 120 ", timedelta(seconds=120)),
        ("0", timedelta()),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("९", None),
        ("9" * 5000, LONGEST_WAIT),
        ("Thu, 02 Apr 2026 12:02:00 GMT", timedelta(minutes=2)),
        ("Thu, 02 Apr 2026 12:02:00 -0000", timedelta(minutes=2)),
        ("Thu, 02 Apr 2020 12:02:00 GMT", timedelta()),
        ("Thu, 99 Apr 2026 12:02:00 GMT", None),
        ("Thu, 02 Apr 99999999999 12:02:00 GMT", None),
    ],
)
def test_reading_retry_after(header: str | None, waits: timedelta | None) -> None:
    assert retry_after(header, NOW) == waits
