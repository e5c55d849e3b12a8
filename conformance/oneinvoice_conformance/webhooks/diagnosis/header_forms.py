"""Forms of a signature header: digests that it may mean, and how they are written there."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from oneinvoice_conformance.webhooks.diagnosis.text_codings import from_base32, from_base64

SHORTEST = 8  # hex digits; less of a signature than that could agree by chance
_NAMES_OF_TIME = {"t", "ts", "time", "timestamp", "date"}
_HEX = re.compile(r"[0-9A-Fa-f]+")
_SEPARATED = re.compile(r"[0-9A-Fa-f]{2}(?:([-: ])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2})+")
_NO_DIGEST = {
    "undefined": "nothing was computed",
    "null": "nothing was computed",
    "none": "nothing was computed",
    "nil": "nothing was computed",
    "false": "nothing was computed",
    "nan": "nothing was computed",
    "[object object]": "JavaScript's text for an object was sent",
    "[object promise]": "the promise of JavaScript was not awaited",
    "[object arraybuffer]": "JavaScript's text for a buffer was sent, and not its hex digits",
    "system.byte[]": ".NET's name of an array was sent, and not its hex digits",
    "array": "PHP's text for an array was sent",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """Digest that a header may mean. `mistakes` say how it is written, each as the end of a sentence about it."""

    digest: bytes
    mistakes: tuple[str, ...] = ()

    def compare(self, digest: bytes) -> tuple[str, ...] | None:
        """Return the mistakes if this is that digest, or the beginning or an extension of it; else None."""
        if self.digest == digest:
            return self.mistakes
        least = min(len(self.digest), len(digest))
        if least * 2 < SHORTEST or self.digest[:least] != digest[:least]:
            return None
        if len(self.digest) < len(digest):
            return (*self.mistakes, f"is cut short to {2 * least} of {2 * len(digest)} hex digits")
        return (*self.mistakes, f"has {len(self.digest) - least} bytes too many behind it")


def told_apart(header: str) -> str | None:
    """Return the mistake of a header that can't be a digest, and says itself why; else None."""
    text = _unquoted(header)
    if re.fullmatch(r"\[B@[0-9a-f]+", text):
        return f"is '{text}': Java's name of an array was sent, and not its hex digits"
    why = _NO_DIGEST.get(text.rpartition("=")[2].lower())
    return f"is '{text}': {why}" if why else None


def times(header: str) -> list[str]:
    """Return the times that a header names beside the signature, as `t=1767607200,v1=…` does."""
    return [value for name, value in _elements(header) if name.lower() in _NAMES_OF_TIME]


def readings(header: str) -> Iterator[Reading]:
    """Yield each reading of a header: whole, without a prefix, and each of several elements."""
    bare = _unquoted(header)
    around = ("has quotation marks or spaces round it",) if bare != header else ()
    yield from (Reading(digest, (*how, *around)) for how, digest in _digests(bare))
    prefix = re.match(r"[A-Za-z][\w-]*\s*[=:,]\s*|[A-Za-z][\w-]*\s+", bare)
    if prefix and len(bare) - prefix.end() >= SHORTEST and not _HEX.fullmatch(prefix[0].rstrip(" ,=:")):
        said = f"has the prefix '{prefix[0].strip()}'"
        rest = _unquoted(bare[prefix.end() :])
        yield from (Reading(digest, (*how, said)) for how, digest in _digests(rest))
    elements = [(name, value) for name, value in _elements(bare) if len(value) >= SHORTEST]
    signatures = [(name, value) for name, value in elements if name.lower() not in _NAMES_OF_TIME]
    for position, (name, value) in enumerate(signatures, 1):
        if len(signatures) > 1:
            said = f"is one of several signatures in the header, of which number {position} is right"
        else:
            said = f"is the element '{name}' of a list in the header" if name else "has something else beside it"
        yield from (Reading(digest, (*how, said)) for how, digest in _digests(value))


