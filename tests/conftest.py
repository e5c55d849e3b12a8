"""What every test runs on."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.services.postgres import Postgres

# A shell has what it starts in the background ignore Ctrl-C, and children inherit that: the ones that a test interrupts
# would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """Have the collector of garbage leave what was collected of tests alone: it is there to the end."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--databases",
        action="store_true",
        help="of tests/unit, run those that use a database, on an SQLite file and on PostgreSQL instead of in memory",
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    # The tests of the wheel have no driver where they run, and need none.
    from tests.services.postgres import postgres

    with postgres() as server:
        yield server
