"""The recovery of a refused key, by kind of limiter."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.recovery import Recovery, watch_recovery

from tests.miniatures.limits import (
    FixedWindow,
    Limiter,
    Lockout,
    NeverRecovering,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
)
from tests.unit.conformance.ratelimit.loading import key_under_load, limited


def _refused(limiter: Limiter) -> KeyUnderLoad:
    key = key_under_load(limited(limiter))
    assert send_burst(key).refusals
    return key


class _Prolonged:
    """A sliding log, and a block of a minute that each request on it begins anew."""

    def __init__(self) -> None:
        self._log, self._until = SlidingLog(), 0.0

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        served = now >= self._until and self._log.admit(key, endpoint, now)
        if not served:
            self._until = now + 60
        return served


@pytest.mark.parametrize("limiter", [SlidingLog(), FixedWindow(phase=30), TokenBucket(burst=10), SlidingLog(limit=30)])
def test_most_serve_again_after_a_minute(limiter: Limiter) -> None:
    key = _refused(limiter)
    begin = key.now()
    recovery = watch_recovery(key, begin)
    assert [answer.status for answer in recovery.answers] == [200]
    assert recovery.is_served
    assert key.now() - begin == pytest.approx(61, abs=0.1)


def test_the_minute_is_counted_from_the_refusal_though_something_was_asked_in_it() -> None:
    key = _refused(SlidingLog())
    refused_at = key.now()
    key.wait_until(refused_at + 25, "for a test")
    key.send()
    assert watch_recovery(key, refused_at).is_served
    assert key.now() - refused_at == pytest.approx(61, abs=0.1)


def test_a_counter_that_counts_all_is_asked_again_when_it_has_to_serve() -> None:
    key = _refused(SlidingCounter(counts_rejected=True, phase=1_000))
    recovery = watch_recovery(key, key.now())
    assert [answer.status for answer in recovery.answers] == [429, 200]
    assert recovery.is_served
    assert 1 < recovery.answers[1].sent - recovery.answers[0].sent < 29, "so that a lockout of 90 s is still caught"


@pytest.mark.parametrize(
    ("limiter", "answers"),
    [
        (Lockout(SlidingLog(), seconds=90), [429, 429, 200, 429]),
        (NeverRecovering(SlidingLog()), [429, 429, 429]),
    ],
)
def test_a_lockout_outlasts_every_window(limiter: Limiter, answers: list[int]) -> None:
    key = _refused(limiter)
    recovery = watch_recovery(key, key.now())
    assert [answer.status for answer in recovery.answers] == answers
    assert not recovery.is_served


def test_a_block_that_requests_prolong_ends_after_a_minute_without_any() -> None:
    key = _refused(_Prolonged())
    key.wait_until(key.now() + 25, "for a test")
    key.send()
    recovery = watch_recovery(key, key.now() - 25)
    assert [answer.status for answer in recovery.answers] == [429, 429, 200, 200]
    assert recovery.is_served


def test_what_was_not_tried_is_neither() -> None:
    assert not Recovery().is_served
