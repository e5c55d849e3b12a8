"""The models of rate limiters against admissions worked out by hand, and what each promises for any traffic."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.miniatures.limits import (
    CountsForever,
    FixedWindow,
    Global,
    LeakyBucket,
    Limiter,
    Lockout,
    NeverRecovering,
    PerEndpoint,
    PerOrganisation,
    SlidingCounter,
    SlidingLog,
    Stretched,
    TokenBucket,
    Unlimited,
)

# Eighths of a second are exact in binary, so that edges are hit and not nearly hit.
TIMES = st.lists(st.integers(0, 8 * 200).map(lambda eighths: eighths / 8), max_size=200).map(sorted)
CORRECT: list[Callable[[], Limiter]] = [
    SlidingLog,
    SlidingCounter,
    FixedWindow,
    TokenBucket,
    LeakyBucket,
    lambda: SlidingLog(counts_rejected=True),
    lambda: SlidingCounter(counts_rejected=True, phase=17),
    lambda: FixedWindow(counts_rejected=True, phase=59.9),
    lambda: LeakyBucket(counts_rejected=True),
]


def served(limiter: Limiter, times: Iterable[float], key: str = "primary", endpoint: str = "members") -> list[float]:
    """Return the times, in seconds, of the requests that are served."""
    return [now for now in times if limiter.admit(key, endpoint, now)]


def burst(limiter: Limiter, now: float, size: int = 200, key: str = "primary", endpoint: str = "members") -> int:
    """Return how many of so many requests at once are served."""
    return len(served(limiter, [now] * size, key, endpoint))


def most_in(times: list[float], seconds: float) -> int:
    """Return the most of these times that lie within so many seconds, the end excluded."""
    return max((sum(start <= each < start + seconds for each in times) for start in times), default=0)


def test_a_sliding_log_forgets_each_request_after_a_minute():
    limiter = SlidingLog(limit=3)
    assert served(limiter, [0, 10, 20, 30, 59, 60, 61, 70, 79, 80]) == [0, 10, 20, 60, 70, 80]


def test_a_sliding_log_that_counts_refusals_needs_silence():
    limiter = SlidingLog(limit=3, counts_rejected=True)
    assert served(limiter, [0, 10, 20, 30, 59, 60, 61, 70, 79]) == [0, 10, 20]
    assert burst(limiter, 139) == 3


def test_a_fixed_window_begins_anew_at_its_phase():
    limiter = FixedWindow(limit=3, phase=15)
    assert [burst(limiter, now) for now in (0, 14, 15, 74, 75)] == [3, 0, 3, 0, 3]


def test_a_fixed_window_forgets_refusals_with_the_window():
    limiter = FixedWindow(limit=3, counts_rejected=True)
    assert [burst(limiter, now) for now in (0, 59, 60)] == [3, 0, 3]


def test_a_sliding_counter_takes_the_last_window_by_its_overlap():
    limiter = SlidingCounter(limit=60)
    # A quarter into the next window 45 of the 60 are left, in its middle 30, and half an hour later none.
    assert [burst(limiter, now) for now in (50, 75, 90, 1800)] == [60, 15, 15, 60]


def test_a_sliding_counter_that_counts_refusals_serves_less_after_them():
    limiter = SlidingCounter(limit=60, counts_rejected=True)
    assert [burst(limiter, now, 120) for now in (50, 90, 150, 300)] == [60, 0, 0, 60]


def test_a_sliding_counter_has_windows_from_its_phase():
    limiter = SlidingCounter(limit=60, phase=30)
    assert [burst(limiter, now) for now in (29, 45)] == [60, 15]


def test_a_token_bucket_serves_its_burst_and_then_the_refill():
    limiter = TokenBucket(per_minute=30, burst=10)
    assert [burst(limiter, now) for now in (0, 1, 2, 8, 100)] == [10, 0, 1, 3, 10]


def test_a_leaky_bucket_serves_what_leaked_out():
    limiter = LeakyBucket(per_minute=30, burst=10)
    assert [burst(limiter, now) for now in (0, 1, 2, 8, 100)] == [10, 0, 1, 3, 10]


def test_a_leaky_bucket_that_counts_refusals_stays_full():
    # Half a request leaks out in a second: one more would overflow, and fills the bucket again.
    limiter = LeakyBucket(per_minute=30, burst=10, counts_rejected=True)
    assert burst(limiter, 0) == 10
    assert served(limiter, [1, 2, 3, 4, 5]) == []
    assert served(limiter, [7, 8, 10]) == [7, 10]


@pytest.mark.parametrize("new", CORRECT)
def test_accounts_have_limits_of_their_own(new: Callable[[], Limiter]):
    limiter = new()
    first = burst(limiter, 1000)
    assert first > 0
    assert burst(limiter, 1000) == 0
    assert [burst(limiter, 1000, key=key) for key in ("sibling", "other")] == [first, first]


@pytest.mark.parametrize("new", CORRECT)
def test_endpoints_count_together(new: Callable[[], Limiter]):
    limiter = new()
    assert burst(limiter, 1000, endpoint="members") > 0
    assert [burst(limiter, 1000, endpoint=each) for each in ("quotes", "invoices")] == [0, 0]


@pytest.mark.parametrize("new", CORRECT)
@given(times=TIMES)
def test_all_is_served_again_after_two_minutes_of_silence(new: Callable[[], Limiter], times: list[float]):
    limiter = new()
    served(limiter, times)
    assert burst(limiter, (times or [0])[-1] + 120) == burst(new(), 0)


@pytest.mark.parametrize("counts_rejected", [False, True])
@given(times=TIMES, limit=st.integers(1, 70))
def test_a_sliding_log_never_serves_more_than_its_limit_in_a_minute(
    counts_rejected: bool, times: list[float], limit: int
):
    assert most_in(served(SlidingLog(limit=limit, counts_rejected=counts_rejected), times), 60) <= limit


@given(times=TIMES, limit=st.integers(1, 70))
def test_a_sliding_log_refuses_only_what_would_be_too_many(times: list[float], limit: int):
    limiter, before = SlidingLog(limit=limit), list[float]()
    for now in times:
        recent = sum(each > now - 60 for each in before)
        assert limiter.admit("primary", "members", now) == (recent < limit)
        before += [now] if recent < limit else []


@given(times=TIMES, limit=st.integers(1, 70), phase=st.integers(0, 59))
def test_windows_never_serve_more_than_twice_their_limit_in_a_minute(times: list[float], limit: int, phase: int):
    for limiter in (FixedWindow(limit=limit, phase=phase), SlidingCounter(limit=limit, phase=phase)):
        assert most_in(served(limiter, times), 60) <= 2 * limit


@given(times=TIMES, rate=st.sampled_from([15, 30, 60]), size=st.integers(1, 70), seconds=st.integers(1, 90))
def test_buckets_never_serve_more_than_their_burst_and_the_refill(
    times: list[float], rate: int, size: int, seconds: int
):
    for limiter in (TokenBucket(per_minute=rate, burst=size), LeakyBucket(per_minute=rate, burst=size)):
        assert most_in(served(limiter, times), seconds) <= size + rate * seconds / 60


@given(times=TIMES, rate=st.sampled_from([15, 30, 60]), size=st.integers(1, 70))
def test_both_buckets_are_the_same_seen_from_two_sides(times: list[float], rate: int, size: int):
    tokens, leak = TokenBucket(per_minute=rate, burst=size), LeakyBucket(per_minute=rate, burst=size)
    assert served(tokens, times) == served(leak, times)


def test_no_limit_serves_everything():
    assert burst(Unlimited(), 0, 10_000) == 10_000


def test_a_global_limit_is_used_up_by_anybody():
    limiter = Global(SlidingLog())
    assert [burst(limiter, 0, 40, key=key) for key in ("other", "primary", "sibling")] == [40, 20, 0]


def test_a_limit_of_an_organisation_is_used_up_by_the_sibling():
    limiter = PerOrganisation(SlidingLog())
    assert [burst(limiter, 0, 40, key=key) for key in ("sibling", "primary", "other")] == [40, 20, 40]


def test_a_limit_of_each_endpoint_leaves_the_others():
    limiter = PerEndpoint(SlidingLog())
    assert [burst(limiter, 0, endpoint=each) for each in ("members", "quotes", "invoices")] == [60, 60, 60]
    assert burst(limiter, 0, 40, key="other") == 40


def test_a_lockout_ends_when_its_time_is_over_however_often_one_asks():
    limiter = Lockout(SlidingLog(limit=3), seconds=300)
    assert served(limiter, [0, 1, 2, 3, 61, 200, 302, 303, 304]) == [0, 1, 2, 303, 304]
    assert burst(limiter, 10, key="other") == 3


def test_after_one_refusal_nothing_is_served_ever_again():
    limiter = NeverRecovering(SlidingLog(limit=3))
    assert served(limiter, [0, 30, 60, 90, 91, 92, 100_000]) == [0, 30, 60, 90, 91]


def test_a_longer_window_forgets_later():
    limiter = Stretched(SlidingLog(limit=3), times=5)
    assert served(limiter, [0, 10, 20, 60, 299, 300, 310, 311]) == [0, 10, 20, 300, 310]


def test_what_never_expires_is_used_up_for_good():
    limiter = CountsForever(limit=3)
    assert served(limiter, [0, 100, 100_000, 200_000]) == [0, 100, 100_000]
    assert burst(limiter, 0, key="other") == 3
