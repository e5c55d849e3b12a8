"""Statements that run with every event, compiled once for each driver.

SQLAlchemy binds values and makes a result anew for each execution, which takes several times longer than SQLite takes
to answer, and nothing else runs in the process meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Dialect, Insert, Select, Update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

Statement = Insert | Update | Select[Any]


class Prepared:
    """A statement that takes values by name; one that is not given is what it is in the statement, or else null."""

    def __init__(self, statement: Statement) -> None:
        """The statement must be the same for all values: nothing in it is `expanding`."""
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Any:
        """Run it in a transaction that has begun: the driver's own cursor, whose rows are tuples.

        Raises `sqlalchemy.exc.DBAPIError`.
        """
        compiled = self._for(connection.dialect)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(compiled.text, compiled.bind(values))
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy_does(error, compiled) from error
        return cursor

    def run_each(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
        """Run it for each of these. Raises as `run` does."""
        compiled = self._for(connection.dialect)
        try:
            connection.connection.cursor().executemany(compiled.text, [compiled.bind(values) for values in rows])
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_sqlalchemy_does(error, compiled) from error

    def _for(self, dialect: Dialect) -> _Compiled:
        compiled = self._compiled.get(dialect.driver)
        if compiled is None:
            compiled = self._compiled[dialect.driver] = _compile(self._statement, dialect)
        return compiled


class _Compiled(NamedTuple):
    text: str
    positional: bool
    parameters: Sequence[tuple[str, Any, Callable[[Any], Any] | None]]
    """Of each its name, its own value, and what makes of a value what the driver takes."""

    def bind(self, values: Mapping[str, Any]) -> Any:
        get = values.get
        bound = [
            get(name, default) if process is None else process(get(name, default))
            for name, default, process in self.parameters
        ]
        if self.positional:
            return bound
        return {name: value for (name, _, _), value in zip(self.parameters, bound, strict=True)}


def _compile(statement: Statement, dialect: Dialect) -> _Compiled:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    types = {name: parameter.type.dialect_impl(dialect) for parameter, name in compiled.bind_names.items()}
    parameters = [
        (name, compiled.params[name], types[name].bind_processor(dialect)) for name in compiled.positiontup or types
    ]
    return _Compiled(str(compiled), dialect.positional, parameters)


def _as_sqlalchemy_does(error: Exception, compiled: _Compiled) -> DBAPIError:
    return DBAPIError(compiled.text, None, error, hide_parameters=True)
