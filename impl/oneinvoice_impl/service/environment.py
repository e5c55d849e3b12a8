"""Settings of a service, from its environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from oneinvoice_impl.command_line import DatabaseUnreachable, SetupError
from oneinvoice_impl.settings import Settings, UnusableSetting
from oneinvoice_impl.store.database import EXAMPLES, Database, ends_with_process
from oneinvoice_impl.store.errors import DatabaseFailure, UnreachableDatabase, UnusableDatabase
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem


@contextmanager
def problems_told() -> Iterator[None]:
    """Raise `SetupError` or `DatabaseUnreachable` for what is wrong with settings or the database."""
    try:
        yield
    except (UnusableSetting, UnusableDatabase, EncryptionProblem) as problem:
        raise SetupError(str(problem)) from problem
    except UnicodeError as problem:
        # In a host, a key or an id: nothing that exists has these.
        raise SetupError(
            "A setting, or a word of the command, has characters that can't be used there; correct it."
        ) from problem
    except UnreachableDatabase as problem:
        raise DatabaseUnreachable(str(problem)) from problem
    except DatabaseFailure as problem:
        raise DatabaseUnreachable(
            f"The database did not do it ({problem}); try again, or look at its log."
        ) from problem


def service_settings() -> Settings:
    """Read the settings of a service, whose data outlives it. Raises `UnusableSetting` or `UnusableDatabase`."""
    settings = Settings.from_environment(os.environ)
    if not os.environ.get("ONEINVOICE_DATABASE_URL"):
        raise UnusableSetting(f"Set ONEINVOICE_DATABASE_URL to the database of the service, such as {EXAMPLES}.")
    if ends_with_process(settings.database_url):
        raise UnusableSetting(
            "ONEINVOICE_DATABASE_URL is a database in memory, which ends with each process; name a file, such as "
            "sqlite:///service.db, or one of PostgreSQL."
        )
    if re.match(r"sqlite(\+\w+)?:///file:", settings.database_url):
        raise UnusableSetting(
            "ONEINVOICE_DATABASE_URL is a URI of SQLite, which the service can't lock; name the file, such as "
            "sqlite:///service.db."
        )
    if settings.has_workers and settings.database_url.startswith("sqlite"):
        raise UnusableSetting(
            "Workers that deliver (ONEINVOICE_DELIVERIES=workers) need PostgreSQL; leave that out, or set "
            "ONEINVOICE_DATABASE_URL to one such as postgresql+psycopg://user:password@host/database."
        )
    if settings.smtp_url is not None and settings.public_url is None:
        raise UnusableSetting("Set ONEINVOICE_PUBLIC_URL too, so that the links in mails lead to this service.")
    return settings


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """Return the database of a service, which has this version's tables, for the time of the block.

    Raises `SetupError` or `DatabaseUnreachable`, for what goes wrong in the block too.
    """
    from oneinvoice_impl.store.schema import require_current

    with problems_told():
        database = Database(settings.database_url)
        try:
            require_current(database)
            yield database
        finally:
            database.close()
