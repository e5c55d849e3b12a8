"""Bytes that a sender may have signed in place of the raw body."""

from __future__ import annotations

import bz2
import itertools
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.webhooks.diagnosis.body_texts import encoded, without_json
from oneinvoice_conformance.webhooks.diagnosis.header_forms import times
from oneinvoice_conformance.webhooks.diagnosis.json_traits import difference
from oneinvoice_conformance.webhooks.diagnosis.json_writers import combinations, rewritings, written_by

_MOST_UNPACKED = 64 * 1024 * 1024  # bytes
_MOST_NAMED = 2  # serialisers in a sentence
_MOST_PAIRED = 12  # stamps
_LONGEST_STAMP = 80  # characters
_STAMPS = ("time", "date", "-id", "nonce", "event", "request")
_BETWEEN = (".", ":", "", "\n", "|", "-", "_")


@dataclass(frozen=True, slots=True)
class Signed:
    """Bytes that may have been signed, and that mistake in words, as the end of a sentence about the signature.

    Where they are the JSON of `original` written anew, how they are written is told by comparing both.
    """

    mistake: str
    content: bytes
    original: bytes | None = None

    def told(self) -> str:
        """Return the mistake in words."""
        if self.original is None:
            return self.mistake
        names = written_by(self.original, self.content)
        more = " or others" if len(names) > _MOST_NAMED else ""
        by = f", as {' or '.join(names[:_MOST_NAMED])}{more} write{'' if names[1:] else 's'} it" if names else ""
        how = difference(self.original, self.content) or "otherwise"
        return f"{self.mistake} written anew ({how}{by}) and not over the raw body"


def usual(delivery: Delivery, header: str, others: Iterable[Delivery]) -> Iterator[Signed]:
    """Yield what is signed by mistake most: other line ends, JSON written anew, parts, times, earlier bodies."""
    content = delivery.body
    if (plain := unpacked(delivery.body)) is not None:
        yield Signed("is over the body before it was compressed (signed before compression)", plain)
        content = plain
    yield from _line_ends(content)
    yield from _anew(content, rewritings(content))
    yield from _parts(content)
    yield from _stamped(delivery, header)
    yield from (Signed(f"is over {what}", text) for what, text in encoded(content))
    yield from _of_others(delivery, others)
    yield from _beside_the_body(delivery)


def rare(delivery: Delivery) -> Iterator[Signed]:
    """Yield what is signed seldom: the options of serialisers in other combinations, and texts that are no JSON."""
    plain = unpacked(delivery.body)
    content = delivery.body if plain is None else plain
    yield from _anew(content, combinations(content))
    yield from (Signed(f"is over {what}", text) for what, text in without_json(content))


