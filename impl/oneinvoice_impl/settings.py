"""What a process is told from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the data is, and how webhooks are sent."""

    database_url: str = "sqlite://"
    """An SQLAlchemy URL of SQLite (in memory unless it names a file) or PostgreSQL."""
    secret_key: str | None = field(default=None, repr=False)
    """Encrypts the secrets of webhooks: 32 bytes in URL-safe base64. For an SQLite file a key is kept beside it."""
    webhook_ports: frozenset[int] = frozenset({80, 443})
    """The ports that webhooks may go to."""
    webhooks_to_loopback: bool = False
    """Whether webhooks may also go to this machine, on any port: for a mock, never for a service."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read `ONEINVOICE_DATABASE_URL` and `ONEINVOICE_SECRET_KEY`; what is not set keeps its default."""
        return cls(
            database_url=environment.get("ONEINVOICE_DATABASE_URL", "sqlite://"),
            secret_key=environment.get("ONEINVOICE_SECRET_KEY"),
        )
