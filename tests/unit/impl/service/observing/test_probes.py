"""Whether a process answers, and whether it can serve, is told beside the API."""

from __future__ import annotations

from typing import Any

import pytest
from oneinvoice_impl.service.observing.probes import Probes
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.schema import create_tables

from tests.unit.impl.asgi_client import Answer, ask


async def _app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def probe(database: Database, path: str, method: str = "GET") -> Answer:
    return ask(Probes(_app, database, lambda: "not used"), path, method=method)


@pytest.fixture
def database() -> Any:
    database = Database("sqlite://")
    with database.exclusive() as connection:
        create_tables(connection)
    yield database
    database.close()


def test_a_process_answers_whatever_its_database_does(database: Database) -> None:
    database.close()
    answer = probe(database, "/healthz")
    assert (answer.status, answer.json) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_ready_with_its_tables(database: Database) -> None:
    answer = probe(database, "/readyz")
    assert (answer.status, answer.json) == (200, {"status": "ok", "database": "ok", "redis": "not used"})
    assert answer.headers["cache-control"] == "no-store"


def test_it_is_not_ready_without(empty_database: Database) -> None:
    answer = probe(empty_database, "/readyz")
    assert answer.status == 503
    assert answer.json["database"] == "it has not the tables of this version"


def test_it_is_not_ready_while_the_database_is_away(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run(query: Any) -> None:
        raise DatabaseFailure(ConnectionError("host db.internal, user oneinvoice"))  # type: ignore[arg-type]

    monkeypatch.setattr(database, "run", run)
    answer = probe(database, "/readyz")
    assert answer.status == 503
    assert answer.json == {"status": "not ready", "database": "it does not answer", "redis": "not used"}


def test_other_methods_and_paths(database: Database) -> None:
    assert probe(database, "/readyz", "HEAD").status == 200
    answer = probe(database, "/readyz", "POST")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")
    assert probe(database, "/readyz/").status == 404
