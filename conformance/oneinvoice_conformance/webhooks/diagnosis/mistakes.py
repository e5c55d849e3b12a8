"""Search for the mistake behind a signature that does not verify.

A signature is made of a secret, of bytes that are signed, by a digest, and is written into a header. Each of the four
is done wrong in its own ways, and often two at once: Python's `json.dumps` in base64, the prefix of the secret stripped
and a time stamp signed. How a digest is written is undone once (`header_forms.readings`); then every digest that one
mistake gives is compared, then every one that two give. A whole digest can't agree by chance; of one that was cut
short at least eight hex digits are asked for, which some 30,000 candidates meet in one of 100,000 searches.

Each digest costs a pass over the body, so that each step of the search ends after `_MOST_HASHED` bytes. Of a body of
more than `_LARGE` bytes only the likeliest single mistakes are tried, and none of what may have been signed is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
from collections.abc import Callable, Iterable, Iterator

from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.diagnosis.header_forms import Reading, readings, told_apart, unpadded
from oneinvoice_conformance.webhooks.diagnosis.secret_forms import secret_forms
from oneinvoice_conformance.webhooks.diagnosis.signed_bytes import Signed, rare, usual

_MOST_HASHED = 48 * 1024 * 1024  # bytes
_LEAST_TRIED = 12  # digests, of however large a body
_LARGE = 64 * 1024  # bytes
_COST = 200  # bytes that are hashed in the time that an HMAC takes beside its message
_COST_OF_JSON = 10  # times as much as hashing the bytes
_UNKNOWN = "matches neither this secret nor anything usual: another secret, or a body that was changed on its way"

Digest = Callable[[bytes, bytes], bytes]
"""Function of key and message."""


def diagnose(delivery: Delivery, header: str, secret: str, others: Iterable[Delivery] = ()) -> str:
    """Return the probable mistake behind a signature that does not verify, as the end of a sentence about it.

    `others` are deliveries whose bodies may have been signed in place of this one's.
    """
    if not header.strip():
        return "is empty"
    if header.strip() in (secret, secret.strip()):
        return "is the secret itself, which everybody on the way can read; make a new one"
    if told := told_apart(header):
        return told
    return next(_Search(delivery, header, secret, tuple(others)).run(), _UNKNOWN)


class _Search:
    """Search for the mistakes of one signature."""

    def __init__(self, delivery: Delivery, header: str, secret: str, others: tuple[Delivery, ...]) -> None:
        self._delivery, self._header, self._others = delivery, header, others
        self._readings = list(dict.fromkeys(readings(header)))
        self._digits = header.strip().lower()
        self._key = secret.encode("utf-8", "surrogatepass")
        self._other_keys = list(secret_forms(secret))

    def run(self) -> Iterator[str]:
        """Yield the mistakes that explain the signature, the likeliest first; ends when too much was hashed."""
        right, key, hmac_sha256 = [Signed("", self._delivery.body)], [("", self._key)], [("", _hmac("sha256"))]
        yield from self._tried(right, key, hmac_sha256)
        yield from self._tried(right, self._other_keys, hmac_sha256)
        if len(self._delivery.body) > _LARGE:
            yield from self._tried(usual(self._delivery, self._header, self._others), key, hmac_sha256)
            return
        others = list(usual(self._delivery, self._header, self._others))
        yield from self._tried(others, key, hmac_sha256)
        yield from self._tried(right, key, _DIGESTS)
        yield from self._tried(others, self._other_keys, hmac_sha256)
        yield from self._tried(right, self._other_keys, _DIGESTS)
        yield from self._tried(others, key, _DIGESTS)
        yield from self._tried(rare(self._delivery), key, hmac_sha256)

    def _tried(
        self, messages: Iterable[Signed], keys: Iterable[tuple[str, bytes]], digests: Iterable[tuple[str, Digest]]
    ) -> Iterator[str]:
        left = max(_MOST_HASHED, _LEAST_TRIED * len(self._delivery.body))
        for signed, (by, key), (how, digest) in itertools.product(messages, keys, digests):
            left -= len(signed.content) * (_COST_OF_JSON if signed.original else 1) + _COST
            if left < 0:
                return
            written = self._compare(digest(key, signed.content))
            if written is not None:
                mistakes = dict.fromkeys(filter(None, (signed.told(), by, how, *written)))
                yield " and ".join(mistakes) or "has quotation marks or spaces round it"

    def _compare(self, digest: bytes) -> tuple[str, ...] | None:
        """Return the mistakes in how a header writes a digest; None if it writes another."""
        for reading in self._readings:
            if (mistakes := _agrees(reading, digest)) is not None:
                return mistakes
        if len(self._digits) < 2 * len(digest) and self._digits == unpadded(digest):
            return ("lacks the leading zeros of its bytes, as Java's Integer.toHexString writes them",)
        return None


def _agrees(reading: Reading, digest: bytes) -> tuple[str, ...] | None:
    # Of most digests the first bytes differ already.
    return reading.compare(digest) if reading.digest[:1] == digest[:1] else None


def _hmac(name: str) -> Digest:
    return lambda key, message: hmac.digest(key, message, name)


def _signed(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")


def _sha256(message: bytes) -> bytes:
    return hashlib.sha256(message).digest()


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def _plain(name: str, between: str) -> Iterator[tuple[str, Digest]]:
    """Yield digests that are no HMAC, of secret and body in either order."""
    middle = f" with {between!r} between them" if between else ""
    said = f"is a plain {name.upper().replace('SHA', 'SHA-')} of"
    joint = between.encode()
    yield (
        f"{said} secret and body{middle}, and no HMAC",
        lambda key, message: hashlib.new(name, key + joint + message, usedforsecurity=False).digest(),
    )
    yield (
        f"{said} body and secret{middle}, and no HMAC",
        lambda key, message: hashlib.new(name, message + joint + key, usedforsecurity=False).digest(),
    )


_DIGESTS: tuple[tuple[str, Digest], ...] = (
    *(
        (f"is HMAC with {name.upper().replace('_', '-')} instead of SHA-256", _hmac(name))
        for name in ("sha1", "sha512", "sha384", "sha224", "md5", "sha3_256", "sha512_256")
    ),
    ("is a plain SHA-256 of the body, without the secret", lambda key, message: _sha256(message)),
    *(
        entry
        for name in ("sha256", "sha1", "md5", "sha512")
        for between in ("", ".", ":", "\n")
        for entry in _plain(name, between)
    ),
    ("has secret and body in each other's place", lambda key, message: hmac.digest(message, key, "sha256")),
    ("is of the body's SHA-256 and not of the body", lambda key, message: _signed(key, _sha256(message))),
    ("is of the body's SHA-256 in hex and not of the body", lambda key, message: _signed(key, _hex(_sha256(message)))),
    ("is hashed once more", lambda key, message: _sha256(_signed(key, message))),
    ("is hashed once more, in hex", lambda key, message: _sha256(_hex(_signed(key, message)))),
    ("is signed once more", lambda key, message: _signed(key, _hex(_signed(key, message)))),
)
