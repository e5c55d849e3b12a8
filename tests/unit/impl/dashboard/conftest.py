"""A dashboard on the default data, and visitors to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from oneinvoice_impl.app import Application, create_app
from oneinvoice_impl.clock import MovableClock
from oneinvoice_impl.mock.controls import controls
from oneinvoice_impl.mock.local import Local
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.settings import Settings

from tests.unit.impl.dashboard.serving import Served, serving
from tests.unit.impl.dashboard.visitor import ADMIN, OTHER_ADMIN, Visitor, log_in


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def local() -> Local:
    return Local("127.0.0.1", [ADMIN, OTHER_ADMIN])


@pytest.fixture
def site(clock: MovableClock, local: Local) -> Iterator[Application]:
    """A mock of its own for each test, in memory, with its controls."""
    app = create_app(Settings(webhooks_to_loopback=True), controls(1, "127.0.0.1", clock), clock, local=local)
    seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
    yield app
    app.database.close()


@pytest.fixture
def stranger(site: Application) -> Visitor:
    """Somebody who is not logged in."""
    return Visitor(site)


@pytest.fixture
def admin(site: Application, local: Local) -> Visitor:
    """The user of the primary organisation, logged in."""
    visitor = Visitor(site)
    assert log_in(visitor, local.mailbox, ADMIN).status == 200
    return visitor


@pytest.fixture
def other_admin(site: Application, local: Local) -> Visitor:
    """The user of the other organisation, logged in."""
    visitor = Visitor(site)
    assert log_in(visitor, local.mailbox, OTHER_ADMIN).status == 200
    return visitor


@pytest.fixture
def served() -> Iterator[Served]:
    """A mock that really listens, and so sends webhooks."""
    with serving() as found:
        yield found
