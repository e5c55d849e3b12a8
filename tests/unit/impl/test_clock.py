"""The clock that everything in an application asks."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock, ManualClock

HOUR = timedelta(hours=1)
SOON = timedelta(seconds=5)


@pytest.mark.parametrize("clock", [SYSTEM_CLOCK, ManualClock()])
def test_unmoved_it_is_the_systems(clock: Clock) -> None:
    assert clock().tzinfo is UTC
    assert abs(clock() - datetime.now(UTC)) < SOON
    assert abs(clock.monotonic() - time.monotonic()) < 5


def test_it_goes_on_from_where_it_was_moved_to() -> None:
    clock = ManualClock()
    clock.advance(HOUR)
    clock.advance(HOUR)
    assert clock.ahead == 2 * HOUR
    assert timedelta() <= clock() - datetime.now(UTC) - 2 * HOUR + SOON < 2 * SOON
    assert clock() <= clock()


def test_reset_takes_back_the_time_but_no_duration() -> None:
    clock = ManualClock()
    clock.advance(HOUR)
    before = clock.monotonic()
    clock.reset()
    assert clock.ahead == timedelta()
    assert abs(clock() - datetime.now(UTC)) < SOON
    assert clock.monotonic() >= before
    clock.advance(HOUR)
    assert 3600 <= clock.monotonic() - before < 3605


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), ManualClock.MOST_AHEAD, timedelta.max])
def test_what_it_can_not_be_moved_by(duration: timedelta) -> None:
    clock = ManualClock()
    clock.advance(HOUR)
    with pytest.raises(ValueError):  # noqa: PT011  # it has no text: whoever asked knows what to say
        clock.advance(duration)
    assert clock.ahead == HOUR


def test_it_can_be_moved_to_the_end() -> None:
    clock = ManualClock()
    clock.advance(ManualClock.MOST_AHEAD)
    assert clock().year >= datetime.now(UTC).year + 9


def test_one_with_a_start_stands_until_it_is_moved() -> None:
    start = datetime(2026, 4, 2, 12, tzinfo=UTC)
    clock = ManualClock(start)
    assert (clock(), clock.monotonic()) == (start, 0.0)
    clock.advance(HOUR)
    assert (clock(), clock.monotonic()) == (start + HOUR, 3600.0)
    clock.reset()
    assert (clock(), clock.monotonic()) == (start, 3600.0)
