"""Credentials: the keys of a deployment, and invalid ones that are derived from a key."""

from __future__ import annotations

import base64
import re
import secrets
import string
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from oneinvoice_conformance.documented import KEY_PREFIX

API_KEY = "X-API-Key"
IN_QUERY = ("api_key", "key", "access_token", "token")  # as other APIs take a key in the URL, one of RFC 6750 (2.3)
_VARIABLE = "ONEINVOICE_KEY"
_WITH_CHECKSUM = re.compile(r"1iv_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Role(StrEnum):
    """Role of a credential in a run, which reports, recordings and comparisons keep.

    The first four are keys of the deployment; `label` is for showing only.
    """

    PRIMARY = "primary"
    SIBLING = "sibling"
    OTHER = "other"
    REVOKED = "revoked"
    UNREVOKED = "unrevoked"
    NONE = "none"
    UNKNOWN = "unknown"
    NOT_A_KEY = "not-a-key"
    NO_TOKEN = "no-token"  # noqa: S105  # that there is none
    WORD_FOR_KEY = "word-for-key"
    TOKEN_SCHEME = "token-scheme"  # noqa: S105  # the scheme, not a token
    BASIC_SCHEME = "basic-scheme"
    BASIC_BARE = "basic-bare"
    BASIC_USER = "basic-user"
    BASIC_SECRET = "basic-secret"  # noqa: S105  # where it stands, not a secret
    BASIC_ALONE = "basic-alone"
    API_KEY_SCHEME = "api-key-scheme"
    API_KEY_ENCODED = "api-key-encoded"
    TOKEN_PARAMETER = "token-parameter"  # noqa: S105  # the parameter, not a token
    JWT_SCHEME = "jwt-scheme"
    LONGER_BEARER = "longer-bearer"
    API_KEY_HEADER = "api-key-header"
    KEY_IN_QUERY = "key-in-query"
    TRUNCATED = "truncated"
    EXTENDED = "extended"
    OTHER_CASE = "other-case"
    OTHER_END = "other-end"
    OTHER_MIDDLE = "other-middle"
    WITHOUT_PREFIX = "without-prefix"
    GENERATED = "generated"
    UNTOLD = "untold"

    @property
    def label(self) -> str:
        """Role in words, for people."""
        return _LABELS[self]

    @property
    def account(self) -> str:
        """Account that a request is counted on: the key's role, `invalid`, or `none` without credentials."""
        if self is Role.UNREVOKED:
            return Role.REVOKED.value
        if self in KEY_ROLES:
            return self.value
        return "none" if self in (Role.NONE, Role.UNTOLD) else "invalid"

    @property
    def is_paced(self) -> bool:
        """Tell whether its requests may be too many for a limit by token; a wrong one is sent a few times alone."""
        return self.account != "invalid" or self is Role.GENERATED

    @property
    def valid(self) -> bool:
        """Tell whether a deployment has to serve it."""
        return self in (Role.PRIMARY, Role.SIBLING, Role.OTHER)


KEY_ROLES = (Role.PRIMARY, Role.SIBLING, Role.OTHER, Role.REVOKED)
VARIABLES = {
    Role.PRIMARY: "ONEINVOICE_KEY",
    Role.SIBLING: "ONEINVOICE_SIBLING_KEY",
    Role.OTHER: "ONEINVOICE_OTHER_KEY",
    Role.REVOKED: "ONEINVOICE_REVOKED_KEY",
}
OPTIONS = {
    Role.PRIMARY: "--key",
    Role.SIBLING: "--sibling-key",
    Role.OTHER: "--other-key",
    Role.REVOKED: "--revoked-key",
}
_LABELS = {
    Role.PRIMARY: "the primary key",
    Role.SIBLING: "the sibling key",
    Role.OTHER: "the other key",
    Role.REVOKED: "the revoked key",
    Role.UNREVOKED: "the key that is to be revoked",
    Role.NONE: "no credentials",
    Role.UNKNOWN: "an unknown key",
    Role.NOT_A_KEY: "a token that is no key",
    Role.NO_TOKEN: "Bearer and no key",
    Role.WORD_FOR_KEY: "a program's word for nothing in the place of a key",
    Role.TOKEN_SCHEME: "the key under the scheme Token",
    Role.BASIC_SCHEME: "the key under the scheme Basic",
    Role.BASIC_BARE: "the bare key under the scheme Basic",
    Role.BASIC_USER: "the key as the user name of Basic",
    Role.BASIC_SECRET: "the key as the password of Basic",
    Role.BASIC_ALONE: "the key alone, encoded, under the scheme Basic",
    Role.API_KEY_SCHEME: "the key under the scheme ApiKey",
    Role.API_KEY_ENCODED: "the encoded key under the scheme ApiKey",
    Role.TOKEN_PARAMETER: "the key as a parameter of the scheme Token",
    Role.JWT_SCHEME: "the key under the scheme JWT",
    Role.LONGER_BEARER: "the key under the scheme BearerToken",
    Role.API_KEY_HEADER: f"the key in {API_KEY}",
    Role.KEY_IN_QUERY: "the key in the query of the URL",
    Role.TRUNCATED: "the key without its last character",
    Role.EXTENDED: "the key with one character more",
    Role.OTHER_CASE: "the key in the other letter case",
    Role.OTHER_END: "the key with another last character",
    Role.OTHER_MIDDLE: "the key with another character in its middle",
    Role.WITHOUT_PREFIX: f"the key without its {KEY_PREFIX}",
    Role.GENERATED: "generated credentials",
    Role.UNTOLD: "a credential that tells no role",
}


def role_from_label(label: str) -> Role | None:
    """Return the role that reports and recordings of 0.1.0 kept by its label; None for another text."""
    return _BY_LABEL.get(label)


# As 0.1.0 wrote them, whatever labels become.
_BY_LABEL = {
    "the primary key": Role.PRIMARY,
    "the sibling key": Role.SIBLING,
    "the other key": Role.OTHER,
    "the revoked key": Role.REVOKED,
    "no credentials": Role.NONE,
    "an unknown key": Role.UNKNOWN,
    "a token that is no key": Role.NOT_A_KEY,
    "the key under the scheme Token": Role.TOKEN_SCHEME,
    "the key under the scheme Basic": Role.BASIC_SCHEME,
    "the key in X-API-Key": Role.API_KEY_HEADER,
    "the key without its last character": Role.TRUNCATED,
    "the key with one character more": Role.EXTENDED,
    "the key in the other letter case": Role.OTHER_CASE,
    "the key with another last character": Role.OTHER_END,
    "the key with another character in its middle": Role.OTHER_MIDDLE,
    "the key without its 1iv_": Role.WITHOUT_PREFIX,
    "generated credentials": Role.GENERATED,
    "a credential that tells no role": Role.UNTOLD,
}


@dataclass(frozen=True, slots=True)
class Credential:
    """Credential of a request.

    `authorization` is the value of the `header`, and a secret; `shell` is the same for a POSIX shell, with the key in
    an environment variable. With `parameters` it is the value of these in the query, and of no header.
    """

    role: Role
    authorization: str | None = field(repr=False, default=None)
    shell: str | None = None
    header: str = "Authorization"
    parameters: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Role in words, for people."""
        return self.role.label

    @property
    def account(self) -> str:
        """Account that the request is counted on."""
        return self.role.account

    @property
    def valid(self) -> bool:
        """Tell whether a deployment has to serve it."""
        return self.role.valid


NOBODY = Credential(Role.NONE)
NO_KEY = Credential(Role.NOT_A_KEY, "Bearer no-such-key", "Bearer no-such-key")
NO_TOKEN = Credential(Role.NO_TOKEN, "Bearer", "Bearer")
# What clients send whose setting is empty.
WORD_NULL, WORD_UNDEFINED = (
    Credential(Role.WORD_FOR_KEY, f"Bearer {word}", f"Bearer {word}") for word in ("null", "undefined")
)
UNKEYED = (NO_KEY, NO_TOKEN, WORD_NULL, WORD_UNDEFINED)


def bearer(role: Role, key: str) -> Credential:
    """Return a key of the deployment as Bearer (RFC 6750)."""
    return Credential(role, f"Bearer {key}", f"Bearer ${VARIABLES[role]}")


def unrevoked(key: str) -> Credential:
    """Return the revoked key as it is before a command of this run revokes it."""
    return Credential(Role.UNREVOKED, f"Bearer {key}", f"Bearer ${VARIABLES[Role.REVOKED]}")


def unknown_key() -> Credential:
    """Return a key of the documented shape that no deployment has issued, new on every call."""
    alphabet = string.ascii_letters + string.digits
    key = KEY_PREFIX + "".join(secrets.choice(alphabet) for _ in range(49))
    return Credential(Role.UNKNOWN, f"Bearer {key}", f"Bearer {key}")


# Schemes by which deployments take a key, or take one by mistake: those of other APIs, the key bare and encoded (RFC
# 7617), and what a prefix or the last word of the header is taken for. `{}` stands for the key.
_OTHER_SCHEMES = (
    (Role.TOKEN_SCHEME, "Token", "{}", False),
    (Role.BASIC_SCHEME, "Basic", "{0}:{0}", True),
    (Role.BASIC_BARE, "Basic", "{}", False),
    (Role.API_KEY_SCHEME, "ApiKey", "{}", False),
    (Role.BASIC_USER, "Basic", "{}:", True),
    (Role.BASIC_SECRET, "Basic", ":{}", True),
    (Role.BASIC_ALONE, "Basic", "{}", True),
    (Role.API_KEY_ENCODED, "ApiKey", "{0}:{0}", True),
    (Role.TOKEN_PARAMETER, "Token", "token={}", False),
    (Role.JWT_SCHEME, "JWT", "{}", False),
    (Role.LONGER_BEARER, "BearerToken", "{}", False),
)


def other_schemes(key: str) -> dict[Role, Credential]:
    """Return the key under other schemes than Bearer, by role."""
    return {role: _under_scheme(role, scheme, form, encoded, key) for role, scheme, form, encoded in _OTHER_SCHEMES}


def _under_scheme(role: Role, scheme: str, form: str, encoded: bool, key: str) -> Credential:
    token, variable = form.format(key), f"${_VARIABLE}"
    if not encoded:
        return Credential(role, f"{scheme} {token}", f"{scheme} {form.format(variable)}")
    text, *times = form.replace("{0}", "{}").split("{}")
    pattern, keys = "%s".join([text, *times]), " ".join([f'"{variable}"'] * len(times))
    shell = f'$(printf {pattern} {keys} | base64 | tr -d "[:space:]")'
    return Credential(role, f"{scheme} {base64.b64encode(token.encode()).decode()}", f"{scheme} {shell}")


def in_api_key(key: str) -> Credential:
    """Return the key in X-API-Key, as many other APIs take it, and none in Authorization."""
    return Credential(Role.API_KEY_HEADER, key, f"${_VARIABLE}", header=API_KEY)


def in_query(key: str) -> Credential:
    """Return the key in the query of the URL, by all names at once, and none in a header."""
    return Credential(Role.KEY_IN_QUERY, key, f"${_VARIABLE}", parameters=IN_QUERY)


def near_misses(key: str) -> tuple[Credential, ...]:
    """Return the key truncated, extended, in the other letter case, and with one character changed at two places."""
    middle = (len(KEY_PREFIX) + len(key)) // 2
    end, inner = _other_character(key[-1]), _other_character(key[middle])
    forms = (
        (Role.TRUNCATED, key[:-1], f"${{{_VARIABLE}%?}}"),
        (Role.EXTENDED, f"{key}0", f"${{{_VARIABLE}}}0"),
        (
            Role.OTHER_CASE,
            key[: len(KEY_PREFIX)] + key[len(KEY_PREFIX) :].swapcase(),
            f"{KEY_PREFIX}$(printf %s \"${{{_VARIABLE}#{KEY_PREFIX}}}\" | tr 'A-Za-z' 'a-zA-Z')",
        ),
        (Role.OTHER_END, key[:-1] + end, f"${{{_VARIABLE}%?}}{end}"),
        (
            Role.OTHER_MIDDLE,
            key[:middle] + inner + key[middle + 1 :],
            f'$(printf %s "${_VARIABLE}" | sed "s/./{inner}/{middle + 1}")',
        ),
    )
    return tuple(Credential(role, f"Bearer {near}", f"Bearer {shell}") for role, near, shell in forms if near != key)


def without_prefix(key: str) -> Credential:
    """Return the key without the letters that every key begins with."""
    bare = key.removeprefix(KEY_PREFIX)
    return Credential(Role.WITHOUT_PREFIX, f"Bearer {bare}", f"Bearer ${{{_VARIABLE}#{KEY_PREFIX}}}")


def derived_credentials(key: str) -> list[Credential]:
    """Return all invalid credentials that are derived from a key."""
    return [*near_misses(key), without_prefix(key), *other_schemes(key).values(), in_api_key(key)]


def key_roles(accounts: Iterable[str]) -> list[Role]:
    """Return the roles of keys among these accounts, in their usual order."""
    accounts = set(accounts)
    return [role for role in KEY_ROLES if role.account in accounts]


def has_checksum(key: str) -> bool:
    """Tell whether a key ends in the CRC32 of its 43 random characters, in 6 of base62, as some deployments' do."""
    match = _WITH_CHECKSUM.fullmatch(key)
    if match is None:
        return False
    number = 0
    for digit in match[2]:
        number = number * 62 + _BASE62.index(digit)
    return number == zlib.crc32(match[1].encode())


def _other_character(character: str) -> str:
    return "b" if character == "a" else "a"