def _unquoted(text: str) -> str:
    """Return a text without white space round it, and without the quotation marks of a pair."""
    bare = text.strip()
    return bare[1:-1].strip() if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "\"'" else bare


def _elements(header: str) -> list[tuple[str, str]]:
    """Return the elements of a header that lists several, each with its name or an empty one; one alone is none."""
    elements = []
    for part in filter(None, re.split(r"[\s,;|]+", header.strip("{}[]"))):
        named = (
            None if _SEPARATED.fullmatch(part) else re.fullmatch(r"[\"']?([A-Za-z][\w-]*)[\"']?[=:](.*[^=].*)", part)
        )
        elements.append((named[1], _unquoted(named[2])) if named else ("", _unquoted(part)))
    return elements if len(elements) > 1 else []


def _digests(text: str, depth: int = 0) -> Iterator[tuple[tuple[str, ...], bytes]]:
    """Yield (how it is written, bytes) for each encoding of a digest that a text may be in."""
    yield from _hexadecimal(text)
    if (decoded := from_base64(text)) is not None:
        yield ("is in base64 instead of hex",), decoded
        if depth == 0 and decoded.isascii():
            inner = decoded.decode()
            yield from (((*how, "is the base64 of its hex digits"), each) for how, each in _hexadecimal(inner))
    if (decoded := from_base32(text)) is not None:
        yield ("is in base32 instead of hex",), decoded
    if re.fullmatch(r"\[?-?\d{1,3}(?:[,\s]+-?\d{1,3}){7,}\]?", text):
        numbers = [int(number) for number in re.findall(r"-?\d+", text)]
        if all(-129 < number < 256 for number in numbers):
            yield ("is a list of numbers instead of hex digits",), bytes(number % 256 for number in numbers)
    if depth:
        return
    if python := re.fullmatch(r"b'(.+)'", text) or re.fullmatch(r'b"(.+)"', text):
        yield from _further(python[1], "has Python's b'' round it, as str() of bytes has")
    if buffer := re.fullmatch(r"<Buffer (.+?)>", text):
        yield from _further(buffer[1], "is the text of a Buffer of Node's")
    if "%" in text:
        yield from _further(unquote(text), "is percent-encoded")


def _further(text: str, said: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    yield from (((*how, said), digest) for how, digest in _digests(text, 1))


def _hexadecimal(text: str) -> Iterator[tuple[tuple[str, ...], bytes]]:
    if re.fullmatch(r"0[xX][0-9A-Fa-f]+", text):
        yield from (((*how, "has the prefix '0x'"), digest) for how, digest in _hexadecimal(text[2:]))
        return
    if separated := _SEPARATED.fullmatch(text):
        by = {"-": "hyphens, as .NET's BitConverter.ToString writes it", ":": "colons", " ": "spaces"}[separated[1]]
        yield (f"has its hex digits parted by {by}",), bytes.fromhex(text.replace(separated[1], ""))
        return
    if not _HEX.fullmatch(text):
        return
    for length in (64, 40, 96, 128):
        if length - 4 <= len(text) < length:
            lost = "has lost the zeros at its beginning, as Java's BigInteger.toString(16) writes it"
            yield (lost,), bytes.fromhex(text.zfill(length))
    even = text[: len(text) // 2 * 2]
    digest = bytes.fromhex(even)
    yield (() if even == text else ("has an odd number of hex digits",)), digest
    with suppress(UnicodeDecodeError):
        inner = digest.decode("ascii")
        if len(inner) >= 16 and _HEX.fullmatch(inner) and len(inner) % 2 == 0:
            yield ("is the hex digits of its hex digits",), bytes.fromhex(inner)
        elif len(inner) >= 16 and re.fullmatch(r"[A-Za-z0-9+/]+=*", inner):
            with suppress(ValueError, binascii.Error):
                yield ("is the hex digits of its base64",), base64.b64decode(inner, validate=True)


def unpadded(digest: bytes) -> str:
    """Return the digits of a digest as `Integer.toHexString` of each byte writes them, without leading zeros."""
    return "".join(f"{byte:x}" for byte in digest)
