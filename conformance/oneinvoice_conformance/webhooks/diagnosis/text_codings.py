"""Decoding of Base64 and Base32 (RFC 4648) as people write them: in either alphabet, with padding or without."""

from __future__ import annotations

import base64
from contextlib import suppress


def from_base64(text: str) -> bytes | None:
    """Return the bytes that a text stands for, None where it is no Base64."""
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    with suppress(ValueError):
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    return None


def from_base32(text: str) -> bytes | None:
    """Return the bytes that a text stands for, None where it is no Base32."""
    plain = text.rstrip("=").upper()
    with suppress(ValueError):
        return base64.b32decode(plain + "=" * (-len(plain) % 8))
    return None
