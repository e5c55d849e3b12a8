"""Deployment: its address, and the keys to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.credentials import OPTIONS, Credential, Role, bearer


@dataclass(frozen=True, slots=True)
class Deployment:
    """Deployment under test and the secrets for it.

    `base` is its origin and base path, `keys` are by role, `headers` go with every request, `webhook_secret` is that
    of the webhook which is registered there. `ca_file` names certificate authorities that are trusted for it, `cert`
    and `cert_key` the certificate that the client shows, and `proxy` is the URL of the proxy that leads there. `lists`
    has the paths of lists in answers by endpoint, as far as the operator says them. `revoke` revokes the key that is to
    be revoked in this run, if one is, and returns why it could not.
    """

    base: str
    keys: Mapping[Role, str] = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())
    webhook_secret: str | None = field(repr=False, default=None)
    ca_file: str | None = None
    cert: str | None = None
    cert_key: str | None = None
    proxy: str | None = field(repr=False, default=None)
    lists: Mapping[str, str] = field(default_factory=dict)
    revoke: Callable[[], str | None] | None = field(repr=False, default=None)

    def credential(self, role: Role) -> Credential | None:
        """Return the key of that role as Bearer, or None if it wasn't given."""
        return bearer(Role(role), self.keys[role]) if role in self.keys else None


def parse_url(url: str) -> str:
    """Return the origin and base path of a URL that may end in `/api/v1`. Raises `UsageError`."""
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        shown = url if "@" not in url else "What is given"  # a password may stand before the @
        raise UsageError(f"'{shown}' is not a URL: {_wrong_address(url)}.") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"'{url}' is not a URL of a deployment; write it like https://staging.example.")
    if parts.username is not None or parts.password is not None:
        raise UsageError("A URL with a user name or password ends up in logs; send those with --header instead.")
    if parts.query or parts.fragment:
        raise UsageError(f"'{url}' has a query or a fragment; give the deployment's address without them.")
    if re.search(r"[\s\x00-\x1f\x7f]", url.strip()):
        raise UsageError(f"'{url}' has a space or a control character in it; give the address without.")
    path = parts.path.rstrip("/").removesuffix("/api/v1").rstrip("/")
    return f"{parts.scheme}://{parts.netloc}{path}"


def _wrong_address(url: str) -> str:
    """Return what is wrong with the host or the port of a URL, and how to write it."""
    scheme, _, rest = url.strip().partition("://")
    address = re.split(r"[/?#]", rest)[0].rpartition("@")[2]
    host, _, port = address.rpartition(":")
    for each, behind in ((host, f":{port}"), (address, "")):
        with suppress(ValueError):
            return f"write the IPv6 address in brackets, as {scheme}://[{ip_address(each)}]{behind}"
    if "[" in address or "]" in address:
        return "only an IPv6 address stands in brackets; write it like https://staging.example or http://[::1]:8000"
    if host:
        return "its port has to be a number up to 65535; write it like https://staging.example:8443"
    return "its host has characters that none has; write it like https://staging.example"


def check_proxy(url: str) -> None:
    """Raise `UsageError` for a URL that is not that of a proxy of HTTP; its text holds no password."""
    how = "write it like http://proxy.example:3128, before the host with USER:PASSWORD@ if it wants them"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise UsageError(f"The value of --proxy is no URL of an HTTP proxy; {how}.")
    if parts.path.strip("/") or parts.query or parts.fragment or re.search(r"[\s\x00-\x1f\x7f]", url):
        raise UsageError(f"The value of --proxy has more than scheme, host and port; {how}.")


# What clients and shells have round a key, and what stands for the part of one that isn't shown.
_QUOTES = "\"'`´«»‘’‚“”„"
_BEARER = re.compile(r"(?:authorization\s*[:=]\s*)?bearer\b|authorization\s*[:=]", re.IGNORECASE)
_SHORTENED = re.compile(r"\.\.\.|\*\*\*|[…•<>]")


def _problem_of_key(key: str) -> str | None:
    """Return what is wrong with a text that can be no key, and what to do; None for one that can. It shows no key."""
    if key[0] in _QUOTES or key[-1] in _QUOTES:
        return "is in quotation marks, which files of variables keep; give the key without them"
    if _BEARER.match(key):
        return "has the name of the header or Bearer in front, which every request gets anyway; give the key alone"
    for character in key:
        if not character.isprintable() and not character.isspace():
            return (
                f"has an invisible character in it (U+{ord(character):04X}); copy the key anew, and nothing beside it"
            )
    if re.search(r"\s", key):
        return "has a space or a line break in it; copy it whole and in one piece"
    if not key.startswith(KEY_PREFIX):
        return f"does not begin with {KEY_PREFIX}; copy it whole from Settings → REST API"
    if _SHORTENED.search(key):
        return (
            "stands for a key, or for part of one that isn't shown; copy it whole when it is created, or create another"
        )
    if not re.fullmatch(rf"{KEY_PREFIX}[\x21-\x7e]+", key):
        return "is cut short or has an odd character in it; copy it whole"
    return None


def check_keys(keys: Mapping[Role, str]) -> None:
    """Raise `UsageError` for keys that are no keys or given twice; its text holds no key."""
    for role, key in keys.items():
        if problem := _problem_of_key(key):
            raise UsageError(f"The value of {OPTIONS[role]} {problem}.")
    roles = list(keys)
    for index, role in enumerate(roles):
        for second in roles[index + 1 :]:
            if keys[role] == keys[second]:
                raise UsageError(
                    f"{OPTIONS[role]} and {OPTIONS[second]} are one and the same key; give two different keys."
                )
