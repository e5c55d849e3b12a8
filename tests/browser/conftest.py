"""One browser for all, and one mock for each module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.mocks import Mock, running_mock
from tests.browser.windows import Windows, chromium, logged_in


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with running_mock() as mock:
        yield mock


@pytest.fixture
def windows(browser: Browser, mock: Mock) -> Iterator[Windows]:
    """At the end nothing went wrong in them, and nothing was asked of anybody else."""
    windows = Windows(browser, mock.url)
    yield windows
    windows.close()
    assert windows.problems == []


@pytest.fixture(scope="module")
def admin(browser: Browser, mock: Mock) -> Any:
    """What makes a window one of the seeded organisation's user: `windows.open(storage_state=admin)`."""
    windows = Windows(browser, mock.url)
    state = logged_in(windows, mock)
    windows.close()
    assert windows.problems == []
    return state
