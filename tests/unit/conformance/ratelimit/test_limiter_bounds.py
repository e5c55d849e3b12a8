"""What a rate limiter may have counted, by hand-made exchanges."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.limiter_bounds import (
    FORGET_AFTER,
    ServedStreak,
    bucket_level,
    leaving_window,
    max_counted,
    max_let_in,
    min_bucket_capacity,
)

from tests.miniatures.limits import LeakyBucket, Limiter, SlidingCounter, SlidingLog, TokenBucket
from tests.unit.conformance.fakes import exchange


def _at(sent: float, seconds: float = 0.0, status: int = 200) -> Exchange:
    return exchange([{"id": 1}], status, sent=sent, seconds=seconds)


@pytest.mark.parametrize(
    ("body", "status", "outcome"),
    [
        ([], 200, True),
        ({"data": [{"id": 1}]}, 200, True),
        ({"a": [{}], "b": [{}]}, 200, True),  # a list, whichever it is
        ({"error": "too many requests"}, 200, False),
        (b"<html>slow down</html>", 200, False),
        ([], 429, False),
        ([], 503, False),
    ],
)
def test_an_error_in_the_place_of_a_list_is_not_served(body: object, status: int, outcome: bool) -> None:
    assert exchange(body, status).serves_list is outcome


def test_a_minute_goes_from_the_first_sending_to_the_last_answer() -> None:
    assert ServedStreak([_at(0, 1), _at(30, 1), _at(59, 1), _at(59.5, 1)]).most == 3
    assert ServedStreak().most == 0


def test_a_refusal_parts_what_is_served() -> None:
    row = ServedStreak([_at(0), _at(1), _at(2, status=429), _at(3), _at(4), _at(5)])
    assert row.most == 3
    assert row.length_at(63.5) == 2


def test_a_redirect_to_a_slash_parts_nothing_and_counts_for_nothing() -> None:
    redirect = exchange(b"", 308, sent=2.0, wants_slash=True)
    assert ServedStreak([_at(0), _at(1), redirect, _at(3)]).most == 3
    assert ServedStreak([_at(0), _at(1), _at(2, status=308), _at(3)]).most == 2


def test_a_request_counts_for_a_minute_and_fades_in_another() -> None:
    assert max_counted([_at(0)], 60) == 1
    assert max_counted([_at(0)], 91) == pytest.approx(0.5)
    assert max_counted([_at(0)], FORGET_AFTER) == 0


def test_a_bucket_leaks() -> None:
    assert bucket_level([_at(0), _at(0), _at(0)], 2, limit=60) == pytest.approx(1)
    assert bucket_level([_at(0)], 90, limit=60) == 0


def test_what_expires_meanwhile() -> None:
    sent = [_at(0), _at(10), _at(20)]
    assert leaving_window(sent, 50, 55) == 0
    assert leaving_window(sent, 55, 75) == 2
    assert leaving_window(sent, 90, 95) == 0
    assert leaving_window([_at(0)], 60.5, 65) == 1, "a second more, for clocks that differ"


def test_what_comes_at_once_tells_what_a_bucket_holds() -> None:
    assert min_bucket_capacity([_at(index * 0.01) for index in range(10)], limit=60, within=1) > 9
    assert min_bucket_capacity([_at(index * 1.0) for index in range(10)], limit=60, within=1) == 1
    assert min_bucket_capacity([], limit=60, within=1) == 0
    overtaken = [_at(0, seconds=0.9), _at(0, seconds=0.1)]
    assert min_bucket_capacity(overtaken, limit=60, within=1) == pytest.approx(2 - 0.9 * 1.1)


_LIMITERS: dict[str, Callable[[], Limiter]] = {
    "log": SlidingLog,
    "log that counts all": lambda: SlidingLog(counts_rejected=True),
    **{f"counter from {phase} s": partial(SlidingCounter, phase=phase) for phase in (0, 20, 40)},
    "counter that counts all": lambda: SlidingCounter(counts_rejected=True),
    "token bucket": lambda: TokenBucket(burst=10),
    "leaky bucket": lambda: LeakyBucket(burst=10),
}


@given(
    st.sampled_from(sorted(_LIMITERS)),
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 30)), min_size=1, max_size=15),
)
def test_no_limiter_lets_more_through_between_two_refusals(name: str, steps: list[tuple[float, int]]) -> None:
    limiter, now = _LIMITERS[name](), 1_000.0
    journal: list[Exchange] = []
    refused, since = None, 0
    for pause, count in steps:
        now += pause
        for _ in range(count):
            now += 0.01
            admitted = limiter.admit("primary", "members", now)
            journal.append(_at(now, status=200 if admitted else 429))
            if admitted:
                since += 1
            else:
                assert refused is None or since <= max_let_in(journal, refused, now, 60)
                refused, since = now, 0


# Pause before them, requests, seconds that an answer takes, share of the seconds until the request is counted
Step = tuple[float, int, float, float]
_TRAFFIC = st.lists(
    st.tuples(st.floats(0, 40), st.integers(1, 40), st.floats(0, 2), st.floats(0, 1)), min_size=1, max_size=10
)


def _journal(limiter: Limiter, traffic: list[Step]) -> Iterator[tuple[Exchange, list[Exchange]]]:
    """Each request with those before it; an answer is waited for before the next request is sent."""
    now, journal = 1_000.0, list[Exchange]()
    for pause, count, seconds, share in traffic:
        now += pause
        for _ in range(count):
            admitted = limiter.admit("primary", "members", now + share * seconds)
            answered = _at(now, seconds, 200 if admitted else 429)
            yield answered, journal
            journal.append(answered)
            now += seconds + 0.01


@given(st.sampled_from(sorted(_LIMITERS)), _TRAFFIC)
def test_whatever_refuses_is_not_shown_to_have_room(name: str, traffic: list[Step]) -> None:
    limit = 10 if "bucket" in name else 60  # buckets refuse for what they hold, too, and that is ten
    for answered, before in _journal(_LIMITERS[name](), traffic):
        assert answered.status == 200 or max_counted(before, answered.sent) > limit - 1


@given(st.sampled_from([1, 3, 10, 60]), _TRAFFIC)
def test_no_bucket_is_taken_for_a_larger_one(burst: int, traffic: list[Step]) -> None:
    journal = [answered for answered, _ in _journal(TokenBucket(burst=burst), traffic)]
    assert min_bucket_capacity(journal, limit=60, within=60) <= burst + 1e-6
    assert bucket_level(journal, journal[-1].sent, limit=60) >= 1


@given(st.sampled_from([10, 60]), st.booleans(), _TRAFFIC)
def test_no_log_is_shown_to_grant_more_than_it_does(limit: int, counts: bool, traffic: list[Step]) -> None:
    limiter = SlidingLog(limit=limit, counts_rejected=counts)
    assert ServedStreak(answered for answered, _ in _journal(limiter, traffic)).most <= limit
