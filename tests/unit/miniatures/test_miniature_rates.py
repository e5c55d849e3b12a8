"""The deployments with rate limits, in virtual time and as processes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from itertools import count

import pytest
import urllib3

from tests.miniatures import RATE_FREE, Deployment, clock, keys
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


@contextmanager
def miniature(*options: str) -> Iterator[str]:
    """Yield the base URL of a miniature in a process of its own."""
    command = [sys.executable, "-m", "tests.miniatures", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip().removeprefix("export ONEINVOICE_URL=")
        finally:
            process.terminate()


def statuses(pool: urllib3.PoolManager, url: str, size: int) -> list[int]:
    return [pool.request("GET", f"{url}/api/v1/quotes", headers=KEY).status for _ in range(size)]


def move_on(url: str, seconds: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.miniatures.clock", url, seconds]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_window_by_the_clock_that_a_command_moves_on(pool: urllib3.PoolManager):
    with miniature("--window", "--clock") as url:
        assert statuses(pool, url, 61) == [200] * 60 + [429]
        assert move_on(url, "30").returncode == 0
        assert statuses(pool, url, 1) == [429]
        assert move_on(url, "31").returncode == 0
        assert statuses(pool, url, 61) == [200] * 60 + [429]


def test_a_fault_brings_its_own_window(pool: urllib3.PoolManager):
    with miniature("--fault", "locks-out-for-five-minutes", "--clock") as url:
        assert statuses(pool, url, 61) == [200] * 60 + [429]
        move_on(url, "299")
        assert statuses(pool, url, 1) == [429]
        move_on(url, "2")
        assert statuses(pool, url, 1) == [200]


def test_a_window_beside_a_fault_of_that_kind_is_refused():
    command = [sys.executable, "-m", "tests.miniatures", "--window", "--fault", "rate-of-30"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert "leave --window out" in run.stderr


def test_a_clock_that_is_not_open_stays(pool: urllib3.PoolManager):
    with miniature("--window") as url:
        run = move_on(url, "30")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("the clock was not moved on: 404 ")


def test_a_clock_moves_by_whole_seconds_and_never_back(pool: urllib3.PoolManager, served: Callable[[Deployment], str]):
    deployment = Deployment()
    deployment.clock_is_open = True
    url = served(deployment)
    for bad in ("-1", "1.5", "x", ""):
        with pytest.raises(ValueError, match="400 POST to /_clock"):
            clock.advance(url, bad)
    assert pool.request("GET", f"{url}/_clock?advance=5").status == 400
    before = deployment.now()
    clock.advance(url, "5")
    assert deployment.now() - before >= 5


def test_a_clock_under_a_base_path(served: Callable[[Deployment], str]):
    class Based(Deployment):
        prefix = "/staging"
        clock_is_open = True

    deployment = Based()
    clock.advance(served(deployment), "100")
    assert deployment.now() >= 100


def test_the_clock_of_nobody():
    run = move_on("http://127.0.0.1:9", "5")
    assert (run.returncode, run.stdout) == (1, "")
    assert run.stderr.startswith("the clock was not moved on: ")
    assert run.stderr.count("\n") == 1
