"""Explanations: what each kind of limiter explains, and what none does."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.ratelimit.explanations import (
    exceeds_every_limiter,
    fits_bucket,
    uncounted_requests,
    unexplained_refusal,
)

from tests.miniatures.limits import (
    FixedWindow,
    Hurried,
    LeakyBucket,
    Limiter,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
)
from tests.unit.conformance.fakes import VALID, exchange
from tests.unit.conformance.ratelimit.loading import MEMBERS


class _KeyStarted:
    """Fixed windows, each of which begins with the first request after the last one ended."""

    def __init__(self, limit: int = 60) -> None:
        self.limit, self._begin, self._count = limit, float("-inf"), 0

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        if now >= self._begin + 60:
            self._begin, self._count = now, 0
        self._count += 1
        return self._count <= self.limit


def _sent(limiter: Limiter, times: Sequence[float], request: Request = MEMBERS) -> list[Exchange]:
    """The exchanges with a limiter of requests at those times, each of which takes ten milliseconds."""
    return [
        exchange(
            [{"id": 1}],
            200 if limiter.admit("primary", request.endpoint, time + 0.005) else 429,
            request,
            number=number,
            sent=time,
        )
        for number, time in enumerate(times)
    ]


def _at_once(count: int, begin: float) -> list[float]:
    return [begin + index * 0.011 for index in range(count)]


_KINDS: dict[str, Callable[[float], Limiter]] = {
    "log": lambda phase: SlidingLog(),
    "soft log": lambda phase: SlidingLog(limit=66),
    "log that counts all": lambda phase: SlidingLog(counts_rejected=True),
    "fixed": lambda phase: FixedWindow(phase=phase),
    "soft fixed that counts all": lambda phase: FixedWindow(limit=66, phase=phase, counts_rejected=True),
    "counter": lambda phase: SlidingCounter(phase=phase),
    "counter that counts all": lambda phase: SlidingCounter(phase=phase, counts_rejected=True),
    "bucket": lambda phase: TokenBucket(burst=60),
    "small bucket": lambda phase: TokenBucket(burst=7),
    "leaky bucket": lambda phase: LeakyBucket(burst=60, counts_rejected=True),
    "begun by requests": lambda phase: _KeyStarted(),
}
_TRAFFIC = st.lists(st.tuples(st.floats(0, 70), st.integers(1, 80)), min_size=1, max_size=8)


def _traffic(steps: Sequence[tuple[float, int]]) -> Iterator[float]:
    now = 1_000.0
    for pause, count in steps:
        now += pause
        for _ in range(count):
            yield now
            now += 0.011


@settings(deadline=None)
@given(st.sampled_from(sorted(_KINDS)), st.floats(0, 60), _TRAFFIC)
def test_what_a_limiter_of_the_limit_does_is_explained(name: str, phase: float, steps: list[tuple[float, int]]) -> None:
    exchanges = _sent(_KINDS[name](phase), list(_traffic(steps)))
    assert not exceeds_every_limiter(exchanges, 60)
    assert unexplained_refusal(exchanges, 60) is None


def test_windows_begun_by_requests_may_have_gaps_between_them() -> None:
    times = [*_at_once(70, 1_000), *_at_once(70, 1_085), *_at_once(70, 1_170)]
    exchanges = _sent(_KeyStarted(), times)
    assert [each.status for each in exchanges].count(200) == 180
    assert not exceeds_every_limiter(exchanges, 60)
    assert unexplained_refusal(exchanges, 60) is None


@pytest.mark.parametrize(
    ("limiter", "times"),
    [
        (Hurried(SlidingLog(), seconds=10), [*_at_once(60, 1_000), *_at_once(60, 1_011), *_at_once(60, 1_022)]),
        (Hurried(FixedWindow(), seconds=20), [*_at_once(60, 1_000), *_at_once(60, 1_021), *_at_once(60, 1_042)]),
        (TokenBucket(per_minute=600, burst=20), [1_000 + index * 0.2 for index in range(140)]),
        (SlidingLog(limit=140), _at_once(140, 1_000)),
        (SlidingLog(limit=100), [*_at_once(100, 1_000), *_at_once(100, 1_090), *_at_once(100, 1_155)]),
    ],
    ids=["60 in 10 s", "60 in 20 s", "10 a second", "140 in a minute", "100 in a minute"],
)
def test_more_than_any_limiter_serves_is_not_explained(limiter: Limiter, times: list[float]) -> None:
    assert exceeds_every_limiter(_sent(limiter, times), 60)


def test_twice_the_limit_about_the_turn_of_a_window_is_explained() -> None:
    exchanges = _sent(FixedWindow(phase=1_001), [*_at_once(60, 1_000), *_at_once(60, 1_001.5)])
    assert {each.status for each in exchanges} == {200}
    assert not exceeds_every_limiter(exchanges, 60)
    assert not fits_bucket(exchanges, 60)


def test_a_bucket_refills_while_it_is_used() -> None:
    exchanges = _sent(TokenBucket(burst=60), [1_000 + index * 0.5 for index in range(119)])
    assert fits_bucket(exchanges, 60)
    assert not exceeds_every_limiter(exchanges, 60)


@pytest.mark.parametrize("limiter", [SlidingLog(limit=40), FixedWindow(limit=40, phase=1_000)])
def test_a_refusal_of_a_limit_that_is_too_low_is_not_explained(limiter: Limiter) -> None:
    times = [*_at_once(50, 1_000), *_at_once(50, 1_125), 1_130, *_at_once(50, 1_250), 1_255]
    refusal = unexplained_refusal(_sent(limiter, times), 60)
    assert refusal
    assert refusal.status == 429


def test_one_limiter_has_to_explain_all_refusals() -> None:
    """A bucket that refills 45 a minute: a log would explain some of its refusals, and a counter others."""
    tries = [time for number in range(9) for time in _at_once(9, 1_070 + 10 * number)]
    times = [*_at_once(64, 1_000), *_at_once(5, 1_005), *_at_once(7, 1_012), *_at_once(12, 1_025)]
    exchanges = _sent(TokenBucket(per_minute=45, burst=60), [*times, *_at_once(50, 1_061), *tries])
    assert unexplained_refusal(exchanges, 60)


def test_others_may_have_used_the_key_before_the_run() -> None:
    log = SlidingLog()
    for index in range(40):
        log.admit("primary", "members", 990 + index / 10)
    assert unexplained_refusal(_sent(log, _at_once(25, 1_000)), 60) is None


def test_a_limit_for_each_second_explains_a_refusal_that_came_too_fast() -> None:
    exchanges = _sent(Hurried(SlidingLog(limit=5), seconds=1), [*_at_once(7, 1_000), *_at_once(7, 1_130)])
    assert [each.status for each in exchanges].count(429) == 4
    assert unexplained_refusal(exchanges, 60) is None


# Requests that are not counted


def _burst(of: Sequence[str], begin: float, counted: Callable[[Request], bool], limit: int = 60) -> list[Exchange]:
    """A burst of those endpoints in turn, until so many that count were served, and some refusals."""
    exchanges, count = list[Exchange](), 0
    while count < limit:
        request = Request(of[len(exchanges) % len(of)], VALID)
        count += counted(request)
        exchanges.append(exchange([{"id": 1}], 200, request, sent=begin + len(exchanges) * 0.011))
    refused = [exchange(b"", 429, MEMBERS, sent=begin + 5 + index * 0.011) for index in range(4)]
    return [*exchanges, *refused]


_ONE, _OTHER = ("members", "quotes", "members", "invoices"), ("quotes", "invoices", "quotes")


def _spread(burst: list[Exchange]) -> list[Exchange]:
    """The burst with its refusals right after it."""
    served = [each for each in burst if each.status == 200]
    last = served[-1].received
    return [*served, *(exchange(b"", 429, MEMBERS, sent=last + index * 0.011) for index in range(4))]


def _counted_but(endpoint: str) -> Callable[[Request], bool]:
    return lambda request: request.endpoint != endpoint


@pytest.mark.parametrize("endpoint", ["quotes", "invoices"])
def test_what_is_not_counted_is_told_by_two_bursts_of_other_shares(endpoint: str) -> None:
    counted = _counted_but(endpoint)
    exchanges = [*_spread(_burst(_ONE, 1_000, counted)), *_spread(_burst(_OTHER, 1_090, counted))]
    assert uncounted_requests(exchanges, 60) == [endpoint]


def test_where_all_are_counted_nothing_is_told() -> None:
    exchanges = [*_spread(_burst(_ONE, 1_000, lambda _: True)), *_spread(_burst(_OTHER, 1_090, lambda _: True))]
    assert uncounted_requests(exchanges, 60) == []


def test_nodes_that_serve_as_many_whatever_is_asked_are_not_told_so() -> None:
    exchanges = [*_spread(_burst(_ONE, 1_000, lambda _: True, 90)), *_spread(_burst(_OTHER, 1_090, lambda _: True, 90))]
    assert uncounted_requests(exchanges, 60) == []


def test_nodes_that_serve_on_by_turns_are_not_told_so() -> None:
    counted, chance = _counted_but("quotes"), random.Random("turns")
    exchanges = list[Exchange]()
    for of, begin in ((_ONE, 1_000.0), (_OTHER, 1_090.0)):
        burst = _spread(_burst(of, begin, counted))
        last = burst[-1].received
        served = [exchange([{"id": 1}], 200, MEMBERS, sent=last + chance.random()) for _ in range(5)]
        exchanges += [*burst, *sorted(served, key=lambda each: each.sent)]
    assert uncounted_requests(exchanges, 60) == []


_CALM = [*(number * 0.5 for number in range(60)), 200.0, 205.0]


def test_what_came_in_haste_may_be_refused_by_a_limit_in_front() -> None:
    exchanges = _sent(SlidingLog(), _CALM)
    hasty = exchange(status=429, request=MEMBERS, number=len(exchanges), sent=205.02)
    calm = exchange(status=429, request=MEMBERS, number=len(exchanges), sent=206.0)
    for refusal, unexplained in ((hasty, None), (calm, calm)):
        sent = [*exchanges, refusal]
        assert unexplained_refusal(sent, 60) == refusal
        assert unexplained_refusal(sent, 60, sent) == unexplained


def test_what_came_right_after_a_request_of_another_key_may_be_refused_by_a_limit_in_front() -> None:
    exchanges = _sent(SlidingLog(), _CALM)
    of_another = exchange([{"id": 1}], number=len(exchanges), sent=210.0)
    refusal = exchange(status=429, request=MEMBERS, number=len(exchanges) + 1, sent=210.02)
    sent = [*exchanges, refusal]
    assert unexplained_refusal(sent, 60, sent) == refusal
    assert unexplained_refusal(sent, 60, [*exchanges, of_another, refusal]) is None


@pytest.mark.parametrize(("together", "is_explained"), [(5, False), (6, True)])
def test_more_than_were_ever_served_together_may_be_refused_for_that(together: int, is_explained: bool) -> None:
    """Five are served together, twice within a second."""
    exchanges = _sent(SlidingLog(), [*_CALM, *[300.0] * 5, *[300.5] * 5])
    served = _sent(SlidingLog(), [400.0] * (together - 1))
    refusal = exchange(status=429, request=MEMBERS, number=len(exchanges), sent=400.0)
    assert (unexplained_refusal([*exchanges, *served, refusal], 60) is None) == is_explained
