"""Look at all that a start needs, before anything is started."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.service.environment import opened, problems_told, service_settings
from oneinvoice_impl.settings import Settings, UnusableSetting
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.webhooks.endpoints import oldest_and_newest_secret
from oneinvoice_impl.webhooks.service import encryption_of


@contextmanager
def checked_database() -> Iterator[Database]:
    """Return the database of the service for the time of the block, if all settings fit it, and each other.

    Raises `SetupError` or `DatabaseUnreachable`.
    """
    with problems_told():
        settings = service_settings()
        must_fit_workers(settings)
        must_reach_well(settings)
    with opened(settings) as database:
        must_read_secrets(database, settings)
        yield database


def must_fit_workers(settings: Settings) -> None:
    """Raise `UnusableSetting` for more workers than the database can have."""
    if settings.workers > 1 and settings.database_url.startswith("sqlite"):
        raise UnusableSetting(
            "A database of SQLite is served by one worker; leave out --workers (ONEINVOICE_WORKERS), or use PostgreSQL."
        )


def must_reach_well(settings: Settings) -> None:
    """Raise `UnusableSetting` for a URL of Redis that can't be used. Connects to nothing."""
    if settings.redis_url is not None:
        from oneinvoice_impl.ratelimit.limiter import make_limiter

        make_limiter(settings, SYSTEM_CLOCK).close()


def must_read_secrets(database: Database, settings: Settings) -> None:
    """Raise `EncryptionProblem` without a key for secrets of webhooks, or with another than the stored ones have."""
    encryption = encryption_of(database, settings)
    encryption.prepare()
    encryption.encrypt("")
    with database.exclusive() as connection:
        stored = oldest_and_newest_secret(connection)
    for secret in stored:
        encryption.decrypt(secret)
