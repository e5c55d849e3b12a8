"""The tables of Procrastinate, which queues deliveries on PostgreSQL, and which of its migrations they have.

The library ships its schema and the steps from each of its versions to the next, and leaves it to others to apply them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, insert, inspect, select

from oneinvoice_impl.store.tables.metadata import Text

_applied = Table("oneinvoice_queue_migrations", MetaData(), Column("name", Text, primary_key=True))


def is_current(connection: Connection) -> bool:
    """Tell whether all migrations of the installed library are applied. SQLite has no such queue, and needs none."""
    return connection.dialect.name != "postgresql" or not _missing(connection)


def is_foreign(connection: Connection) -> bool:
    """Tell whether somebody else made tables of the library, so that nobody knows which migrations they have."""
    tables = inspect(connection).get_table_names()
    return "procrastinate_jobs" in tables and _applied.name not in tables


def bring_up_to_date(connection: Connection) -> Iterator[str]:
    """Create the tables, or apply the migrations that they lack, and yield what is done. Does nothing on SQLite."""
    if is_current(connection):
        return
    missing = _missing(connection)
    if inspect(connection).has_table(_applied.name):
        for path in missing:
            _run(connection, path.read_text("utf-8"))
            yield f"queue of deliveries: {path.stem}"
    else:
        from procrastinate.schema import SchemaManager

        _run(connection, SchemaManager.get_schema())
        _applied.create(connection)
        yield "queue of deliveries"
    connection.execute(insert(_applied), [{"name": path.name} for path in missing])


def _missing(connection: Connection) -> list[Path]:
    """Return the library's migrations that are not applied, in their order."""
    # Imported here: a mock needs no queue.
    from procrastinate.schema import SchemaManager

    shipped = sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    if not inspect(connection).has_table(_applied.name):
        return shipped
    applied = set(connection.execute(select(_applied.c.name)).scalars())
    return [path for path in shipped if path.name not in applied]


def _run(connection: Connection, statements: str) -> None:
    """Run several statements, whose percent signs are no placeholders, in the transaction of the connection."""
    connection.exec_driver_sql(statements, execution_options={"no_parameters": True})
