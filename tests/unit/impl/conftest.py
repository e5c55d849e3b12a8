"""Databases of each kind, empty and filled; a dashboard on the default data, and visitors to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database

from tests.services.postgres import Postgres
from tests.unit.impl.seeded import seed_memory
from tests.unit.impl.store.records.stored import differences
from tests.unit.impl.web.visitor import ADMIN, OTHER_ADMIN, Visitor, log_in
from tests.unit.impl.webhook_world import World


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        kinds = ["file", "postgres"] if metafunc.config.getoption("--databases") else ["memory"]
        metafunc.parametrize("database_kind", kinds, scope="session")


@pytest.fixture
def empty_database(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database with nothing in it."""
    url = _postgres(request).emptied_database() if database_kind == "postgres" else _sqlite_url(database_kind, tmp_path)
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def app(
    database_kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    """The application on the default data, with a limit that tests don't reach. They only read it."""
    if database_kind == "postgres":
        url = _postgres(request).new_database()
    else:
        url = _sqlite_url(database_kind, tmp_path_factory.mktemp("database"))
    app = create_app(Settings(url))
    seed_database(app.database, seed=1, scale=450, progress=lambda done, total: None, rate_limit=1_000_000)
    yield app
    app.database.close()


def _sqlite_url(kind: str, folder: Path) -> str:
    return "sqlite://" if kind == "memory" else f"sqlite:///{folder / 'test.db'}"


def _postgres(request: pytest.FixtureRequest) -> Postgres:
    """Return the server, which is started only where it is asked for."""
    server: Postgres = request.getfixturevalue("postgres_server")
    return server


@pytest.fixture
def memory_app() -> Iterator[Application]:
    """The application on data of its own, where the kind of database doesn't matter."""
    app = create_app(Settings())
    seed_memory(app.database)
    yield app
    app.database.close()


@pytest.fixture
def world(empty_database: Database) -> Iterator[World]:
    """An organisation with nothing in it."""
    world = World(empty_database)
    yield world
    assert world.do(differences) == []


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def mock(clock: ManualClock) -> LocalMock:
    return LocalMock(clock=clock)


@pytest.fixture
def site(clock: ManualClock, mock: LocalMock) -> Iterator[Application]:
    """A mock of its own for each test, in memory, with its controls."""
    app = create_app(Settings(webhooks_to_loopback=True), clock=clock, extension=mock)
    seed_memory(app.database)
    yield app
    with app.database.engine.connect() as connection:
        assert differences(connection) == []
    app.database.close()


@pytest.fixture
def stranger(site: Application) -> Visitor:
    """Somebody who is not logged in."""
    return Visitor(site)


@pytest.fixture
def admin(site: Application, mock: LocalMock) -> Visitor:
    """The user of the primary organisation, logged in."""
    visitor = Visitor(site)
    assert log_in(visitor, mock.mailer, ADMIN).status == 200
    return visitor


@pytest.fixture
def other_admin(site: Application, mock: LocalMock) -> Visitor:
    """The user of the other organisation, logged in."""
    visitor = Visitor(site)
    assert log_in(visitor, mock.mailer, OTHER_ADMIN).status == 200
    return visitor
