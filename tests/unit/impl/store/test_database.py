"""Which databases can be used, and what is said of others."""

from __future__ import annotations

import asyncio
import os
import stat
from contextlib import closing
from pathlib import Path

import pytest
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import UnreachableDatabase, UnusableDatabase
from oneinvoice_impl.store.schema import create_tables
from oneinvoice_impl.webhooks.secret_encryption import SecretEncryption
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select

thing = Table("thing", MetaData(), Column("id", Integer))


@pytest.mark.parametrize("url", ["", "mock.db", "/tmp/mock.db", "sqlite", "mysql://host/db", "mysql+nonsense://host/db",
                                 "postgresql+psycopg2://host/db", "oracle://host", "postgresql://host:port/db",
                                 "sqlite:///x?nonsense=1", "sqlite:///x?timeout=x"])  # fmt: skip
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(UnusableDatabase) as caught:
        Database(url)
    assert len(str(caught.value).splitlines()) == 1


def test_no_message_gives_a_password_away() -> None:
    with pytest.raises(UnusableDatabase) as caught:
        Database("mysql://user:secret@host/db")
    assert "secret" not in str(caught.value)
    database = Database("postgresql://user:secret@127.0.0.1:1/db")
    with (
        pytest.raises(UnreachableDatabase, match=r"user:\*\*\*@127\.0\.0\.1:1/db") as unreachable,
        database.exclusive(),
    ):
        pass
    assert "secret" not in str(unreachable.value)


def test_options_that_postgres_does_not_know() -> None:
    database = Database("postgresql://user:secret@127.0.0.1:1/db?foo=bar")
    with pytest.raises(UnusableDatabase, match="leave out what follows its question mark"), database.exclusive():
        pass
    known = Database("postgresql://user:secret@127.0.0.1:1/db?application_name=mock")
    with pytest.raises(UnreachableDatabase), known.exclusive():
        pass


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_the_usual_names_of_postgres_mean_one_driver(scheme: str) -> None:
    assert Database(f"{scheme}://host/db").engine.driver == "psycopg"


@pytest.mark.parametrize("content", [b"text", b"A text that is longer than the header of a database. " * 20])
def test_a_file_that_is_no_database_stays_as_it_is(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(content)
    with pytest.raises(UnusableDatabase, match="not an SQLite database"), Database(f"sqlite:///{file}").exclusive():
        pass
    assert file.read_bytes() == content
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("place", [".", "nowhere/mock.db", "/proc/mock.db"])
def test_a_place_where_no_file_can_be(tmp_path: Path, place: str) -> None:
    database = Database(f"sqlite:///{tmp_path / place}")
    with pytest.raises(UnusableDatabase, match="can't be opened or written"), database.exclusive():
        pass
    assert not list(tmp_path.iterdir())


def test_what_is_written_exclusively_is_kept(empty_database: Database) -> None:
    with empty_database.exclusive() as connection:
        thing.create(connection)
        connection.execute(insert(thing), [{"id": 1}, {"id": 2}])
    count = select(func.count()).select_from(thing)
    assert asyncio.run(empty_database.run(lambda connection: connection.execute(count).scalar_one())) == 2


def test_what_fails_on_the_way_leaves_nothing(empty_database: Database) -> None:
    def fail() -> None:
        with empty_database.exclusive() as connection:
            thing.create(connection)
            connection.execute(insert(thing), {"id": 1})
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with empty_database.exclusive() as connection:
        assert not empty_database.engine.dialect.has_table(connection, "thing")


def test_queries_of_many_at_once(empty_database: Database) -> None:
    async def together() -> list[int]:
        queries = (empty_database.run(lambda c, i=i: c.execute(select(i)).scalar_one()) for i in range(200))
        return list(await asyncio.gather(*queries))

    assert asyncio.run(together()) == list(range(200))


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_an_sqlite_file_is_its_owners_alone(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        database = Database(f"sqlite:///{tmp_path / 'service.db'}")
        database.use_alone()
        SecretEncryption(None, tmp_path / "service.db.key").prepare()
        with database.exclusive() as connection:
            create_tables(connection)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) & 0o077 for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert modes == dict.fromkeys(
        ("service.db", "service.db-wal", "service.db-shm", "service.db.lock", "service.db.key"), 0
    )
    assert stat.S_IMODE((tmp_path / "service.db").stat().st_mode) == 0o600
    database.close()


def test_an_sqlite_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "service.db"
    file.touch()
    file.chmod(0o640)
    with closing(Database(f"sqlite:///{file}")) as database, database.exclusive() as connection:
        create_tables(connection)
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_libpq_finds_the_server_by_what_the_url_means() -> None:
    url = "postgresql://tester:se%20kret@/none?host=db.example:5433&options=-c%20search_path%3Dpublic"
    parts = conninfo_to_dict(Database(url).connection_string)
    assert (parts["user"], parts["password"], parts["dbname"]) == ("tester", "se kret", "none")
    assert (parts["host"], str(parts["port"]), parts["options"]) == ("db.example", "5433", "-c search_path=public")
