"""When the database fails: 500 in the shape of every problem, and recovery by itself."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from sqlalchemy import text

from tests.unit.impl.asgi_client import Answer, ask, bearer

KEY = key_text(1, "primary")


def members(app: Application) -> Answer:
    return ask(app, "/api/v1/members?limit=3", bearer(KEY))


def filled(url: str) -> Application:
    app = create_app(Settings(url))
    seed_database(app.database, seed=1, scale=30, progress=lambda done, total: None)
    return app


def assert_database_problem(answer: Answer) -> None:
    assert answer.status == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The database did not answer; try again, and contact us if it goes on.",
        "request_id": answer.headers["x-request-id"],
    }


@pytest.fixture
def file_app(tmp_path: Path) -> Iterator[Application]:
    app = filled(f"sqlite:///{tmp_path / 'test.db'}")
    yield app
    app.database.close()


@pytest.mark.parametrize("table", ["members", "api_keys"])
def test_a_table_is_gone_for_a_while(file_app: Application, table: str, caplog: pytest.LogCaptureFixture) -> None:
    before = members(file_app)
    with file_app.database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE {table} RENAME TO gone"))
    with caplog.at_level(logging.DEBUG):
        answer = members(file_app)
    assert_database_problem(answer)
    assert answer.json["request_id"] in caplog.text
    assert "no such table" in caplog.text
    assert "SELECT" not in caplog.text
    assert KEY not in caplog.text
    with file_app.database.engine.begin() as connection:
        connection.execute(text(f"ALTER TABLE gone RENAME TO {table}"))
    assert members(file_app).body == before.body


def test_a_mistyped_key_is_refused_without_the_database(file_app: Application) -> None:
    with file_app.database.engine.begin() as connection:
        connection.execute(text("DROP TABLE api_keys"))
    assert ask(file_app, "/api/v1/members", bearer(KEY[:-1] + "!")).status == 401
    assert_database_problem(members(file_app))


def test_a_file_is_overwritten_and_restored(file_app: Application, tmp_path: Path) -> None:
    file = tmp_path / "test.db"
    before = members(file_app)
    # What is open has the content in its log; closed, all of it is in the file.
    file_app.database._reader.close()
    file_app.database.engine.dispose()
    content = file.read_bytes()
    file.write_bytes(b"nonsense" * (len(content) // 8))
    assert_database_problem(members(file_app))
    file.write_bytes(content)
    assert members(file_app).body == before.body


def test_an_error_that_nobody_expected(
    memory_app: Application, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("oneinvoice_impl.api.operations.join_json", lambda texts: 1 / 0)
    answer = members(memory_app)
    assert answer.status == 500
    assert answer.json["detail"] == "This failed on our side; try again, and contact us if it goes on."
    assert answer.json["request_id"] in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in answer.body.decode()
    assert KEY not in caplog.text
    monkeypatch.undo()
    assert members(memory_app).status == 200
