"""Settings of a process, from its environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from oneinvoice_openapi.previews import PREVIEWS


class UnusableSetting(Exception):
    """A setting can't be used as it is given; the text is one sentence that says what to do."""


DEFAULT_ORIGIN = "http://127.0.0.1:8080"
DEFAULT_MAIL_FROM = "1invoice <no-reply@1invoice.example>"
DEFAULT_CONTACT = "support@1invoice.example"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the database, the rate limit, webhooks, mails and the dashboard."""

    database_url: str = "sqlite://"
    """An SQLAlchemy URL of SQLite (in memory unless it names a file) or PostgreSQL."""
    secret_key: str | None = field(default=None, repr=False)
    """Encrypts the secrets of webhooks: 32 bytes in URL-safe base64. For an SQLite file a key is kept beside it."""
    redis_url: str | None = field(default=None, repr=False)
    """The Redis in which the workers count requests together; without it, each counts for itself."""
    workers: int = 1
    """Processes that serve the API. Each that counts for itself allows a key its part of the limit."""
    deliveries: str = "embedded"
    """Which processes send webhooks: `embedded`, each that serves the API, or `workers`, those of `oneinvoice-service
    worker` alone, which needs PostgreSQL."""
    webhook_ports: frozenset[int] = frozenset({80, 443})
    """The ports that webhooks may go to."""
    webhooks_to_loopback: bool = False
    """True if webhooks may also go to this machine, on any port: for a mock, never for a service."""
    webhook_networks: frozenset[IPv4Network | IPv6Network] = frozenset()
    """Networks that are not public, such as `10.0.0.0/8,127.0.0.0/8`, to which webhooks may go too, on any port: for a
    staging service whose receivers are inside. Whoever registers a webhook then reaches what is there."""
    cors_origins: frozenset[str] = frozenset()
    """Origins whose web pages may read the API's answers, or `*`: for a mock, since a key is no secret in a page."""
    path_prefix: str = ""
    """The path that everything is served under, such as `/gateway`: for a mock, as where a gateway leads to an API."""
    public_url: str | None = None
    """The URL at which browsers reach the dashboard, without a path; links in mails begin with it."""
    smtp_url: str | None = field(default=None, repr=False)
    """The mail server that sends the links to log in: `smtp://user:password@host:port`, or `smtps://` for TLS from the
    start."""
    mail_from: str = DEFAULT_MAIL_FROM
    """The sender of mails."""
    preview: str | None = None
    """The version of the API that is served beside v1 to be tried: `v2`, or none."""
    contact: str = DEFAULT_CONTACT
    """The address that the dashboard tells to write to, as for a higher limit."""
    staff: frozenset[str] = frozenset()
    """The e-mail addresses, with commas between them, whose users may announce changes of the API."""
    trusted_proxies: frozenset[IPv4Network | IPv6Network] = frozenset()
    """The reverse proxies, such as `10.0.0.5,2001:db8::/48`, that may tell who asks, and whether through TLS; nobody
    else's headers are believed."""
    log: str | None = None
    """The form of the service's log on standard error: `json`, or `text` for people; by default text on a terminal, and
    else JSON."""

    @property
    def has_workers(self) -> bool:
        """Tell whether workers deliver, and no process that serves."""
        return self.deliveries == "workers"

    @property
    def is_only_process(self) -> bool:
        """Tell whether no other process counts the same requests."""
        return self.redis_url is None and self.workers == 1

    @property
    def origin(self) -> str:
        """The scheme and host at which browsers reach the dashboard."""
        return self.public_url or DEFAULT_ORIGIN

    @property
    def site(self) -> str:
        """The beginning of links in mails."""
        return self.origin + self.path_prefix

    @property
    def tls(self) -> bool:
        """Tell whether browsers reach the dashboard through TLS."""
        return self.origin.startswith("https:")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the variables `ONEINVOICE_…`; what is not set, or empty, keeps its default. Raises `UnusableSetting`."""
        return cls(
            database_url=environment.get("ONEINVOICE_DATABASE_URL") or "sqlite://",
            secret_key=environment.get("ONEINVOICE_SECRET_KEY") or None,
            redis_url=environment.get("ONEINVOICE_REDIS_URL") or None,
            workers=_count(environment, "ONEINVOICE_WORKERS"),
            deliveries=_deliveries(environment, "ONEINVOICE_DELIVERIES"),
            public_url=_origin(environment, "ONEINVOICE_PUBLIC_URL"),
            smtp_url=_smtp(environment, "ONEINVOICE_SMTP_URL"),
            mail_from=_line(environment, "ONEINVOICE_MAIL_FROM") or DEFAULT_MAIL_FROM,
            preview=_preview(environment, "ONEINVOICE_PREVIEW"),
            contact=_line(environment, "ONEINVOICE_CONTACT") or DEFAULT_CONTACT,
            staff=frozenset(re.findall("[^, ]+", environment.get("ONEINVOICE_STAFF", "").lower())),
            trusted_proxies=_networks(environment, "ONEINVOICE_TRUSTED_PROXIES", "your proxies"),
            webhook_networks=_networks(environment, "ONEINVOICE_WEBHOOK_NETWORKS", "receivers inside"),
            log=_log(environment, "ONEINVOICE_LOG"),
        )


def _count(environment: Mapping[str, str], name: str) -> int:
    text = environment.get(name) or "1"
    if not re.fullmatch("[1-9][0-9]{0,2}", text):
        raise UnusableSetting(f"{name} must be a whole number from 1 to 999.")
    return int(text)


def _deliveries(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name) or "embedded"
    if text not in ("embedded", "workers"):
        raise UnusableSetting(f"{name} must be embedded or workers.")
    return text


def _preview(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name) or None
    if text is not None and text not in PREVIEWS:
        raise UnusableSetting(f"{name} must be {' or '.join(PREVIEWS)}; leave it empty to serve v1 alone.")
    return text


def _log(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name) or None
    if text not in (None, "json", "text"):
        raise UnusableSetting(f"{name} must be json or text; leave it empty for what fits.")
    return text


def _origin(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name, "").removesuffix("/")
    if text and not re.fullmatch(r"https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", text):
        raise UnusableSetting(f"{name} must be a scheme and a host without a path, such as https://1invoice.example.")
    return text.lower() or None


def _smtp(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name)
    if not text:
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
        usable = usable and parts.path in ("", "/") and not parts.query and not parts.fragment
    except ValueError:
        usable = False
    if not usable:
        # Without its text, which may hold a password.
        raise UnusableSetting(f"{name} can't be used; give one such as smtp://user:password@mail.example:587.")
    return text


def _line(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").strip()
    if not text.isprintable():
        raise UnusableSetting(f"{name} must be one line of text.")
    return text


def _networks(environment: Mapping[str, str], name: str, whose: str) -> frozenset[IPv4Network | IPv6Network]:
    try:
        networks = frozenset(map(ip_network, re.findall("[^, ]+", environment.get(name, ""))))
        # Where everybody is trusted, everybody may claim any address.
        usable = all(network.prefixlen for network in networks)
    except ValueError:
        usable = False
    if not usable:
        raise UnusableSetting(
            f"{name} must be the addresses or networks of {whose}, and not all there are, with commas between "
            "them, such as 10.0.0.5,2001:db8::/48."
        )
    return networks
