"""The burst: when it ends, and what it ends with."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.ratelimit.burst import Burst, fill_minute, send_burst

from tests.conformance.rate.simulation import VirtualClock
from tests.miniatures.limits import SlidingLog, TokenBucket, Unlimited
from tests.unit.conformance.ratelimit.loading import PROMPT, Scripted, key_under_load, limited


def test_it_ends_with_the_first_429() -> None:
    key = key_under_load(limited(SlidingLog()), before=20)
    burst = send_burst(key)
    assert [answer.status for answer in burst.ending] == [429]
    assert burst.refusals == burst.ending
    assert [each.status for each in key.sent()] == [200] * 60 + [429]


def test_it_ends_when_as_many_were_served_in_a_minute_as_may_be() -> None:
    key = key_under_load(limited(Unlimited()), before=20, cap=70)
    assert send_burst(key) == Burst()
    assert len(key.sent()) == key.most_served() == 70


@pytest.mark.parametrize("latency", [0.06, 0.3, 1.1])
def test_a_slow_deployment_is_not_sent_more_either(latency: float) -> None:
    key = key_under_load(limited(Unlimited(), latency), cap=70)
    assert send_burst(key) == Burst()
    assert key.most_served() == 70


def test_a_deployment_that_answers_too_slowly_is_given_up() -> None:
    key = key_under_load(limited(Unlimited(), latency=20), cap=70)
    assert send_burst(key) == Burst()
    assert len(key.sent()) == 71
    assert key.most_served() < 60


def test_three_other_refusals_in_a_row_end_it() -> None:
    burst = send_burst(key_under_load(limited(SlidingLog(), refusal=503)))
    assert [answer.status for answer in burst.ending] == [503] * 3
    assert burst.refusal_statuses == {503}


def test_two_errors_are_glitches_unless_a_429_follows() -> None:
    deployment = Scripted(SlidingLog(), VirtualClock(1_000), PROMPT)
    key = key_under_load(deployment)
    deployment.errors = (500, 502)
    assert [answer.status for answer in send_burst(key).ending] == [429]

    deployment = Scripted(SlidingLog(), VirtualClock(1_000), PROMPT)
    key = key_under_load(deployment, before=60)
    deployment.errors = (500, 502)
    burst = send_burst(key)
    assert [answer.status for answer in burst.ending] == [500, 502, 429]
    assert burst.refusal_statuses == {429}


def test_a_minute_is_filled_at_even_distances() -> None:
    deployment = limited(TokenBucket(burst=3))
    key = key_under_load(deployment)
    key.client.pacer.spread(key.account)
    begin = key.now()
    fill_minute(key)
    assert key.most_served() == 60
    assert key.now() - begin == pytest.approx(59, abs=1)


def test_a_minute_that_is_not_granted_is_not_filled() -> None:
    key = key_under_load(limited(SlidingLog(limit=10)))
    key.client.pacer.spread(key.account)
    fill_minute(key)
    assert [exchange.status for exchange in key.sent()] == [200] * 10 + [429]
