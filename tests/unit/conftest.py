"""Unit tests start no process, open no connection and never wait: what they are for is an answer in seconds."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
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
    "time.sleep": "slept",
}

_offences: list[str] | None = None
"""Those of the test that runs; `None` between tests, when pytest and its plugins may do all this."""


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in FORBIDDEN and _offences is not None and (event != "time.sleep" or arguments[0] > 0):
        _offences.append(f"it {FORBIDDEN[event]} ({event} {arguments[:1]})")


_sleep = asyncio.sleep
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
    monkeypatch.setattr(asyncio, "sleep", _watched_sleep)
    yield
    offences, _offences = _offences, None
    if offences:
        pytest.fail(f"A unit test only computes, but {offences[0]}. Move it to tests/integration.", pytrace=False)


async def _watched_sleep(delay: float, result: Any = None) -> Any:
    if delay > 0 and _offences is not None:
        _offences.append(f"it slept (asyncio.sleep {delay})")
    return await _sleep(delay, result)
