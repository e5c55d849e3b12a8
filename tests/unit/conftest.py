"""Unit tests start no process, open no connection and never wait: what they are for is an answer in seconds."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
PROCESS = "started a process"
FORBIDDEN = {
    "subprocess.Popen": PROCESS,
    "os.fork": PROCESS,
    "os.posix_spawn": PROCESS,
    "os.system": PROCESS,
    "socket.bind": "bound a socket",
    "socket.connect": "connected a socket",
}

_offences: list[str] | None = None
"""Those of the test that runs; `None` between tests, when pytest and its plugins may do all this."""


def _watch(event: str, _: tuple[Any, ...]) -> None:
    if event in FORBIDDEN and _offences is not None:
        _offences.append(f"{FORBIDDEN[event]} ({event})")


# There is no way to remove a hook, so there is one for the whole run.
sys.addaudithook(_watch)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--databases"):
        items[:] = [each for each in items if FOLDER not in each.path.parents or "database_kind" in _fixtures(each)]


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Watch from before the first fixture on."""
    global _offences
    _offences = None if item.config.getoption("--databases") else []


@pytest.fixture(autouse=True)
def only_computes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that does more than compute. Not all can be seen: a C library connects without being noticed."""
    global _offences
    monkeypatch.setattr(asyncio, "sleep", _watched(asyncio.sleep))
    monkeypatch.setattr(time, "sleep", _watched(time.sleep))
    yield
    offences, _offences = _offences, None
    if offences:
        pytest.fail(
            f"A unit test only computes, but this one {offences[0]}. Move it to tests/integration.", pytrace=False
        )


def _watched(sleep: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function that notes a sleep (there is no event of it before Python 3.13), and then sleeps."""

    def watched(delay: float, *result: Any) -> Any:
        if delay > 0 and _offences is not None:
            _offences.append(f"slept ({sleep.__module__}.sleep({delay}))")
        return sleep(delay, *result)

    return watched