def unpacked(body: bytes) -> bytes | None:
    """Return a body without its compression, told by its first bytes; None if it has none, or is broken."""
    with suppress(zlib.error, OSError, ValueError, EOFError):
        if body.startswith((b"\x1f\x8b", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")):
            return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, _MOST_UNPACKED)
        if body.startswith(b"BZh"):
            return bz2.BZ2Decompressor().decompress(body, _MOST_UNPACKED)
    return None


def _anew(content: bytes, texts: Iterable[bytes], mistake: str = "is over the body") -> Iterator[Signed]:
    yield from (Signed(mistake, text, content) for text in texts if text != content)


def _line_ends(body: bytes) -> Iterator[Signed]:
    yield Signed("is over the body with a line end that the body lacks (LF)", body + b"\n")
    yield Signed("is over the body with a line end that the body lacks (CRLF)", body + b"\r\n")
    yield Signed("is over the body without the white space round it", body.strip())
    unix = body.replace(b"\r\n", b"\n")
    way = "the line ends were changed on the way, or before signing"
    yield Signed(f"is over the body with LF where it has CRLF: {way}", unix)
    yield Signed(f"is over the body with LF where it has CRLF, and one more at the end: {way}", unix + b"\n")
    yield Signed(f"is over the body with CRLF where it has LF: {way}", unix.replace(b"\n", b"\r\n"))
    yield Signed("is over the body without its line breaks", body.replace(b"\r", b"").replace(b"\n", b""))
    yield Signed("is over the body without any white space, in texts too", b"".join(body.split()))


def _parts(body: bytes) -> Iterator[Signed]:
    """Yield each member of a body's object alone, as serialisers write it, and what is inside of a JSON string."""
    with suppress(ValueError, RecursionError):
        content = json.loads(body)
        if isinstance(content, str):
            inner = content.encode("utf-8", "surrogatepass")
            yield Signed("is over the JSON inside of the body, which is encoded twice", inner)
        for name, value in content.items() if isinstance(content, dict) else ():
            mistake = f"is over `{name}` alone (only `{name}` was signed)"
            if isinstance(value, str):
                yield Signed(mistake, value.encode("utf-8", "surrogatepass"))
            compact = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
            yield Signed(mistake, compact)
            yield from _anew(compact, rewritings(compact), f"{mistake},")


def _stamped(delivery: Delivery, header: str) -> Iterator[Signed]:
    """Yield the body beside times and ids that the signature, other headers or the body itself name."""
    stamps = _stamps(delivery, header)
    for what, value in stamps:
        yield Signed(f"is over {what} and not over the body", value)
        for between in map(str.encode, _BETWEEN):
            yield Signed(f"is over {what} and the body", value + between + delivery.body)
            yield Signed(f"is over the body and {what}", delivery.body + between + value)
        yield Signed(f"is over 'v0', {what} and the body, as Slack signs", b"v0:" + value + b":" + delivery.body)
    for (one, first), (other, second) in itertools.permutations(stamps[:_MOST_PAIRED], 2):
        for between in (b".", b":", b"\n", b""):
            both = first + between + second + between
            yield Signed(f"is over {one}, {other} and the body", both + delivery.body)


def _stamps(delivery: Delivery, header: str) -> list[tuple[str, bytes]]:
    stamps = [
        (f"the time stamp {value} that the header names (a time stamp is signed too)", value) for value in times(header)
    ]
    stamps += [
        (f"the header {name}", value)
        for name, value in delivery.headers
        if any(word in name.lower() for word in _STAMPS) and 0 < len(value) < _LONGEST_STAMP
    ]
    with suppress(ValueError, RecursionError):
        content = json.loads(delivery.body)
        members = content.items() if isinstance(content, dict) else ()
        texts = [(name, str(value)) for name, value in members if isinstance(value, str | int)]
        stamps += [(f"the body's `{name}`", text) for name, text in texts if 0 < len(text) < _LONGEST_STAMP]
    return [(what, value.encode("utf-8", "surrogatepass")) for what, value in stamps]


def _of_others(delivery: Delivery, others: Iterable[Delivery]) -> Iterator[Signed]:
    for other in others:
        if other.body != delivery.body:
            when = "an earlier" if other.number < delivery.number else "a later"
            yield Signed(f"is over the body of {when} one, {other}", other.body)


def _beside_the_body(delivery: Delivery) -> Iterator[Signed]:
    """Yield the body beside the method, the target or the whole URL, as schemes that sign requests have it."""
    host, method, path, target = delivery.header("Host") or "", delivery.method, delivery.path, delivery.target
    beside = [
        ("the path", path), ("the target", target), ("the method", method),
        ("the URL", f"https://{host}{target}"), ("the URL", f"http://{host}{target}"),
        *(("the method, the path", f"{method}{between}{path}") for between in ("", " ", "\n", ":", ".")),
    ]  # fmt: skip
    for what, text in beside:
        first = text.encode("utf-8", "surrogatepass")
        for between in map(str.encode, _BETWEEN):
            yield Signed(f"is over {what} and the body", first + between + delivery.body)
            yield Signed(f"is over the body and {what}", delivery.body + between + first)
        yield Signed(f"is over {what} and not over the body", first)
