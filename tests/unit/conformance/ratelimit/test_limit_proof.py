"""The proof of a limit: what a refusal has to stand until no limiter explains it that grants the limit."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limit_proof import prove_limit, repeat_burst, spread_over_minute

from tests.conformance.rate.simulation import Simulated, VirtualClock
from tests.miniatures.limits import FixedWindow, LeakyBucket, Limiter, SlidingCounter, SlidingLog, TokenBucket
from tests.unit.conformance.ratelimit.loading import PROMPT, Scripted, key_under_load, limited


def _refused(deployment: Simulated) -> KeyUnderLoad:
    key = key_under_load(deployment)
    assert send_burst(key).refusals
    return key


def _kinds(limit: int) -> list[Limiter]:
    return [SlidingLog(limit=limit), SlidingCounter(limit=limit, counts_rejected=True), FixedWindow(limit=limit)]


@pytest.mark.parametrize("limiter", [*_kinds(30), *_kinds(59)])
def test_a_refusal_by_a_window_that_is_too_small_persists(limiter: Limiter) -> None:
    key = _refused(limited(limiter))
    burst = repeat_burst(key)
    assert burst.served in (30, 59)
    assert burst.persistent_refusal is key.sent()[-1]
    assert burst.persistent_refusal.status == 429


@pytest.mark.parametrize("limiter", _kinds(60))
def test_a_window_that_grants_the_limit_serves_it_after_a_silence(limiter: Limiter) -> None:
    burst = repeat_burst(_refused(limited(limiter)))
    assert (burst.served, burst.persistent_refusal) == (60, None)


@pytest.mark.parametrize(
    "limiter", [TokenBucket(burst=1), TokenBucket(burst=40), LeakyBucket(burst=10, counts_rejected=True)]
)
def test_no_refusal_by_a_bucket_persists(limiter: Limiter) -> None:
    burst = repeat_burst(_refused(limited(limiter)))
    assert burst.served < 60
    assert burst.persistent_refusal is None


def test_a_window_may_turn_over_before_the_refusal_persists() -> None:
    key = _refused(limited(FixedWindow(limit=50, phase=1_000)))
    key.wait_until(1_178, "until the window is about to turn")
    proof = prove_limit(key, one_by_one=False)
    assert [bool(burst.persistent_refusal) for burst in proof.bursts] == [False, True]
    assert proof.spread.answers == ()


@pytest.mark.parametrize("limiter", [TokenBucket(burst=10), LeakyBucket(burst=5), SlidingLog(), FixedWindow()])
def test_what_grants_the_limit_serves_it_at_even_distances(limiter: Limiter) -> None:
    spread = spread_over_minute(_refused(limited(limiter)))
    assert [answer.status for answer in spread.answers] == [200] * 60
    assert 58 < spread.answers[-1].sent - spread.answers[0].sent < 60


def test_a_bucket_that_fills_too_slowly_refuses_at_even_distances() -> None:
    proof = prove_limit(_refused(limited(TokenBucket(per_minute=30, burst=10))), one_by_one=False)
    assert len(proof.bursts) == 1, "two windows of ten don't serve sixty"
    assert proof.spread.answers[-1].status == 429
    assert len(proof.spread.answers) < 60
    assert proof.spread.refusal_counts


@pytest.mark.parametrize("burst", [1, 2])
def test_a_refusal_by_a_bucket_with_nothing_to_spare_does_not_count(burst: int) -> None:
    assert not spread_over_minute(_refused(limited(TokenBucket(burst=burst)))).refusal_counts


def test_a_key_that_is_granted_requests_one_by_one_goes_without_bursts() -> None:
    proof = prove_limit(_refused(limited(TokenBucket(per_minute=30, burst=5))), one_by_one=True)
    assert proof.bursts == ()
    assert proof.spread.answers[-1].status == 429
    assert proof.spread.refusal_counts


def test_a_bucket_of_some_is_asked_the_limit_at_even_distances() -> None:
    proof = prove_limit(_refused(limited(TokenBucket(burst=5))), one_by_one=True)
    assert [answer.status for answer in proof.spread.answers] == [200] * 60
    assert not proof.spread.is_gentle


def test_a_bucket_of_one_is_asked_a_few_slower_ones() -> None:
    proof = prove_limit(_refused(limited(TokenBucket(burst=1))), one_by_one=True)
    assert [answer.status for answer in proof.spread.answers] == [200] * 12
    assert proof.spread.is_gentle
    assert not proof.spread.refusal_counts


def test_a_bucket_of_one_that_fills_at_half_the_pace_refuses_those_too() -> None:
    key = _refused(limited(TokenBucket(per_minute=30, burst=1)))
    key.stay_silent(121, "so that what others sent before the run explains nothing")
    spread = prove_limit(key, one_by_one=True).spread
    assert [answer.status for answer in spread.answers] == [200, 429]
    assert spread.is_gentle
    assert spread.refusal_counts


def test_an_error_at_even_distances_is_tried_again_and_no_refusal_counts_after_it() -> None:
    deployment = Scripted(TokenBucket(burst=10), VirtualClock(1_000), PROMPT)
    key = _refused(deployment)
    deployment.errors = (502,)
    spread = spread_over_minute(key)
    assert [answer.status for answer in spread.answers] == [200] * 60
    assert not spread.refusal_counts

    deployment.errors = (502, 502)
    assert [answer.status for answer in spread_over_minute(key).answers] == [502]
