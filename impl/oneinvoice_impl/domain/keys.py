"""The shape of a key, and what is stored of it.

A key is `1iv_`, 43 base62 characters (256 random bits), and the CRC32 of those in 6 base62 characters, so that a
mistyped key is refused without asking the database, and a scanner for leaked secrets can tell a key from chance.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib

_SHAPE = re.compile(r"1iv_([0-9A-Za-z]{43})([0-9A-Za-z]{6})")
_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM = 43

MOST_ACTIVE = 100
"""Keys of an organisation that may be in use at the same time, at most."""


def new_key() -> str:
    """Return a key that nobody can guess."""
    body = "".join(secrets.choice(_BASE62) for _ in range(_RANDOM))
    return f"1iv_{body}{checksum(body)}"


def checksum(body: str) -> str:
    """Return the CRC32 of a key's 43 characters, as 6 base62 characters."""
    number, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def is_key(text: str) -> bool:
    """Tell whether `text` has the shape of a key and its checksum is right. Letter case counts."""
    match = _SHAPE.fullmatch(text)
    return match is not None and checksum(match[1]) == match[2]


def digest(key: str) -> str:
    """Return the digest of a key, which is stored and looked up: SHA-256 in lower-case hex.

    Enough for 256 random bits; a slow hash would let anyone keep the server busy with made-up keys.
    """
    return hashlib.sha256(key.encode()).hexdigest()
