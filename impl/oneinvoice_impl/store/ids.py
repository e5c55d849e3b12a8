"""Ids of records that a transaction adds: those of its database's own source, or else random ones."""

from __future__ import annotations

from sqlalchemy import Connection, Engine

from oneinvoice_impl.domain.ids import Ids

_OPTION = "oneinvoice_ids"
_RANDOM = Ids()


def ids_of(connection: Connection) -> Ids:
    """Return the source of ids for what this connection adds."""
    source: Ids = connection.get_execution_options().get(_OPTION, _RANDOM)
    return source


def use_ids(engine: Engine, source: Ids) -> None:
    """Take the ids for what connections to come add from `source`."""
    engine.update_execution_options(**{_OPTION: source})
