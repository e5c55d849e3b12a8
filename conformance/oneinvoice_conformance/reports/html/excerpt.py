"""Exchanges as the HTML report shows them: cut to an excerpt, with the telling part marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import escape
from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.reports.html.indentation import indented
from oneinvoice_conformance.reports.redacted import Pairs, RedactedBody, RedactedEvidence, RedactedExchange

_ROOM = 450_000  # bytes of HTML for all exchanges and deliveries, so that a report stays below 1 MiB
_SENTENCE = 600  # characters of a reason, which has room of its own
_BODY = 1_200  # characters of a body
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
    """A request with its answer; `body` and `headers` are None and empty where it is shown in one line."""

    number: int
    target: Pieces
    credential: str
    answer: Pieces
    facts: str
    headers: tuple[tuple[str, Pieces], ...] = ()
    body: Excerpt | None = None
    curl: str = ""


class Excerpts:
    """Cuts what came from the deployment, until the room for it in one report is used up."""

    def __init__(self) -> None:
        self._left = _ROOM

    @property
    def full(self) -> bool:
        """True if there is no room left."""
        return self._left == 0

    def sentence(self, text: str, most: int = _SENTENCE) -> str:
        """Return the text with escapes of what can't be seen, cut after so many characters."""
        clean = _printable(text[: most + 1])
        return clean if len(clean) <= most else f"{clean[:most]}…"

    def line(self, text: str) -> str:
        """Return the same of a text in an exchange, such as its target or the value of a header."""
        shown = self.sentence(text, _LINE)
        return shown if self._take(shown) else "…"

    def brief(self, exchange: RedactedExchange) -> ShownExchange:
        """Return what was asked and answered, in one line."""
        return ShownExchange(
            exchange.number,
            (Piece(self.line(exchange.target)),),
            exchange.role.label,
            (Piece(self.line(exchange.outcome)),),
            f"{exchange.seconds * 1000:.0f} ms",
        )

    def whole(self, evidence: RedactedEvidence, reason: str) -> ShownExchange:
        """Return the exchange with an excerpt of the answer, in which what `reason` names is marked."""
        exchange, records = evidence.exchange, evidence.records
        words = _quoted(reason)
        status = bool(re.search(rf"\b{exchange.status}\b", reason)) or exchange.status >= 500 or bool(exchange.error)
        headers = self._headers(evidence.headers, reason)
        body = self.body(evidence.body, words)
        counted = records is not None and bool(re.search(rf"\b{records}\b", reason))
        any_marked = any(piece.marked for pieces in (body.pieces, *(value for _, value in headers)) for piece in pieces)
        none_marked = not (status or counted or any_marked)
        answer = [Piece(self.line(exchange.outcome), marked=status or none_marked)]
        if records is not None:
            answer += [Piece(" · "), Piece(_count(records, "record"), marked=counted or none_marked)]
        parameters = [f"{name}={value}" for name, value in exchange.query]
        return ShownExchange(
            exchange.number,
            marked(self.line(exchange.target), [each for each in parameters if each in reason]),
            exchange.role.label,
            tuple(answer),
            f"{exchange.seconds * 1000:.0f} ms · {_count(evidence.body.size, 'byte')}",
            headers,
            body,
            self._curl(evidence.curl),
        )

    def wholes(self, shown: Sequence[RedactedEvidence], reason: str) -> list[ShownExchange]:
        """Return the exchanges with headers and body, as long as there is room for more."""
        return [self.whole(each, reason) for each in shown if not self.full]

    def body(self, body: RedactedBody, words: Sequence[str] = ()) -> Excerpt:
        """Return an excerpt of a body, round the first of the words if one of them is there."""
        text = _printable(body.text())
        at = min((place for word in words if (place := text.find(word)) >= 0), default=0)
        start = at - _BEFORE if at > _BODY - _BEFORE else 0
        shown = text[start : start + _BODY]
        if not self._take(shown):
            start, shown = 0, ""
        before = len(text[:start].encode("utf-8", "replace"))
        after = body.size - before - len(shown.encode("utf-8", "replace"))
        cut = len(text) > start + len(shown) or body.is_cut
        return Excerpt(
            marked(indented(text, start, start + len(shown)), words), before, max(after, 1) if cut else 0, body.size
        )

    def _curl(self, line: str) -> str:
        return _printable(line) if len(line) <= _CURL and self._take(line) else ""

    def _headers(self, headers: Pairs, reason: str) -> tuple[tuple[str, Pieces], ...]:
        shown = []
        for name, value in headers[:_HEADERS]:
            telling = name.lower() in reason.lower() and len(name) > _SHORTEST
            shown.append((self.line(name), (Piece(self.line(value), telling),)))
        return tuple(shown)

    def _take(self, text: str) -> bool:
        """Take room for the text if there is enough left, and return whether there was; after that nothing fits."""
        size = len(escape(text).encode("utf-8", "replace"))
        fits = size <= self._left
        self._left = self._left - size if fits else 0
        return fits


def marked(text: str, words: Sequence[str]) -> Pieces:
    """Return the text in pieces, of which those that are one of the words are marked, the first twenty of them."""
    if not words or not text:
        return (Piece(text),)
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    parts = re.split(f"({longest_first})", text, maxsplit=_MARKED)
    return tuple(Piece(part, bool(at % 2)) for at, part in enumerate(parts) if part)


def _quoted(reason: str) -> list[str]:
    """Return what a reason quotes."""
    quoted = (first or second for first, second in _QUOTED.findall(reason))
    return list(dict.fromkeys(word for word in quoted if len(word) >= _SHORTEST))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _printable(text: str) -> str:
    return printable(text, keep="\n\t")
