"""The deployments with rate limits, in virtual time and as processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from itertools import count

import pytest
import urllib3

from tests.miniatures import RATE_FREE, Deployment, keys
from tests.unit.miniatures.minutes import Minutes

KEY = {"Authorization": f"Bearer {keys()['primary'].value}"}


def test_requests_without_a_good_key_count_nowhere():
    minutes = Minutes(RATE_FREE["rate-by-sliding-log"].deployment())
    assert {answer.status for answer in minutes.burst(key="revoked") if answer} == {401}
    assert all(minutes.serves() for _ in range(60))
    assert not minutes.serves()


def test_a_node_lets_its_sixty_pass_whatever_the_other_does():
    minutes = Minutes(RATE_FREE["rate-of-each-node"].deployment())
    statuses = [answer.status for answer in minutes.burst(300) if answer]
    assert statuses.count(200) == 120
    assert 60 < statuses.index(429) < 120


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("retry-after-seconds", lambda value: value == "60"),
        ("retry-after-date", lambda value: 57 < parsedate_to_datetime(value).timestamp() - time.time() <= 60),
        ("retry-after-too-short", lambda value: value == "1"),
        ("retry-after-nonsense", lambda value: value == "a minute"),
        ("rate-by-sliding-log", lambda value: value is None),
    ],
)
def test_a_refusal_says_when_to_come_again(name: str, said: Callable[[str | None], bool]):
    refusal = Minutes(RATE_FREE[name].deployment()).burst(61)[-1]
    assert refusal
    assert refusal.status == 429
    assert said(refusal.headers.get("Retry-After"))


def test_discovery_has_a_limit_where_it_is_said_so():
    open_to_all = Minutes(RATE_FREE["rate-by-sliding-log"].deployment())
    assert {answer.status for answer in open_to_all.burst(70, endpoint="") if answer} == {200}
    counted = Minutes(RATE_FREE["discovery-counts-on-key"].deployment())
    assert [answer.status for answer in counted.burst(61, endpoint="") if answer][59:] == [200, 429]
    assert not counted.serves()
    own = Minutes(RATE_FREE["discovery-has-rate-of-its-own"].deployment())
    assert [answer.status for answer in own.burst(61, endpoint="") if answer][59:] == [200, 429]
    assert own.serves()


# The clock, and the command line


def test_windows_begin_with_the_first_request():
    deployment = Deployment()
    ticks = count(1000.25, 0.5)
    deployment.clock = lambda: next(ticks)
    assert deployment.now() == 0.5
    assert deployment.now() == 1.0
    deployment.advance(60)
    assert deployment.now() == 61.5


def statuses(pool: urllib3.PoolManager, url: str, size: int) -> list[int]:
    return [pool.request("GET", f"{url}/api/v1/quotes", headers=KEY).status for _ in range(size)]
