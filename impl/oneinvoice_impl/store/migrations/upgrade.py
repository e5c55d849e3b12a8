"""Create the schema in an empty database, and bring that of an older version up to this one.

All steps are one transaction: who is interrupted, or finds no room on the disk, leaves the old schema whole.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseInUse, UnusableDatabase
from oneinvoice_impl.store.schema import (
    CURRENT,
    MIGRATE,
    create_tables,
    find_revision,
    is_versioned,
    note_revision,
)
from oneinvoice_impl.store.tables import job_queue

Told = Callable[[str], None]
"""Takes one line of what was done."""

_EMPTY = "The database is empty; run oneinvoice-service init first."


def create_schema(database: Database) -> bool:
    """Create all tables in an empty database; return False if they are there.

    Raises `DatabaseProblem`, and `UnusableDatabase` if the database has other tables.
    """
    with database.exclusive() as connection:
        revision = find_revision(connection)
        if revision is None:
            create_tables(connection)
            _complete_queue(connection, lambda step: None)
            return True
        if not _is_current(connection, revision):
            raise UnusableDatabase(f"The database was made by an older version or by a mock; {MIGRATE}.")
        return False


def upgrade(database: Database, told: Told) -> bool:
    """Bring the tables of an older version up to this one; return False if they are of this one.

    A copy of an SQLite file is kept beside it. Raises `DatabaseProblem`, and `UnusableDatabase` if the database is
    empty, in use, or has tables of something else or of a newer version.
    """
    if not _is_outdated(database):
        return False
    try:
        database.use_alone()
    except DatabaseInUse as problem:
        raise UnusableDatabase(
            "oneinvoice-mock, oneinvoice-service or another migration uses the database; wait for it or stop it, and "
            "run oneinvoice-service migrate again."
        ) from problem
    if not _is_outdated(database):  # whoever had it before
        return False
    if database.file is not None:
        told(f"copy of the database as it was: {_copy(database, database.file)}")
    with database.exclusive() as connection:
        _run(connection, told)
    return True


def _is_outdated(database: Database) -> bool:
    with database.reading() as connection:
        revision = find_revision(connection)
        if revision is None:
            raise UnusableDatabase(_EMPTY)
        return not _is_current(connection, revision)


def _is_current(connection: Connection, revision: str) -> bool:
    return revision == CURRENT and is_versioned(connection) and job_queue.is_current(connection)


def _run(connection: Connection, told: Told) -> None:
    if connection.dialect.name == "postgresql":
        # A migration takes the time that it takes, but whoever reads a table for longer than that is to be stopped.
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
    revision = find_revision(connection)
    if revision is not None and not is_versioned(connection):
        note_revision(connection, revision)
        told(f"{revision} noted as the version of its tables")
    if revision != CURRENT:
        _migrate(connection, told)
    _complete_queue(connection, told)


def _complete_queue(connection: Connection, told: Told) -> None:
    if job_queue.is_foreign(connection):
        raise UnusableDatabase(
            "The database holds tables of Procrastinate that oneinvoice-service did not make; name another database."
        )
    for step in job_queue.bring_up_to_date(connection):
        told(step)


def _migrate(connection: Connection, told: Told) -> None:
    from alembic import command
    from alembic.config import Config

    def on_version_apply(*, step: Any, **_: Any) -> None:
        told(f"{step.up_revision_id} {step.up_revision.doc}")

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes.update(connection=connection, on_version_apply=on_version_apply)
    try:
        command.upgrade(config, CURRENT)
    except DBAPIError as error:
        # Alembic tidies up after a failure, and fails again where that has rolled all back.
        raise _first(error) from None


def _first(error: DBAPIError) -> DBAPIError:
    """Return the first of the database's errors that one was raised in the handling of."""
    first, before = error, error.__context__
    while before is not None:
        if isinstance(before, DBAPIError):
            first = before
        before = before.__context__
    return first


def _copy(database: Database, file: str) -> str:
    """Copy an SQLite file beside it, and return the name of the copy."""
    copy = Path(f"{file}.before-{CURRENT}")
    copy.unlink(missing_ok=True)
    try:
        with closing(Database(f"sqlite:///{copy}")) as other:
            other.copy(database)
    except BaseException as error:
        for name in (copy, Path(f"{copy}-wal"), Path(f"{copy}-shm")):
            name.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error | DBAPIError | OSError):
            raise UnusableDatabase(
                f"The database can't be copied to {copy} before it is changed ({error}); "
                "make room on the disk, and run oneinvoice-service migrate again."
            ) from error
        raise
    return str(copy)
