"""Senders of recorded requests: which credential stands in one, as far as a recording tells it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto

from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.http.credentials import API_KEY, Role, derived_credentials, has_checksum, near_misses

_LONG = 24  # characters of a key of which another is hardly a near miss by chance
_WORDS_FOR_NOTHING = frozenset({"null", "undefined", "none", "nil", "false", "nan", "[object object]"})
# Names of headers and parameters that may hold a credential, or go with a session.
_CREDENTIAL = re.compile(
    r"(?:.*[-_.])?(?:api[-_]?key|key|auth\w*|token|jwt|session(?:[-_]?id)?|sid|secret|credentials?|signature|csrf\w*"
    r"|xsrf\w*|cookie)(?:[-_.].*)?",
    re.IGNORECASE,
)
_NO_CREDENTIAL = re.compile(r":authority|access-control-.*|sec-.*", re.IGNORECASE)
# What stands in the place of a secret that was taken out of a file, or never filled in.
_REDACTED = re.compile(
    r"[*•●…]|\.\.\.|x{5,}|redact|remov|filter|hidden|mask|sanitiz|sanitis|secret|^\W*$|^[\[<{$%(]|your",
    re.IGNORECASE,
)


class Kind(Enum):
    """Kinds of what stands in a request to tell who sent it."""

    NOTHING = auto()
    BEARER = auto()
    REDACTED = auto()  # a Bearer token, which was taken out
    OTHER = auto()


@dataclass(frozen=True, slots=True)
class Sender:
    """Sender of one request; `authorization` is a secret, and so is the `token`."""

    kind: Kind
    authorization: str | None = field(repr=False, default=None)
    token: str | None = field(repr=False, default=None)
    in_api_key: bool = False


def sender_of(headers: Mapping[str, str], cookies: object, parameters: Iterable[str]) -> Sender:
    """Return the sender by the headers, whose names are in small letters, the cookies and the query's names."""
    authorization = headers.get("authorization", "").strip()
    scheme, _, token = authorization.partition(" ")
    token = token.strip()
    if "authorization" in headers and not authorization:
        return Sender(Kind.REDACTED)
    if scheme.lower() == "bearer":
        kind = Kind.REDACTED if token and _REDACTED.search(token) else Kind.BEARER
        return Sender(kind, f"Bearer {token}".strip(), token or None)
    if authorization:
        return Sender(Kind.OTHER, authorization, token or scheme)
    held = [name for name in (*headers, *parameters) if is_of_credential(name)]
    if held == [API_KEY.lower()] and not cookies:
        key = headers[API_KEY.lower()].strip()
        return Sender(Kind.OTHER, key, key, in_api_key=True)
    return Sender(Kind.OTHER if held or cookies else Kind.NOTHING)


def is_of_credential(name: str) -> bool:
    """Tell whether a header or a parameter of that name may hold a credential, or go with a session."""
    return _CREDENTIAL.fullmatch(name) is not None and _NO_CREDENTIAL.fullmatch(name) is None


def stands_for_nothing(token: str) -> bool:
    """Tell whether a token is a word that programs write where they have none."""
    return token.lower() in _WORDS_FOR_NOTHING


def primary_token(served: Iterable[Sender]) -> str | None:
    """Return the key of most of the requests that were served, the first of several; None without any."""
    counts = Counter(sender.token for sender in served if sender.kind is Kind.BEARER and sender.token)
    return max(counts, key=lambda token: counts[token], default=None)


def role_beside(sender: Sender, primary: str) -> Role:
    """Return the role of a credential beside the primary key: that key, what is made of it, a word, or nothing."""
    if sender.kind is Kind.NOTHING:
        return Role.NONE
    if sender.kind is Kind.BEARER and sender.token == primary:
        return Role.PRIMARY
    if sender.kind is Kind.BEARER and sender.token is None:
        return Role.NO_TOKEN
    if sender.kind is Kind.BEARER and stands_for_nothing(sender.token or ""):
        return Role.WORD_FOR_KEY
    if len(primary) < _LONG or not primary.startswith(KEY_PREFIX):
        return Role.UNTOLD
    # Without a checksum, what looks much like a key may be one, but not in the other letter case.
    unsure = set() if has_checksum(primary) else {each.role for each in near_misses(primary)} - {Role.OTHER_CASE}
    for made in derived_credentials(primary):
        if made.role in unsure:
            continue
        is_in_api_key = made.header == API_KEY
        if is_in_api_key is sender.in_api_key and _alike(made.authorization or "", sender.authorization or ""):
            return made.role
    return Role.UNTOLD


def _alike(one: str, two: str) -> bool:
    """Tell whether two values are equal but for the letter case of their schemes."""
    (scheme, _, token), (other, _, value) = one.partition(" "), two.partition(" ")
    return token.strip() == value.strip() and (scheme.lower() == other.lower() if token else scheme == other)
