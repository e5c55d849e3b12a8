"""When the database fails: 500 in the shape of every problem, and recovery by itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from oneinvoice_impl.server.app import Application

from tests.services.postgres import Postgres
from tests.unit.impl.api.test_error_handlers import KEY, assert_database_problem, filled, members
from tests.unit.impl.asgi_client import ask


@pytest.fixture
def postgres_app(postgres_server: Postgres) -> Iterator[Application]:
    app = filled(postgres_server.new_database())
    yield app
    app.database.close()


def test_postgres_stopped_and_started(
    postgres_app: Application, postgres_server: Postgres, caplog: pytest.LogCaptureFixture
) -> None:
    before = members(postgres_app)
    postgres_server.stop()
    try:
        for _ in range(3):
            assert_database_problem(members(postgres_app))
        assert ask(postgres_app, "/api/v1").status == 200
        assert ask(postgres_app, "/api/v1/members").status == 401
    finally:
        postgres_server.start()
    assert members(postgres_app).body == before.body
    assert KEY not in caplog.text


def test_postgres_restarted_between_two_requests(postgres_app: Application, postgres_server: Postgres) -> None:
    before = members(postgres_app)
    postgres_server.stop()
    postgres_server.start()
    assert members(postgres_app).body == before.body
