"""Staying within the rate limit, on a clock that only waiting moves on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.http.pacer import WINDOW, Pacer


class _Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


@given(st.integers(1, 8), st.lists(st.tuples(st.floats(0, 30), st.floats(0, 5)), max_size=60))
def test_no_window_of_a_minute_ever_holds_more_than_the_limit(limit: int, steps: list[tuple[float, float]]) -> None:
    clock = _Clock()
    pacer = Pacer(limit, clock)
    counted: list[tuple[float, float]] = []
    for idle, latency in steps:
        clock.time += idle
        pacer.acquire("primary")
        sent = clock.time
        clock.time += latency
        pacer.record("primary", clock.time)
        counted.append((sent, clock.time))
    # Wherever between sending and answering the deployment counted each: none may see more than the limit.
    for sent, _answered in counted:
        assert sum(sent - 60 <= answered and before <= sent for before, answered in counted) <= limit


def test_it_waits_no_longer_than_it_has_to() -> None:
    clock = _Clock()
    pacer = Pacer(2, clock)
    for _ in range(2):
        pacer.acquire("primary")
        clock.time += 10
        pacer.record("primary", clock.time)
    pacer.acquire("primary")
    assert clock.time == pytest.approx(1010 + WINDOW)


def test_each_account_has_a_log_of_its_own() -> None:
    clock = _Clock()
    pacer = Pacer(1, clock)
    for account in ("primary", "other", "none"):
        pacer.acquire(account)
        pacer.record(account, 1000)
    assert clock.time == 1000


def test_it_tells_what_is_waited_for_and_how_long() -> None:
    told: list[tuple[str, float]] = []
    Pacer(60, _Clock(), lambda what, seconds: told.append((what, seconds))).wait(2.5, "waiting for spring")
    assert told == [("waiting for spring", 2.5), ("waiting for spring", 1.5), ("waiting for spring", 0.5)]
