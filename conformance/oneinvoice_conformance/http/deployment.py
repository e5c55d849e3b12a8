"""Where the deployment is, and the keys to it."""

from __future__ import annotations

import base64
import re
import secrets
import string
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.exchange import Credential

PREFIX = "1iv_"
VARIABLES = {
    "primary": "ONEINVOICE_KEY",
    "sibling": "ONEINVOICE_SIBLING_KEY",
    "other": "ONEINVOICE_OTHER_KEY",
    "revoked": "ONEINVOICE_REVOKED_KEY",
}
API_KEY = "X-API-Key"
NO_KEY = Credential("a token that is no key", "invalid", "Bearer no-such-key", "Bearer no-such-key")
OPTIONS = {"primary": "--key", "sibling": "--sibling-key", "other": "--other-key", "revoked": "--revoked-key"}


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a deployment is, and what opens it.

    `base` is its origin and base path, `keys` are by role, `headers` go with every request, `webhook_secret` is that
    of the webhook which is registered there, and `ca_file` names authorities that are trusted for it.
    """

    base: str
    keys: dict[str, str] = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False, default=())
    webhook_secret: str | None = field(repr=False, default=None)
    ca_file: str | None = None

    def credential(self, role: str) -> Credential | None:
        """The key of that role (primary, sibling, other, revoked) as Bearer, or None if it wasn't given."""
        if role not in self.keys:
            return None
        variable = VARIABLES[role]
        return Credential(
            f"the {role} key", role, f"Bearer {self.keys[role]}", f"Bearer ${variable}", valid=role != "revoked"
        )


def parse_url(url: str) -> str:
    """The origin and base path of a URL that may end in `/api/v1`. Raises `UsageError`."""
    try:
        parts = urlsplit(url.strip())
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        shown = url if "@" not in url else "What is given"  # a password may stand before the @
        raise UsageError(f"'{shown}' is not a URL ({error}); write it like https://staging.example.") from error
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


def check_keys(keys: dict[str, str]) -> None:
    """Refuse keys that can't be what they are said to be. Raises `UsageError`; the text holds no key."""
    for role, key in keys.items():
        if not key.startswith(PREFIX):
            raise UsageError(
                f"The value of {OPTIONS[role]} does not begin with {PREFIX}; copy it whole from Settings → REST API."
            )
        if not re.fullmatch(rf"{PREFIX}[\x21-\x7e]+", key):
            raise UsageError(
                f"The value of {OPTIONS[role]} is cut short or has a space or an odd character in it; copy it whole."
            )
    roles = list(keys)
    for index, role in enumerate(roles):
        for second in roles[index + 1 :]:
            if keys[role] == keys[second]:
                raise UsageError(
                    f"{OPTIONS[role]} and {OPTIONS[second]} are one and the same key; give two different keys."
                )


def unknown_key() -> Credential:
    """A key of the documented shape that no deployment has issued, new on every call."""
    alphabet = string.ascii_letters + string.digits
    key = PREFIX + "".join(secrets.choice(alphabet) for _ in range(49))
    return Credential("an unknown key", "invalid", f"Bearer {key}", f"Bearer {key}")


def other_schemes(key: str) -> tuple[Credential, Credential]:
    """The key under the schemes Token and Basic (RFC 7617, as user name and as password)."""
    basic = base64.b64encode(f"{key}:{key}".encode()).decode()
    return (
        Credential("the key under the scheme Token", "invalid", f"Token {key}", "Token $ONEINVOICE_KEY"),
        Credential(
            "the key under the scheme Basic",
            "invalid",
            f"Basic {basic}",
            'Basic $(printf %s:%s "$ONEINVOICE_KEY" "$ONEINVOICE_KEY" | base64 | tr -d "[:space:]")',
        ),
    )


def in_api_key(key: str) -> Credential:
    """The key in a header that many other APIs have for it, and none in Authorization."""
    return Credential(f"the key in {API_KEY}", "invalid", key, "$ONEINVOICE_KEY", header=API_KEY)


def near_misses(key: str) -> tuple[Credential, ...]:
    """The key truncated, extended, in the other letter case, and with one character changed at its end and middle."""
    middle = (len(PREFIX) + len(key)) // 2
    end, inner = _another(key[-1]), _another(key[middle])
    variable = "ONEINVOICE_KEY"
    forms = (
        ("the key without its last character", key[:-1], f"${{{variable}%?}}"),
        ("the key with one character more", f"{key}0", f"${{{variable}}}0"),
        (
            "the key in the other letter case",
            key[: len(PREFIX)] + key[len(PREFIX) :].swapcase(),
            f"{PREFIX}$(printf %s \"${{{variable}#{PREFIX}}}\" | tr 'A-Za-z' 'a-zA-Z')",
        ),
        ("the key with another last character", key[:-1] + end, f"${{{variable}%?}}{end}"),
        (
            "the key with another character in its middle",
            key[:middle] + inner + key[middle + 1 :],
            f'$(printf %s "${variable}" | sed "s/./{inner}/{middle + 1}")',
        ),
    )
    return tuple(
        Credential(name, "invalid", f"Bearer {near}", f"Bearer {shell}") for name, near, shell in forms if near != key
    )


def without_prefix(key: str) -> Credential:
    """The key without the letters that every key begins with."""
    bare = key.removeprefix(PREFIX)
    return Credential(
        f"the key without its {PREFIX}", "invalid", f"Bearer {bare}", f"Bearer ${{ONEINVOICE_KEY#{PREFIX}}}"
    )


def changed(key: str) -> list[Credential]:
    """Everything that is made of a key and is none."""
    return [*near_misses(key), without_prefix(key), *other_schemes(key), in_api_key(key)]


def _another(character: str) -> str:
    return "b" if character == "a" else "a"
