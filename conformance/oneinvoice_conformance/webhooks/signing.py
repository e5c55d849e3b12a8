"""Signatures of webhooks: make one, verify one, and find out the mistake behind a wrong one.

The documentation: `X-1Invoice-Signature` — HMAC-SHA256 (RFC 2104) of the raw body with your secret (hex).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import Iterator

_SHORTEST = 8  # characters; less of a signature than that could agree by chance


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


def diagnose(body: bytes, header: str, secret: str) -> str:
    """Return the probable mistake behind a signature that does not verify, as the end of a sentence about it."""
    if not header.strip():
        return "is empty"
    text = header.strip().strip("\"'")
    prefix = re.match(r"[A-Za-z][\w-]*[=:,]\s*|[A-Za-z][\w-]*\s+", text)
    bare = text[prefix.end() :] if prefix and len(text) - prefix.end() >= _SHORTEST else text
    for what, mac in _candidates(body, secret):
        encoding = _encoding(bare, mac)
        if encoding is not None:
            mistakes = [part for part in (what, encoding) if part]
            mistakes += [f"has the prefix '{prefix[0].strip()}'"] if prefix and bare != text else []
            return " and ".join(mistakes) or "has quotation marks or spaces round it"
    return "matches neither this secret nor anything usual: another secret, or a body that was changed on its way"


def reserialised(body: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (how, bytes) for the usual ways to write the JSON of a body anew; nothing for what is not JSON."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return
    for sort, ascii_only, (spacing, separators, indent) in itertools.product((False, True), (False, True), _SPACING):
        text = json.dumps(content, sort_keys=sort, ensure_ascii=ascii_only, separators=separators, indent=indent)
        how = f"{spacing}{', sorted' if sort else ''}{', escaped to ASCII' if ascii_only else ''}"
        yield how, text.encode("utf-8", "surrogatepass")


_SPACING: tuple[tuple[str, tuple[str, str] | None, int | None], ...] = (
    ("without spaces", (",", ":"), None),
    ("with spaces", None, None),
    ("indented by 2", None, 2),
    ("indented by 4", None, 4),
)


def _candidates(body: bytes, secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield (mistake in words, digest): the right one first, then the most frequent mistakes."""
    key = secret.encode()
    yield "", _mac(key, body)
    for how, text in reserialised(body):
        if text != body:
            yield f"is over the body written anew ({how}) and not over the raw body", _mac(key, text)
    for name in ("sha1", "sha512", "sha384", "sha224", "md5"):
        yield f"is HMAC with {name.upper()} instead of SHA-256", hmac.digest(key, body, name)
    yield "is a plain SHA-256 of the body, without the secret", hashlib.sha256(body).digest()
    yield "is a plain SHA-256 of secret and body, and no HMAC", hashlib.sha256(key + body).digest()
    yield "is a plain SHA-256 of body and secret, and no HMAC", hashlib.sha256(body + key).digest()
    yield "has secret and body in each other's place", _mac(body, key)
    yield "is over the body and a line break", _mac(key, body + b"\n")
    yield "is over the body without the white space round it", _mac(key, body.strip())
    yield "is over an empty body", _mac(key, b"")
    yield "is with the secret and a line break", _mac(key + b"\n", body)
    for how, decode in (("hex", bytes.fromhex), ("base64", base64.b64decode)):
        try:
            yield f"is with the secret decoded from {how}", _mac(decode(secret), body)
        except (ValueError, binascii.Error):
            continue
    yield "is with the SHA-256 of the secret", _mac(hashlib.sha256(key).digest(), body)


def _encoding(text: str, mac: bytes) -> str | None:
    """Return how `text` encodes the digest, in words; an empty string for plain hex, None if it does not."""
    if text.lower() == mac.hex():
        return ""
    if len(text) >= _SHORTEST and mac.hex().startswith(text.lower()):
        return f"is cut short to {len(text)} of {len(mac.hex())} hex digits"
    plain = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    if plain == base64.b64encode(mac).decode().rstrip("="):
        return "is in base64 instead of hex"
    if plain == base64.b64encode(mac.hex().encode()).decode().rstrip("="):
        return "is the base64 of its hex digits"
    return None


def _mac(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
