"""Sign and verify webhooks: `X-1Invoice-Signature` is the HMAC-SHA256 of the raw body with the endpoint's secret."""

from __future__ import annotations

import hmac
import re

_HEX = re.compile(r"[0-9A-Fa-f]{64}")


def sign(body: bytes, secret: str) -> str:
    """Return the HMAC-SHA256 (RFC 2104) of exactly these bytes, in lower-case hex."""
    # What came from an environment variable that is not UTF-8 is its bytes again.
    return hmac.digest(secret.encode("utf-8", "surrogateescape"), body, "sha256").hex()


def verify_signature(body: bytes, header: str, secret: str) -> bool:
    """Tell whether `header` is the signature of `body`: hex in any letter case, compared in constant time.

    `body` must be the bytes as they came, before any parsing. A header of another shape is False, never an error.
    """
    if not isinstance(header, str) or not _HEX.fullmatch(header):
        return False
    try:
        return hmac.compare_digest(sign(body, secret), header.lower())
    except UnicodeEncodeError:
        return False
