"""Recognising which tables a database has."""

from __future__ import annotations

from pathlib import Path

import oneinvoice_impl.store.migrations
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnusableDatabase
from oneinvoice_impl.store.migrations import tables_0_2_0
from oneinvoice_impl.store.migrations.upgrade import create_schema, upgrade
from oneinvoice_impl.store.schema import (
    CURRENT,
    REVISIONS,
    create_tables,
    find_revision,
    note_revision,
    require_current,
)
from sqlalchemy import text

FOLDER = Path(oneinvoice_impl.store.migrations.__file__).parent


def nobody(step: str) -> None:
    """What is told to nobody."""


def execute(database: Database, statement: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text(statement))


def test_the_revisions_are_those_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(each.revision for each in scripts.walk_revisions())[::-1] == REVISIONS
    assert scripts.get_heads() == [CURRENT]


def test_what_init_makes_is_current(empty_database: Database) -> None:
    assert create_schema(empty_database)
    require_current(empty_database)
    assert not create_schema(empty_database)
    assert not upgrade(empty_database, nobody)


def test_an_empty_database_is_refused(empty_database: Database) -> None:
    sentence = (
        "The database is empty; run"
        if empty_database.file is None
        else "There is no SQLite file .*; correct .*, or run"
    )
    for refused in (require_current, lambda database: upgrade(database, nobody)):
        with pytest.raises(UnusableDatabase, match=f"{sentence} oneinvoice-service init"):
            refused(empty_database)


@pytest.mark.parametrize("is_versioned", [True, False])
def test_an_older_one_is_refused_until_it_is_migrated(empty_database: Database, is_versioned: bool) -> None:
    with empty_database.exclusive() as connection:
        tables_0_2_0.metadata.create_all(connection)
        if is_versioned:
            note_revision(connection, "0001")
    for refused in (require_current, create_schema):
        with pytest.raises(UnusableDatabase, match=r"older version or by a mock; stop .* oneinvoice-service migrate "):
            refused(empty_database)
    told: list[str] = []
    assert upgrade(empty_database, told.append)
    require_current(empty_database)
    assert [line.split()[0] for line in told if line[0] == "0"] == ["0001"] * (not is_versioned) + ["0002", "0003"]


def test_one_of_before_versions_that_is_like_todays_is_current(empty_database: Database) -> None:
    create_schema(empty_database)
    execute(empty_database, "DROP TABLE oneinvoice_schema")
    require_current(empty_database)
    assert upgrade(empty_database, nobody)
    require_current(empty_database)


@pytest.mark.parametrize("act", [require_current, create_schema, lambda database: upgrade(database, nobody)])
@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE oneinvoice_schema SET version_num = '9999'", "newer version of oneinvoice-kit; update the kit here"),
        ("DROP TABLE key_use", "lacks tables of its version; restore it from a backup"),
    ],
)
def test_another_one_is_refused(empty_database: Database, act: object, statement: str, message: str) -> None:
    assert callable(act)
    create_schema(empty_database)
    execute(empty_database, statement)
    with pytest.raises(UnusableDatabase, match=message):
        act(empty_database)


@pytest.mark.parametrize("act", [require_current, create_schema, lambda database: upgrade(database, nobody)])
def test_tables_of_something_else_are_left_alone(empty_database: Database, act: object) -> None:
    assert callable(act)
    execute(empty_database, "CREATE TABLE members (id integer)")
    with pytest.raises(UnusableDatabase, match="holds tables of something else; name an empty one"):
        act(empty_database)


def test_a_mocks_tables_have_their_revision(empty_database: Database) -> None:
    with empty_database.exclusive() as connection:
        create_tables(connection)
        assert find_revision(connection) == CURRENT
