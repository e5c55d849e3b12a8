"""`oneinvoice-service init` and `migrate` as real processes: interrupted, two at once, without room on the disk."""

from __future__ import annotations

import os
import resource
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.migrations import tables_0_2_0
from oneinvoice_impl.store.schema import CURRENT, create_tables, find_revision
from sqlalchemy import text

from tests.integration.impl.store.released import restore
from tests.services.postgres import Postgres

CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}
# Python keeps compiled modules that were cut short by a full disk.
CLEAN["PYTHONDONTWRITEBYTECODE"] = "1"
MEMBERS = 30_000
"""Members that are added, so that a migration takes a moment."""


def start(
    module: str, *arguments: str, url: str = "", limit: Callable[[], None] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=CLEAN | {"ONEINVOICE_DATABASE_URL": url},
        preexec_fn=limit,
    )


def service(*arguments: str, url: str = "", limit: Callable[[], None] | None = None) -> tuple[int, str, str]:
    """Exit code, output and complaints of a command that has ended."""
    process = start("oneinvoice_impl.service", *arguments, url=url, limit=limit)
    printed, complaint = process.communicate(timeout=60)
    return process.returncode, printed, complaint


def assert_refused(run: tuple[int, str, str], *parts: str, code: int = 2) -> None:
    assert (run[0], run[2].count("\n")) == (code, 1), run
    assert [part for part in parts if part not in run[2]] == [], run


@pytest.fixture(params=["file", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "file":
        return f"sqlite:///{tmp_path / 'service.db'}"
    server: Postgres = request.getfixturevalue("postgres_server")
    return server.new_database()


@pytest.fixture
def old(url: str) -> str:
    """A database of 0.2.0 with many members."""
    number = "SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :members"
    columns = "organisation_id, status, created_at, first_name, last_name, email"
    with closing(Database(url)) as database:
        restore(database)
        with database.engine.begin() as connection:
            query = f"SELECT 'mem_many' || n, {columns} FROM numbers, (SELECT * FROM members LIMIT 1) AS one"
            statement = f"INSERT INTO members (id, {columns}) WITH RECURSIVE numbers(n) AS ({number}) {query}"
            connection.execute(text(statement), {"members": MEMBERS})
    return url


def revision(url: str) -> str | None:
    with closing(Database(url)) as database, database.reading() as connection:
        return find_revision(connection)


def begun(url: str) -> subprocess.Popen[str]:
    """A migration that has told its first step, and is in the midst of the second one."""
    process = start("oneinvoice_impl.service", "migrate", url=url)
    assert process.stdout is not None
    while not (line := process.stdout.readline()).startswith("0001 "):
        assert line, process.communicate()
    return process


def test_init_makes_what_migrate_leaves_alone(url: str) -> None:
    missing = (
        "There is no SQLite file" if url.startswith("sqlite") else "The database is empty; run oneinvoice-service init"
    )
    assert_refused(service("migrate", url=url), missing)
    first = service("init", url=url)
    assert (first[0], first[1].split("Next: ")[1], first[2]) == (0, "oneinvoice-service organisation create\n", "")
    for command in ("init", "migrate"):
        again = service(command, url=url)
        assert (again[0], "already; nothing was changed" in again[1], again[2]) == (0, True, "")
    if url.startswith("sqlite"):
        assert stat.S_IMODE(Path(url.removeprefix("sqlite:///")).stat().st_mode) == 0o600


@pytest.mark.parametrize("command", ["init", "migrate"])
def test_data_in_memory_has_no_schema_to_keep(command: str) -> None:
    assert_refused(service(command), "Set ONEINVOICE_DATABASE_URL, such as to sqlite:///service.db.")


def test_one_that_is_interrupted_is_run_again(old: str) -> None:
    killed = begun(old)
    killed.kill()
    killed.communicate(timeout=20)
    assert revision(old) == "0001"
    stopped = begun(old)
    stopped.send_signal(signal.SIGINT)
    _, complaint = stopped.communicate(timeout=20)
    assert_refused((stopped.returncode, "", complaint), "was interrupted; run oneinvoice-service migrate again", code=1)
    assert revision(old) == "0001"


def test_of_two_at_once_one_migrates(old: str) -> None:
    first = begun(old)
    second = service("migrate", url=old)
    if second[0]:
        assert_refused(second, "or another migration uses the database; wait for it or stop it")
    else:  # it had waited for the first one
        assert second[1:] == ("The database has the tables of this version already; nothing was changed.\n", "")
    printed, complaint = first.communicate(timeout=60)
    assert (first.returncode, complaint) == (0, "")
    assert [line.split()[0] for line in printed.splitlines() if line.startswith("0")] == ["0002", "0003"]
    assert revision(old) == CURRENT


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (None, "older version; stop whatever uses it, back it up, and run oneinvoice-service migrate"),
        ("9", "newer version"),
    ],
)
def test_a_mock_refuses_one_of_another_version(tmp_path: Path, version: str | None, advice: str) -> None:
    url = f"sqlite:///{tmp_path / 'mock.db'}"
    with closing(Database(url)) as database, database.exclusive() as connection:
        if version is None:
            tables_0_2_0.metadata.create_all(connection)
        else:
            create_tables(connection)
            connection.execute(text("UPDATE oneinvoice_schema SET version_num = :version"), {"version": version})
    mock = start("oneinvoice_impl", "--port", "0", "--database", url)
    printed, complaint = mock.communicate(timeout=60)
    assert_refused((mock.returncode, printed, complaint), advice)


@pytest.mark.parametrize("url", ["file"], indirect=True)
def test_a_full_disk_leaves_it_as_it_was(tmp_path: Path, old: str) -> None:
    file = tmp_path / "service.db"
    size = file.stat().st_size

    def room(bytes_: int) -> Callable[[], None]:
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_, bytes_))

    assert_refused(service("migrate", url=old, limit=room(size // 2)), "can't be copied to", "make room on the disk")
    assert [path.name for path in tmp_path.iterdir() if "before" in path.name] == []
    assert_refused(service("migrate", url=old, limit=room(size + 65_536)), "and is as it was; make room on its disk")
    assert revision(old) == "0001"
    code, printed, _ = service("migrate", url=old)
    copy = tmp_path / f"service.db.before-{CURRENT}"
    assert (code, printed.splitlines()[0]) == (0, f"copy of the database as it was: {copy}")
    assert (revision(old), revision(f"sqlite:///{copy}")) == (CURRENT, "0001")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
