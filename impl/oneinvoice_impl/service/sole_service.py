"""Keep a second service off a database for as long as this one runs."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseProblem

logger = logging.getLogger(__name__)

_SECONDS = 5.0
"""Between looks whether the database's server still knows."""


@contextmanager
def used_alone(database: Database) -> Iterator[None]:
    """Keep other services out for the time of the block, after restarts of the database's server too.

    Raises `DatabaseProblem`.
    """
    database.use_alone()
    is_over = Event()
    watch = Thread(target=_watch, args=(database, is_over), name="sole use", daemon=True)
    watch.start()
    try:
        yield
    finally:
        is_over.set()


def _watch(database: Database, is_over: Event) -> None:
    told = ""
    while not is_over.wait(_SECONDS):
        try:
            database.stay_alone()
            told = ""
        except DatabaseProblem as problem:
            if str(problem) != told:
                told = str(problem)
                logger.warning("service: %s", told)
