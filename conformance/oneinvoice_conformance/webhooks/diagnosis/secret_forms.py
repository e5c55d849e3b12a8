"""Forms of a secret: what else than its own bytes a sender, or the one who copied it, takes for the key of the HMAC."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import quote, unquote

from oneinvoice_conformance.webhooks.diagnosis.text_codings import from_base32, from_base64

_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9]{0,15}(?:[_-](?:live|test|prod))?[_:.-](?=.)")
_ENDS = {
    "\r\n": "a line break (CRLF)",
    "\n": "a line break",
    "\r": "a carriage return",
    " ": "a space",
    "\t": "a tab",
    "\0": "a NUL",
    "\ufeff": "a byte order mark",
}


def secret_forms(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield (mistake in words, key), the secret as it is excepted; the words end a sentence on the signature."""
    yield from _trimmed(secret)
    bare = secret.strip().strip("\"'")
    for end, what in _ENDS.items():
        yield f"is with the secret and {what} at its end", (bare + end).encode("utf-8", "surrogatepass")
        yield f"is with {what} before the secret", (end + bare).encode("utf-8", "surrogatepass")
    for mark in "\"'":
        yield (
            f"is with quotation marks ({mark}) round the secret",
            f"{mark}{bare}{mark}".encode("utf-8", "surrogatepass"),
        )
    if prefix := _PREFIX.match(bare):
        rest = bare[prefix.end() :]
        without = f"without its prefix '{prefix[0]}'"
        yield f"is with the secret {without} (the secret's prefix was stripped)", rest.encode("utf-8", "surrogatepass")
        for how, key in _decoded(rest):
            yield f"is with the secret {without}, decoded from {how}", key
    for how, key in _decoded(bare):
        yield f"is with the secret decoded from {how}", key
    yield from _encoded(bare)
    for word in ("", "undefined", "null", "None", "nil", "false", "secret"):
        yield (f"is with '{word}' for the secret" if word else "is with an empty secret"), word.encode()


def _trimmed(secret: str) -> Iterator[tuple[str, bytes]]:
    """Yield the secret without what a copy of it has more than the sender's."""
    at_end = secret[len(secret.rstrip("".join(_ENDS))) :]
    for end in _ENDS:
        if at_end.endswith(end):
            what = f"the secret that is given here has {_ENDS[end]} at its end"
            yield f"is right but for the secret: {what}", secret[: -len(end)].encode("utf-8", "surrogatepass")
    trimmed = secret.strip("".join(_ENDS))
    for text in (trimmed, trimmed.strip("\"'").strip()):
        if text != secret:
            what = "the secret that is given here has white space or quotation marks round it"
            yield f"is right but for the secret: {what}", text.encode("utf-8", "surrogatepass")


def _decoded(text: str) -> Iterator[tuple[str, bytes]]:
    with suppress(ValueError):
        yield "hex", bytes.fromhex(text)
    if (decoded := from_base64(text)) is not None:
        yield "base64", decoded
    if (decoded := from_base32(text)) is not None:
        yield "base32", decoded


def _encoded(secret: str) -> Iterator[tuple[str, bytes]]:
    key = secret.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(key)
    yield "is with the SHA-256 of the secret", digest.digest()
    yield "is with the hex digits of the SHA-256 of the secret", digest.hexdigest().encode()
    yield "is with the hex digits of the secret", key.hex().encode()
    yield "is with the secret in base64", base64.b64encode(key)
    yield "is with the secret in capitals", secret.upper().encode("utf-8", "surrogatepass")
    yield "is with the secret in small letters", secret.lower().encode("utf-8", "surrogatepass")
    yield "is with the secret percent-encoded", quote(secret, safe="", errors="replace").encode()
    yield "is with the secret percent-decoded", unquote(secret).encode("utf-8", "surrogatepass")
    for name, encoding in (("UTF-16", "utf-16-le"), ("Latin-1", "latin-1")):
        with suppress(UnicodeEncodeError):
            yield f"is with the secret in {name}", secret.encode(encoding)
    yield "is with the secret's first half", key[: len(key) // 2]
