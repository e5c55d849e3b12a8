"""The deployments with rate limits, in virtual time and as processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import urllib3

from tests.miniatures import Deployment, clock
from tests.unit.miniatures.test_miniature_rates import statuses


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
