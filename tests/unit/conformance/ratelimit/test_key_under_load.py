"""The key under load: what it has sent, how many it sends together, and how it waits."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Request

from tests.miniatures.limits import SlidingLog, Unlimited
from tests.unit.conformance.ratelimit.loading import key_under_load, limited


def test_only_what_was_sent_with_the_key_is_its_own() -> None:
    key = key_under_load(limited(Unlimited()), before=2)
    key.client.ask_once(Request("", NOBODY))
    other = key.client.deployment.credential(Role.OTHER)
    assert other
    key.send(3, Request("members", other))
    key.send()
    assert [exchange.request.credential.account for exchange in key.sent()] == ["primary"] * 3
    assert len(key.journal) == 7


@pytest.mark.parametrize(("latency", "count"), [(0.005, 1), (0.05, 1), (0.06, 2), (0.3, 6), (2.0, 10)])
def test_a_slow_deployment_is_sent_several_requests_at_once(latency: float, count: int) -> None:
    assert key_under_load(limited(Unlimited(), latency)).concurrency() == count


def test_so_few_are_sent_at_once_that_a_window_is_not_filled_between_two_refusals() -> None:
    assert key_under_load(limited(Unlimited(), latency=2.0), limit=30).concurrency() == 5


@pytest.mark.parametrize(("by_turns", "count"), [(True, 1), (False, 6)])
def test_what_is_answered_by_turns_is_no_longer_sent_together(by_turns: bool, count: int) -> None:
    key = key_under_load(limited(Unlimited(), 0.3, by_turns=by_turns), before=9)
    assert key.concurrency() == 6
    for _ in range(2):
        key.send(key.concurrency())
    assert key.concurrency() == count
    assert key.seconds_of(5) == pytest.approx(1.5 if by_turns else 0.3)


def test_one_slow_batch_does_not_tell_how_many_are_answered_together() -> None:
    deployment = limited(Unlimited(), 0.3, by_turns=True)
    key = key_under_load(deployment, before=9)
    key.send(6)
    assert key.concurrency() > 1
    deployment.by_turns = False
    for _ in range(9):
        key.send(6)
    assert key.concurrency() == 6


def test_what_was_served_at_once_is_remembered() -> None:
    key = key_under_load(limited(SlidingLog(limit=10)), before=2)
    assert key.served_concurrency() == 1
    key.send(4)
    key.send(5)  # of which one is refused
    assert key.served_concurrency() == 4
    assert key.most_served() == 10
    assert key.min_capacity() == pytest.approx(10, abs=0.1)


def test_silence_is_from_the_last_answer_on() -> None:
    deployment = limited(Unlimited())
    key = key_under_load(deployment)
    answered = key.sent()[-1].received
    deployment.clock.wait(20)
    key.stay_silent(61, "for a test")
    assert key.now() == pytest.approx(answered + 61)
    key.stay_silent(30, "for a test")
    assert key.now() == pytest.approx(answered + 61), "that is over already"


def test_beyond_the_limit_it_waits_for_nodes_but_where_that_is_not_wanted() -> None:
    key = key_under_load(limited(Unlimited()))
    key.send(65)
    start = key.now()
    key.send(10)
    assert key.now() - start == pytest.approx(1.2, abs=0.1)
    key.pauses = False
    assert len({each.sent for each in key.send(10)}) == 1, "all are sent together"
    assert key.now() - start == pytest.approx(1.2, abs=0.1)
