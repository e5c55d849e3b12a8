"""Look at settings, database, secrets, Redis and mail of a service, and tell of each what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import click

from oneinvoice_impl.service.environment import opened, problems_told, service_settings
from oneinvoice_impl.service.start import must_fit_workers, must_reach_well, must_read_secrets
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.database import Database

_REDIS_SECONDS = 2.0


class Check(NamedTuple):
    """Verdict on one part of a service: a mark, what it is about, what to do, and the exit code of a start."""

    mark: str
    about: str
    sentence: str
    exit_code: int = 0


def checks() -> Iterator[Check]:
    """Yield a verdict on each part, in the order in which a start needs them."""
    try:
        with problems_told():
            settings = service_settings()
            must_fit_workers(settings)
            must_reach_well(settings)
    except click.ClickException as problem:
        yield _refused("settings", problem)
        return
    yield Check("✓", "settings", "they can be used.")
    yield from _database(settings)
    yield _redis(settings)
    yield _mail(settings)
    yield _webhooks(settings)


def webhooks_warning(settings: Settings) -> str | None:
    """Return a sentence on webhooks that reach into networks; None if they go to the public Internet alone."""
    if not settings.webhook_networks:
        return None
    networks = ", ".join(sorted(map(str, settings.webhook_networks)))
    return (
        f"whoever registers a webhook reaches {networks}, on any port; that is for staging: "
        "unset ONEINVOICE_WEBHOOK_NETWORKS elsewhere."
    )


def _refused(about: str, problem: click.ClickException) -> Check:
    return Check("✗", about, problem.format_message(), problem.exit_code)


def _database(settings: Settings) -> Iterator[Check]:
    try:
        with opened(settings) as database:
            yield Check("✓", "database", "it is there, with the tables of this version.")
            yield _secret_key(lambda: must_read_secrets(database, settings), database)
    except click.ClickException as problem:
        yield _refused("database", problem)


def _secret_key(look: Callable[[], None], database: Database) -> Check:
    try:
        with problems_told():
            look()
    except click.ClickException as problem:
        return _refused("secret key", problem)
    kept = "" if database.file is None else f" Without ONEINVOICE_SECRET_KEY, it is in {database.file}.key; keep it."
    return Check("✓", "secret key", f"it reads the stored secrets of webhooks.{kept}")


def _redis(settings: Settings) -> Check:
    if settings.redis_url is None:
        if settings.workers == 1:
            return Check("✓", "Redis", "none is needed by one worker.")
        sentence = (
            f"without ONEINVOICE_REDIS_URL, each of {settings.workers} workers allows its part of a limit; set it."
        )
        return Check("!", "Redis", sentence)
    # Imported here: it takes long, and only who has a Redis needs it.
    from redis import Redis, RedisError

    try:
        with Redis.from_url(
            settings.redis_url, socket_timeout=_REDIS_SECONDS, socket_connect_timeout=_REDIS_SECONDS
        ) as client:
            client.ping()
    except (RedisError, OSError, UnicodeError) as error:
        sentence = f"it does not answer ({type(error).__name__}); start it, or correct ONEINVOICE_REDIS_URL."
        return Check("!", "Redis", sentence)
    return Check("✓", "Redis", "it answers; requests are counted together.")


def _mail(settings: Settings) -> Check:
    if settings.smtp_url is None:
        return Check(
            "!", "mail", "nobody can log in to the dashboard; set ONEINVOICE_SMTP_URL and ONEINVOICE_PUBLIC_URL."
        )
    from oneinvoice_impl.mail import NoTls, connect

    try:
        with connect(urlsplit(settings.smtp_url)) as smtp:
            smtp.noop()
    except NoTls:
        return Check(
            "!", "mail", "the server of ONEINVOICE_SMTP_URL offers no TLS, so it gets no password; use smtps://."
        )
    except (OSError, UnicodeError) as error:
        # `smtplib.SMTPException` is one. Its text may repeat what was sent.
        sentence = f"the server does not let mails through ({type(error).__name__}); correct ONEINVOICE_SMTP_URL."
        return Check("!", "mail", sentence)
    return Check("✓", "mail", "the server answers; nothing was sent.")


def _webhooks(settings: Settings) -> Check:
    warning = webhooks_warning(settings)
    if warning is not None:
        return Check("!", "webhooks", warning)
    return Check("✓", "webhooks", "they go to public addresses alone, at the ports 80 and 443.")
