"""The recovery of a refused key, by kind of limiter."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.recovery import Recovery, find_left_behind, watch_recovery

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


# Other endpoints


class _Locked:
    """Refuses quotes for so many seconds after any refusal, or after any of quotes, beside a limit of each key."""

    def __init__(self, inner: Limiter, seconds: float, *, prolonged: bool = False) -> None:
        self._inner, self._seconds, self._prolonged = inner, seconds, prolonged
        self._until = 0.0

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        if endpoint == "quotes" and now < self._until:
            if self._prolonged:
                self._until = now + self._seconds
            return False
        served = self._inner.admit(key, endpoint, now)
        if not served and self._until < now:
            self._until = now + self._seconds
        return served


class _PerShare:
    """A counter for each endpoint, of which quotes have few."""

    def __init__(self) -> None:
        self._quotes, self._others = SlidingCounter(limit=15, phase=1_000), SlidingCounter(limit=45, phase=1_000)

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return (self._quotes if endpoint == "quotes" else self._others).admit(key, endpoint, now)


def _left_behind(limiter: Limiter, latency: float = 0.005) -> tuple[list[int], KeyUnderLoad]:
    """What quotes got beside members, after a burst of both and a recovery."""
    key = key_under_load(limited(limiter, latency))
    key.mix = (key.request, Request("quotes", key.request.credential))
    [refusal, *_] = send_burst(key).refusals
    assert watch_recovery(key, key.now()).is_served
    return [answer.status for answer in find_left_behind(key, refusal.received)], key


@pytest.mark.parametrize("latency", [0.005, 0.25])
@pytest.mark.parametrize("seconds", [300, 1e9])
@pytest.mark.parametrize("inner", [SlidingLog, lambda: FixedWindow(phase=30), lambda: TokenBucket(burst=10)])
def test_an_endpoint_that_stays_refused_is_left_behind(
    inner: Callable[[], Limiter], seconds: float, latency: float
) -> None:
    assert _left_behind(_Locked(inner(), seconds), latency)[0] == [200, 429, 200, 429, 200, 429, 200]


@pytest.mark.parametrize(
    "limiter",
    [
        SlidingLog(),
        SlidingLog(counts_rejected=True),
        SlidingCounter(phase=1_000),
        SlidingCounter(counts_rejected=True, phase=1_000),
        FixedWindow(phase=1_050),
        TokenBucket(burst=60),
        TokenBucket(burst=2),
        TokenBucket(burst=1),
        _PerShare(),
        _Locked(SlidingLog(), 62),
        _Locked(SlidingLog(), 60, prolonged=True),
    ],
)
def test_an_endpoint_that_any_limiter_serves_again_is_not(limiter: Limiter) -> None:
    assert _left_behind(limiter)[0] == []


def test_an_endpoint_that_was_served_since_is_not_asked() -> None:
    key = key_under_load(limited(SlidingLog()))
    key.mix = (key.request, quotes := Request("quotes", key.request.credential))
    [refusal, *_] = send_burst(key).refusals
    key.stay_silent(61, "for a test")
    key.send(1, quotes)
    sent = len(key.journal)
    assert find_left_behind(key, refusal.received) == ()
    assert len(key.journal) == sent


def test_an_endpoint_that_never_was_served_is_not_left_behind() -> None:
    key = key_under_load(limited(_Locked(SlidingLog(), 1e9)))
    key.mix = (key.request, Request("quotes", key.request.credential))
    [refusal, *_] = send_burst(key).refusals
    assert find_left_behind(key, 1_000.0) == ()
    assert refusal.sent > 1_000
