"""Signatures of webhooks: make one, and verify one.

The documentation: `X-1Invoice-Signature` — HMAC-SHA256 (RFC 2104) of the raw body with your secret (hex).
"""

from __future__ import annotations

import hmac


def sign(body: bytes, secret: str) -> str:
    """Return the signature of a body: HMAC-SHA256 in 64 lower-case hex digits."""
    return _mac(secret.encode(), body).hex()


def verify_signature(body: bytes, header: str, secret: str) -> bool:
    """Tell whether `header` is the signature of exactly these bytes, in constant time.

    Hex digits may be in either letter case. Anything else, such as a prefix, is no signature.

    >>> import hashlib, hmac
    >>> from oneinvoice_conformance.signing import verify_signature
    >>> body = b'{"event": "quote.sent"}'
    >>> header = hmac.new(b"the secret", body, hashlib.sha256).hexdigest()
    >>> verify_signature(body, header, "the secret")
    True
    >>> verify_signature(body.replace(b" ", b""), header, "the secret")  # written anew, and not as it came
    False
    """
    return hmac.compare_digest(sign(body, secret).encode(), header.lower().encode("utf-8", "surrogatepass"))


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
