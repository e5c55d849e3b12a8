"""The overflow: what is served over new connections, and at a slower pace, right after a refusal."""

from __future__ import annotations

import math
import random

import pytest
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.overflow import overflow

from tests.conformance.rate.simulation import Simulated, VirtualClock, Workers
from tests.miniatures.limits import FixedWindow, Limiter, SlidingCounter, SlidingLog, TokenBucket
from tests.unit.conformance.ratelimit.loading import CAP, PROMPT, key_under_load, limited


def _refused(deployment: Simulated) -> KeyUnderLoad:
    key = key_under_load(deployment)
    assert send_burst(key).refusals
    return key


def _workers(count: int) -> Workers:
    workers = [SlidingLog() for _ in range(count)]
    return Workers(workers[0], VirtualClock(1_000), PROMPT, chance=random.Random("workers"), workers=workers)


@pytest.mark.parametrize("limiter", [SlidingLog(), SlidingCounter(), FixedWindow()])
def test_what_is_refused_firmly_is_sent_six_requests_more(limiter: Limiter) -> None:
    key = _refused(limited(limiter))
    sent = len(key.sent())
    found = overflow(key)
    assert [each.status for each in found.on_new_connections] == [429] * 3
    assert [each.status for each in found.at_pace] == [429] * 3
    assert (found.served, found.is_by_connection) == (0, False)
    assert len(key.sent()) == sent + 6
    assert {each.on_new_connection for each in key.sent()[:sent]} == {False}


def test_what_a_bucket_refills_is_not_asked_for_on_and_on() -> None:
    found = overflow(_refused(limited(TokenBucket(burst=60))))
    assert [each.status for each in found.at_pace] == [429, 200, 429, 429, 200, 429]


def test_a_limit_of_a_few_a_second_is_pressed() -> None:
    key = _refused(limited(TokenBucket(per_minute=300, burst=5)))
    assert sum(each.serves_list for each in overflow(key).at_pace) > 100
    assert key.served_lately() == CAP


def test_other_workers_are_found_over_new_connections() -> None:
    found = overflow(_refused(_workers(2)))
    assert found.is_by_connection
    assert found.served > 50
    assert all(each.on_new_connection for each in found.on_new_connections)


def test_no_more_is_served_over_new_connections_than_it_takes() -> None:
    key = _refused(_workers(8))
    assert overflow(key).is_by_connection
    assert key.served_lately() == CAP


def test_one_that_is_let_in_by_chance_is_no_other_worker() -> None:
    key = _refused(limited(SlidingLog()))
    first = key.sent()[0]
    key.wait_until(first.received + 59.99, "until one request leaves the window")
    found = overflow(key)
    assert found.served <= 1
    assert not found.is_by_connection


def test_what_refills_in_a_second_is_served_on_at_a_slower_pace() -> None:
    key = _refused(limited(TokenBucket(per_minute=600, burst=20)))
    found = overflow(key)
    assert len([each for each in found.at_pace if each.serves_list]) > 30
    assert key.served_lately() == CAP


class _ThreeOfFour:
    """Limiter that refuses four requests after sixty, and each fourth later, as one of ten a second does by chance."""

    def __init__(self) -> None:
        self._count = 0

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        self._count += 1
        return self._count <= 60 or (self._count > 64 and self._count % 4 > 0)


def test_a_pause_for_nodes_does_not_make_what_is_served_look_slow() -> None:
    key = _refused(limited(_ThreeOfFour()))
    overflow(key)
    assert key.served_lately() == CAP


def test_a_deployment_that_is_slower_than_that_pace_is_not_asked_so() -> None:
    assert overflow(_refused(limited(TokenBucket(burst=30), latency=0.5))).at_pace == ()


class _WholeSeconds(VirtualClock):
    """Clock that a command moves on by whole seconds."""

    def wait(self, seconds: float) -> None:
        super().wait(math.ceil(seconds))


def test_a_clock_of_whole_seconds_is_sent_as_much_in_each() -> None:
    deployment = Simulated(TokenBucket(per_minute=600, burst=20), _WholeSeconds(1_000), PROMPT)
    key = _refused(deployment)
    start = key.now()
    assert len([each for each in overflow(key).at_pace if each.serves_list]) > 30
    assert key.served_lately() >= CAP
    assert key.now() - start < 60
