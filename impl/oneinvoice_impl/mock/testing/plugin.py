"""Plugin of pytest: the fixtures `oneinvoice`, `oneinvoice_sandbox` and `oneinvoice_receiver`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from oneinvoice_impl.mock.testing.receiver import Receiver
    from oneinvoice_impl.mock.testing.sandbox import Sandbox
    from oneinvoice_impl.mock.testing.server import Mock

# pytest loads this in each project that has the kit: whatever a fixture needs is imported with its first use.


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the settings of pytest.ini and pyproject.toml."""
    parser.addini("oneinvoice_url", "URL of a running mock for the tests, in the place of one that they start")
    parser.addini("oneinvoice_args", "options of the oneinvoice-mock that the tests start", type="args")


@pytest.fixture(scope="session")
def oneinvoice(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    """Mock server that all tests share, those of other workers of pytest-xdist too.

    It is started for the first test that asks for it, and ends with the last. If ONEINVOICE_URL is set, or
    `oneinvoice_url` in pytest.ini, the mock that runs there is used instead.
    """
    from oneinvoice_impl.mock.testing.controls import MockProblem
    from oneinvoice_impl.mock.testing.server import running_mock, shared_mock

    url = os.environ.get("ONEINVOICE_URL") or request.config.getini("oneinvoice_url")
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent  # of the session, where each worker has a folder
    with ExitStack() as stack:
        try:
            if url:
                mock = running_mock(url, os.environ)
            else:
                mock = stack.enter_context(shared_mock(folder / "oneinvoice", request.config.getini("oneinvoice_args")))
        except MockProblem as problem:
            sentence = str(problem)
        else:
            yield mock
            return
    # Here, where no exception is at work that pytest would show as well.
    pytest.fail(sentence, pytrace=False)


@pytest.fixture
def oneinvoice_sandbox(oneinvoice: Mock) -> Iterator[Sandbox]:
    """API with data, keys, webhooks, limit, clock, faults and journal that are this test's alone."""
    with oneinvoice.sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def oneinvoice_receiver() -> Iterator[Receiver]:
    """HTTP server of this test, which receives webhooks at its `url`."""
    from oneinvoice_impl.mock.testing.receiver import receiver

    with receiver() as listening:
        yield listening
