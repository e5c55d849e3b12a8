"""An application on a database without its tables doesn't start, under any server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from oneinvoice_impl.server.app import create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.schema import create_tables


def started(url: str) -> list[dict[str, Any]]:
    """What an application says at its start and its end."""
    said: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def run() -> None:
        asked = iter(["lifespan.startup", "lifespan.shutdown"])

        async def receive() -> Any:
            return {"type": next(asked)}

        await create_app(Settings(database_url=url))({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)

    asyncio.run(run())
    return said


def test_an_empty_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    sentence = "The database is empty; run oneinvoice-service init first."
    (tmp_path / "empty.db").touch()
    assert started(f"sqlite:///{tmp_path / 'empty.db'}") == [
        {"type": "lifespan.startup.failed", "message": sentence},
    ]


def test_a_file_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    [said] = started(f"sqlite:///{tmp_path / 'missing.db'}")
    assert said["message"] == (
        f"There is no SQLite file {tmp_path / 'missing.db'}; correct ONEINVOICE_DATABASE_URL, or run "
        "oneinvoice-service init."
    )
    assert list(tmp_path.iterdir()) == []


def test_one_that_has_its_tables_is_served(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'service.db'}"
    database = Database(url)
    with database.exclusive() as connection:
        create_tables(connection)
    database.close()
    assert [each["type"] for each in started(url)] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_one_that_is_away_is_waited_for() -> None:
    said = started("postgresql://tester@127.0.0.1:1/none")
    assert [each["type"] for each in said] == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
