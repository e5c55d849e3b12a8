"""The metadata of all tables, and the types of their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, DateTime, Index, MetaData, String, TextClause, event
from sqlalchemy.types import TypeDecorator

metadata = MetaData()

# Byte order on PostgreSQL too: SQLite has no other, and the order of a list must not follow a server's locale.
Text = String().with_variant(String(collation="C"), "postgresql")


class Moment(TypeDecorator[datetime]):
    """A time in UTC. SQLite stores no offset, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def partial_index(
    name: str, *columns: str | ColumnElement[Any], where: ColumnElement[bool] | TextClause, unique: bool = False
) -> Index:
    """Return an index of the rows alone that `where` is true of."""
    return Index(name, *columns, unique=unique, sqlite_where=where)


@event.listens_for(metadata, "before_create")
def _complete_for_postgresql(_: MetaData, connection: Connection, **__: Any) -> None:
    """Have partial indexes be partial on PostgreSQL too."""
    # Not where they are made: to name it there loads what SQLAlchemy has for it, a twentieth of a start.
    if connection.dialect.name == "postgresql":
        for index in (each for table in metadata.tables.values() for each in table.indexes):
            index.dialect_options["postgresql"]["where"] = index.dialect_options["sqlite"]["where"]
