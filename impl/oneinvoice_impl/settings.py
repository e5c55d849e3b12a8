"""What a process is told from outside."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


class UnusableSetting(Exception):
    """A setting can't be used as it is given; the text is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data is, how requests are counted, and how webhooks are sent."""

    database_url: str = "sqlite://"
    """An SQLAlchemy URL of SQLite (in memory unless it names a file) or PostgreSQL."""
    secret_key: str | None = field(default=None, repr=False)
    """Encrypts the secrets of webhooks: 32 bytes in URL-safe base64. For an SQLite file a key is kept beside it."""
    redis_url: str | None = field(default=None, repr=False)
    """Where the workers count requests together; without it, each counts for itself."""
    workers: int = 1
    """How many processes serve the API. Each that counts for itself allows a key its part of the limit."""
    webhook_ports: frozenset[int] = frozenset({80, 443})
    """The ports that webhooks may go to."""
    webhooks_to_loopback: bool = False
    """Whether webhooks may also go to this machine, on any port: for a mock, never for a service."""

    @property
    def alone(self) -> bool:
        """Whether no other process counts the same requests."""
        return self.redis_url is None and self.workers == 1

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables `ONEINVOICE_…`; what is not set, or empty, keeps its default. Raises `UnusableSetting`."""
        return cls(
            database_url=environment.get("ONEINVOICE_DATABASE_URL") or "sqlite://",
            secret_key=environment.get("ONEINVOICE_SECRET_KEY") or None,
            redis_url=environment.get("ONEINVOICE_REDIS_URL") or None,
            workers=_count(environment, "ONEINVOICE_WORKERS"),
        )


def _count(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name) or "1"
    if not re.fullmatch("[1-9][0-9]{0,2}", text):
        raise UnusableSetting(f"{name} must be a whole number from 1 to 999.")
    return int(text)
