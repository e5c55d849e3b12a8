"""The command line of a service, on an SQLite file with its tables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from oneinvoice_impl.service.cli.main import cli
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.schema import create_tables

Command = Callable[..., Result]


@pytest.fixture
def database_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the tables of this version, which the environment names."""
    url = f"sqlite:///{tmp_path / 'service.db'}"
    database = Database(url)
    with database.exclusive() as connection:
        create_tables(connection)
    database.close()
    monkeypatch.setenv("ONEINVOICE_DATABASE_URL", url)
    return url


@pytest.fixture
def command(database_url: str) -> Command:
    return lambda *words: CliRunner().invoke(cli, words)


@pytest.fixture
def organisation(command: Command) -> str:
    """The id of an organisation without data."""
    return command("organisation", "create", "Nordlys AS").stdout.strip()
