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


@pytest.mark.parametrize("duration", [timedelta(seconds=-1), timedelta(days=366_000), timedelta.max])
def test_what_it_can_not_be_advanced_by(duration: timedelta) -> None:
    clock = ManualClock()
    clock.advance(HOUR)
    with pytest.raises(ValueError):  # noqa: PT011  # it has no text: whoever asked knows what to say
        clock.advance(duration)
    assert clock.ahead == HOUR


@pytest.mark.parametrize("moment", [ManualClock.EARLIEST - SOON, ManualClock.LATEST + SOON])
def test_what_it_can_not_be_set_to(moment: datetime) -> None:
    clock = ManualClock()
    with pytest.raises(ValueError):  # noqa: PT011  # as above
        clock.set(moment)
    assert clock.ahead == timedelta()


@pytest.mark.parametrize("moment", [ManualClock.EARLIEST, ManualClock.LATEST])
def test_it_is_set_to_what_was_and_what_will_be(moment: datetime) -> None:
    clock, before = ManualClock(), time.monotonic()
    clock.set(moment)
    assert abs(clock() - moment) < SOON
    assert clock.monotonic() >= before
    clock.reset()
    assert abs(clock() - datetime.now(UTC)) < SOON


def test_frozen_it_stands_and_then_goes_on_from_there() -> None:
    clock = ManualClock()
    clock.freeze()
    stood_at, elapsed = clock(), clock.monotonic()
    clock.freeze()
    while time.monotonic() <= elapsed:
        pass
    assert (clock(), clock.monotonic(), clock.is_frozen) == (stood_at, elapsed, True)
    clock.advance(HOUR)
    assert (clock(), clock.monotonic()) == (stood_at + HOUR, elapsed + 3600)
    clock.resume()
    assert not clock.is_frozen
    assert timedelta() <= clock() - stood_at - HOUR < SOON
    assert 0 <= clock.monotonic() - elapsed - 3600 < 5
    assert clock.ahead < HOUR
    clock.freeze()
    clock.reset()
    assert not clock.is_frozen
    assert clock.ahead == timedelta()
    assert clock.monotonic() >= elapsed + 3600


def test_the_time_that_it_stood_is_none_that_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, system = ManualClock(), time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: system)
    clock.freeze()
    before = clock.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: system + 1000)
    clock.resume()
    assert clock.monotonic() == before
    monkeypatch.setattr(time, "monotonic", lambda: system + 1001)
    assert clock.monotonic() == before + 1


def test_one_with_a_start_stands_until_it_is_moved() -> None:
    start = datetime(2026, 4, 2, 12, tzinfo=UTC)
    clock = ManualClock(start)
    assert (clock(), clock.monotonic()) == (start, 0.0)
    clock.advance(HOUR)
    assert (clock(), clock.monotonic()) == (start + HOUR, 3600.0)
    clock.reset()
    assert (clock(), clock.monotonic()) == (start, 3600.0)
