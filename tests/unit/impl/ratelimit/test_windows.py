"""The sliding windows of a process, against a model that looks at every request ever sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.ratelimit.standing import Standing
from oneinvoice_impl.ratelimit.windows import SlidingWindows

KEY = "key_1"
START = datetime(2026, 4, 2, 12, tzinfo=UTC)


@dataclass
class Model:
    """What must come of requests: the times of all that were served."""

    served: list[float]

    def hit(self, now: float, limit: int) -> tuple[bool, int]:
        """Whether it is served, and how many more would be."""
        recent = [at for at in self.served if now - 60 < at]
        if len(recent) >= limit:
            return False, 0
        self.served.append(now)
        return True, limit - len(recent) - 1


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def windows(clock: ManualClock) -> SlidingWindows:
    return SlidingWindows(clock)


def hits(windows: SlidingWindows, count: int, limit: int = 60, key: str = KEY) -> list[Standing]:
    return [windows.hit(key, limit) for _ in range(count)]


# Eighths of seconds, which floats hold exactly, so that the edges are met.
_steps = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.one_of(st.just(0), st.integers(0, 40), st.sampled_from([479, 480, 481])),
        st.integers(1, 6),
    ),
    max_size=80,
)


@given(_steps)
def test_it_does_what_the_model_does_whatever_the_limit_changes_to(steps: list[tuple[str, int, int]]) -> None:
    clock, models = ManualClock(START), {"a": Model([]), "b": Model([])}
    windows = SlidingWindows(clock)
    for key, eighths, limit in steps:
        clock.advance(timedelta(seconds=eighths / 8))
        standing = windows.hit(key, limit)
        assert (standing.served, standing.remaining) == models[key].hit(clock.monotonic(), limit)
        assert standing.limit == limit


@given(_steps, st.integers(1, 6))
def test_who_waits_as_told_is_served_and_no_second_too_late(steps: list[tuple[str, int, int]], limit: int) -> None:
    clock = ManualClock(START)
    windows = SlidingWindows(clock)
    for key, eighths, past_limit in steps:
        clock.advance(timedelta(seconds=eighths / 8))
        windows.hit(key, past_limit)
    refused = windows.hit("a", limit)
    while refused.served:
        refused = windows.hit("a", limit)
    assert 1 <= refused.retry_after <= 60
    if refused.retry_after > 1:
        clock.advance(timedelta(seconds=refused.retry_after - 1))
        assert not windows.hit("a", limit).served
        clock.advance(timedelta(seconds=1))
    else:
        clock.advance(timedelta(seconds=1))
    assert windows.hit("a", limit).served


def test_60_are_served_and_the_61st_is_not(windows: SlidingWindows) -> None:
    standings = hits(windows, 61)
    assert [standing.remaining for standing in standings] == [*range(59, -1, -1), 0]
    assert [standing.served for standing in standings] == [True] * 60 + [False]


def test_what_is_refused_costs_nothing(windows: SlidingWindows, clock: ManualClock) -> None:
    hits(windows, 60)
    for _ in range(59):
        clock.advance(timedelta(seconds=1))
        assert not any(standing.served for standing in hits(windows, 10))
    clock.advance(timedelta(seconds=1))
    assert all(standing.served for standing in hits(windows, 60))


def test_the_window_slides(windows: SlidingWindows, clock: ManualClock) -> None:
    hits(windows, 30)
    clock.advance(timedelta(seconds=30))
    hits(windows, 30)
    clock.advance(timedelta(seconds=30))
    assert [standing.served for standing in hits(windows, 31)] == [True] * 30 + [False]


def test_more_in_is_when_the_oldest_leaves(windows: SlidingWindows, clock: ManualClock) -> None:
    assert windows.hit(KEY, 60).retry_after == 60
    clock.advance(timedelta(seconds=20.5))
    assert windows.hit(KEY, 60).retry_after == 40
    clock.advance(timedelta(seconds=39.25))
    assert windows.hit(KEY, 60).retry_after == 1


def test_a_lower_limit_waits_for_as_many_as_are_too_many(windows: SlidingWindows, clock: ManualClock) -> None:
    for _ in range(6):
        windows.hit(KEY, 60)
        clock.advance(timedelta(seconds=5))
    assert windows.hit(KEY, 2) == Standing(False, 2, 0, 50)
    clock.advance(timedelta(seconds=50))
    assert windows.hit(KEY, 2).served


def test_a_window_of_an_hour(clock: ManualClock) -> None:
    windows = SlidingWindows(clock, seconds=3600)
    assert windows.hit(KEY, 1).retry_after == 3600
    clock.advance(timedelta(seconds=3599))
    assert windows.hit(KEY, 1) == Standing(False, 1, 0, 1)
    clock.advance(timedelta(seconds=1))
    assert windows.hit(KEY, 1).served


def test_keys_have_windows_of_their_own(windows: SlidingWindows) -> None:
    hits(windows, 61)
    assert windows.hit("key_2", 60).remaining == 59


@pytest.mark.parametrize(("limit", "share", "served"), [(60, 4, 15), (61, 4, 15), (3, 4, 1), (60, 1, 60)])
def test_a_part_of_the_limit_is_at_least_one(clock: ManualClock, limit: int, share: int, served: int) -> None:
    standings = hits(SlidingWindows(clock, share), 70, limit)
    assert sum(standing.served for standing in standings) == served
    assert {standing.limit for standing in standings} == {limit}
    assert standings[0].remaining == served - 1


def test_the_key_that_was_silent_for_longest_is_forgotten(clock: ManualClock) -> None:
    windows = SlidingWindows(clock, most_keys=3)
    for key in ("a", "b", "c", "a", "d"):
        windows.hit(key, 1)
    assert [windows.hit(key, 1).served for key in ("a", "c", "d")] == [False] * 3
    assert windows.hit("b", 1).served


def test_memory_is_bounded(clock: ManualClock) -> None:
    windows = SlidingWindows(clock, most_keys=100)
    for number in range(1000):
        hits(windows, 5, limit=3, key=str(number))
    assert sum(map(len, windows._logs.values())) <= 300
