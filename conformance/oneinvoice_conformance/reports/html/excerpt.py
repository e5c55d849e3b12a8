"""Exchanges as the HTML report shows them: cut to an excerpt, without secrets, with the telling part marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape

from oneinvoice_conformance.http.curl import curl
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.records.finder import NoList

_ROOM = 450_000  # bytes of HTML for all exchanges and deliveries, so that a report stays below 1 MiB
_SENTENCE = 600  # characters of a reason, which has room of its own
_BODY = 1_200  # characters of a body
_SEARCHED = 20_000  # characters of a body that are searched for the telling part
_COUNTED = 200_000  # bytes of a body, of which the records are counted
_BEFORE = 200  # characters shown before the telling part where it stands deep in a body
_LINE = 400  # characters of a target or of a header's value
_HEADERS = 30
_CURL = 2_000  # characters; one that is cut would be of no use
_SHORTEST = 2  # characters of a word that is marked
_MARKED = 20  # places in one text
_QUOTED = re.compile(r"'([^'\n]{2,120})'|“([^”\n]{2,120})”")


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text, marked as telling or not."""

    text: str
    marked: bool = False


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A part of a body: how many bytes stand before it and after it, and how many there are in all."""

    pieces: Pieces
    before: int
    after: int
    size: int


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """A request with its answer; `body` and `headers` are None and empty where only the fact of it is told."""

    number: int
    target: Pieces
    credential: str
    answer: Pieces
    facts: str
    headers: tuple[tuple[str, Pieces], ...] = ()
    body: Excerpt | None = None
    curl: str = ""


class Excerpts:
    """Cuts and redacts what came from the deployment, until the room for it in one report is used up."""

    def __init__(self, deployment: Deployment, redact: Redactor) -> None:
        self._deployment, self._redact, self._left = deployment, redact, _ROOM

    @property
    def full(self) -> bool:
        """Whether there is no room left."""
        return self._left == 0

    def sentence(self, text: str, most: int = _SENTENCE) -> str:
        """The text without secrets and what is no character of HTML, cut after so many characters."""
        clean = _printable(self._redact(text[: 2 * most]))
        return clean if len(clean) <= most and len(text) <= 2 * most else f"{clean[:most]}…"

    def line(self, text: str) -> str:
        """The same of a text in an exchange, such as its target or the value of a header."""
        shown = self.sentence(text, _LINE)
        return shown if self._take(shown) else "…"

    def brief(self, exchange: Exchange) -> ShownExchange:
        """What was asked and answered, in one line."""
        return ShownExchange(
            exchange.number,
            (Piece(self.line(exchange.request.target)),),
            exchange.request.credential.label,
            (Piece(self.line(exchange.outcome)),),
            f"{exchange.seconds * 1000:.0f} ms",
        )

    def whole(self, exchange: Exchange, reason: str) -> ShownExchange:
        """The exchange with an excerpt of the answer, in which what `reason` tells of is marked."""
        words = _telling(reason)
        status = bool(re.search(rf"\b{exchange.status}\b", reason)) or exchange.status >= 500 or bool(exchange.error)
        headers = self._headers(exchange, reason)
        body = self.body(exchange.body, words)
        records = _records(exchange)
        counted = records is not None and bool(re.search(rf"\b{records}\b", reason))
        told = status or counted or any(piece.marked for _, value in headers for piece in value)
        told = told or any(piece.marked for piece in body.pieces)
        answer = [Piece(self.line(exchange.outcome), marked=status or not told)]
        if records is not None:
            answer += [Piece(" · "), Piece(_count(records, "record"), marked=counted or not told)]
        parameters = [f"{name}={value}" for name, value in exchange.request.query]
        line = curl(self._deployment, exchange.request)
        return ShownExchange(
            exchange.number,
            marked(self.line(exchange.request.target), [each for each in parameters if each in reason]),
            exchange.request.credential.label,
            tuple(answer),
            f"{exchange.seconds * 1000:.0f} ms · {_count(len(exchange.body), 'byte')}",
            headers,
            body,
            _printable(self._redact(line)) if len(line) <= _CURL and self._take(line) else "",
        )

    def body(self, content: bytes, words: Sequence[str] = ()) -> Excerpt:
        """An excerpt of a body, round the first of the words if one of them is there."""
        # Cut before it is redacted only at its end, where half a secret is recognised.
        text = _printable(self._redact(content[:_SEARCHED].decode("utf-8", "replace")))
        at = min((found for word in words if (found := text.find(word)) >= 0), default=0)
        start = at - _BEFORE if at > _BODY - _BEFORE else 0
        shown = text[start : start + _BODY]
        if not self._take(shown):
            start, shown = 0, ""
        before = len(text[:start].encode("utf-8", "replace"))
        after = len(content) - before - len(shown.encode("utf-8", "replace"))
        cut = len(text) > start + len(shown) or len(content) > _SEARCHED
        return Excerpt(marked(shown, words), before, max(after, 1) if cut else 0, len(content))

    def _headers(self, exchange: Exchange, reason: str) -> tuple[tuple[str, Pieces], ...]:
        shown = []
        for name, value in exchange.headers[:_HEADERS]:
            telling = name.lower() in reason.lower() and len(name) > _SHORTEST
            shown.append((self.line(name), (Piece(self.line(value), telling),)))
        return tuple(shown)

    def _take(self, text: str) -> bool:
        """Whether there is still room for the text, which it then takes; after what does not fit nothing does."""
        size = len(escape(text).encode("utf-8", "replace"))
        fits = size <= self._left
        self._left = self._left - size if fits else 0
        return fits


def marked(text: str, words: Sequence[str]) -> Pieces:
    """The text in pieces, of which those that are one of the words are marked, the first twenty of them."""
    if not words or not text:
        return (Piece(text),)
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    parts = re.split(f"({longest_first})", text, maxsplit=_MARKED)
    return tuple(Piece(part, bool(at % 2)) for at, part in enumerate(parts) if part)


def _telling(reason: str) -> list[str]:
    """What a reason quotes."""
    quoted = (first or second for first, second in _QUOTED.findall(reason))
    return list(dict.fromkeys(word for word in quoted if len(word) >= _SHORTEST))


def _records(exchange: Exchange) -> int | None:
    """How many records an answer lists, or None if it is no list, or one that takes too long to read."""
    if len(exchange.body) > _COUNTED:
        return None
    try:
        return len(exchange.records())
    except (NotJSON, NoList):
        return None


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    """The text without what is no character of HTML, or would change the direction in which the rest is read."""
    odd = {each for each in set(text) if not (each.isprintable() or each in "\n\t")}
    return text.translate(dict.fromkeys(map(ord, odd), "\N{REPLACEMENT CHARACTER}")) if odd else text
