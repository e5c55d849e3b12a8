"""Redaction of secrets in everything that is printed or written."""

from __future__ import annotations

import base64
import html
import json
import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from itertools import takewhile
from urllib.parse import quote, unquote

from urllib3.util import parse_url

from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.http.credentials import VARIABLES, near_misses, other_schemes
from oneinvoice_conformance.http.deployment import Deployment

_HEAD = 12  # so many characters of a secret are redacted even where the rest is cut off
_PIECE = 2**20  # characters that are case-folded at once
_SHORTEST_SECRET = 4  # of a webhook; a shorter one stands in too many places
_SHORTEST = 8  # a shorter value of a header is no secret, and stands in too many places


class Redactor:
    """Replaces what a deployment or a proxy may echo: keys and what derives from them, values of `--header`, passwords.

    A secret is recognised in any letter case, escaped as in JSON, HTML or a URL, be it in each of its characters, in
    hexadecimal digits and in base64 among other bytes, and cut off at its end.
    """

    def __init__(self, deployment: Deployment) -> None:
        self._names = {
            spelling.lower(): name for secret, name in _secrets(deployment) for spelling in _spellings(secret)
        }
        heads = {spelling[:_HEAD] for spelling in self._names}
        longest_first = "|".join(map(re.escape, sorted(heads, key=len, reverse=True)))
        self._heads = re.compile(longest_first, re.IGNORECASE)
        self._folded_heads = set(map(_folded, heads))

    def __call__(self, text: str) -> str:
        """Return the text with every secret replaced, such as by `$ONEINVOICE_KEY`."""
        found = self._found(text)
        if _ESCAPE.search(text):
            unescaped = _Unescaped(text)
            found = _apart(
                [*found, *((*unescaped.span(start, end), n) for start, end, n in self._found(unescaped.text))]
            )
        parts, at = [], 0
        for start, end, name in found:
            parts += [text[at:start], name]
            at = end
        return "".join([*parts, text[at:]])

    def _found(self, text: str) -> list[tuple[int, int, str]]:
        """Return where secrets stand in a text, in order, and their names."""
        # Most texts hold no secret, which takes a tenth of the time to see: bodies may have many MiB.
        if not any(head in piece for piece in _folded_pieces(text) for head in self._folded_heads):
            return []
        found, at = [], 0
        while match := self._heads.search(text, at):
            name, length = self._longest(text, match.start())
            at = match.start() + max(length, len(match[0]))
            found.append((match.start(), at, name))
        return found

    def _longest(self, text: str, start: int) -> tuple[str, int]:
        """Return the name of the secret with the longest match at `start`, and the length of that match."""
        lengths = {spelling: _in_common(text[start : start + len(spelling)], spelling) for spelling in self._names}
        longest = max(lengths, key=lengths.__getitem__)
        return self._names[longest], lengths[longest]


# A character as it may be written in a URL, in JSON or a programming language, and in HTML.
_ESCAPE = re.compile(
    r"%[0-9a-f]{2}|\\+(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2})|&(?:#\d+|#x[0-9a-f]+|\w+);", re.I
)


class _Unescaped:
    """Text with its escapes resolved, which knows where each character stood."""

    def __init__(self, escaped: str) -> None:
        parts: list[str] = []
        self._starts, self._origins = [0], [0]
        length = at = 0
        for match in _ESCAPE.finditer(escaped):
            plain, character = escaped[at : match.start()], _resolved(match[0])
            parts += [plain, character]
            self._starts += [length + len(plain), length + len(plain) + len(character)]
            self._origins += [match.start(), match.end()]
            length, at = self._starts[-1], match.end()
        parts.append(escaped[at:])
        self.text, self._end = "".join(parts), len(escaped)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a part of the text stood in the escaped one."""
        return self._origin(start), self._origin(end) if end < len(self.text) else self._end

    def _origin(self, index: int) -> int:
        place = bisect_right(self._starts, index) - 1
        return self._origins[place] + index - self._starts[place]


def _resolved(escape: str) -> str:
    """Return the character that an escape stands for; a question mark for one that is none."""
    if escape.startswith("&"):
        return html.unescape(escape)
    code = int(re.sub(r"^(?:%|\\+u\{?|\\+x)|\}$", "", escape, flags=re.I), 16)
    return chr(code) if code < sys.maxunicode else "?"


def _apart(found: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Return the parts in order, those joined that overlap, under the name of the longest."""
    apart: list[tuple[int, int, str]] = []
    for start, end, name in sorted(found):
        if apart and start < apart[-1][1]:
            first, last, before = apart[-1]
            apart[-1] = (first, max(last, end), before if last - first >= end - start else name)
        else:
            apart.append((start, end, name))
    return apart


def _folded_pieces(text: str) -> Iterator[str]:
    """Yield the text case-folded in pieces, in one of which the first characters of a secret stand whole."""
    for start in range(0, len(text), _PIECE):
        yield _folded(text[start : start + _PIECE + 2 * _HEAD])


def _folded(text: str) -> str:
    """Return the text case-folded, so that texts which `re.IGNORECASE` takes for equal are equal."""
    return text.casefold().replace("i\N{COMBINING DOT ABOVE}", "i").replace("\N{LATIN SMALL LETTER DOTLESS I}", "i")


def _in_common(text: str, spelling: str) -> int:
    """Return the length of the common prefix of the text, in lower case, and a spelling."""
    pairs = zip(text.lower(), spelling, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _secrets(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yield each secret, and the name that stands in its place."""
    for name, value in deployment.headers:
        if len(value) >= _SHORTEST:
            yield value, f"<{name}>"
            _scheme, _, token = value.rpartition(" ")
            if len(token) >= _SHORTEST:
                yield token, f"<{name}>"
    if deployment.webhook_secret and len(deployment.webhook_secret) >= _SHORTEST_SECRET:
        yield deployment.webhook_secret, "$ONEINVOICE_WEBHOOK_SECRET"
    if deployment.proxy and (credentials := parse_url(deployment.proxy).auth):
        password = credentials.partition(":")[2]
        if len(unquote(password)) >= _SHORTEST_SECRET:
            yield unquote(password), "<proxy>"
        yield base64.b64encode(unquote(credentials).encode()).decode(), "<proxy>"
    for role, key in deployment.keys.items():
        name = f"${VARIABLES[role]}"
        for credential in (*near_misses(key), *other_schemes(key).values()):
            if credential.authorization and len(credential.authorization) > _HEAD:
                yield credential.authorization.partition(" ")[2], name
        if len(key) >= len(KEY_PREFIX) + _HEAD:
            yield key.removeprefix(KEY_PREFIX), name
        yield key, name


def _spellings(secret: str) -> set[str]:
    """Return the spellings of a secret in other texts: raw, escaped, and with its white space collapsed."""
    in_json = json.dumps(secret)[1:-1]
    escaped = {in_json, in_json.replace("/", "\\/"), repr(secret)[1:-1], quote(secret, safe=""), html.escape(secret)}
    return {secret, " ".join(secret.split()), *escaped, *(_encoded(secret) if len(secret) >= _HEAD else ())}


def _encoded(secret: str) -> Iterator[str]:
    """Yield what a secret is in hexadecimal digits, and in base64 wherever in the bytes it begins."""
    content = secret.encode()
    yield content.hex()
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + content).decode()
        whole = encoded[-(-before * 8 // 6) : (before + len(content)) * 8 // 6]
        yield from (whole, whole.translate(str.maketrans("+/", "-_")))


# What may be a secret that was put in the wrong place, such as a key in the place of a URL.
_SECRETS = (
    (re.compile(r"1iv_[\w-]{4,}", re.IGNORECASE), "1iv_…"),
    (re.compile(r"whsec_[\w-]{4,}"), "whsec_…"),
    # A password that has an @ in it ends at the last one; without a scheme only a colon tells it from an address.
    # What the kit itself writes in their places is none.
    (re.compile(r"//(?!USER:PASSWORD@(?![^/\s']*@))[^/\s']*@"), "//…@"),
    (re.compile(r"(?<![^/\s'@:])(?!USER:PASSWORD@(?![^/\s']*@))[^/\s'@:]+:[^/\s']*@"), "…@"),
    (re.compile(r"\?[^\s']*=[^\s']*"), "?…"),
)


def without_secrets(sentence: str) -> str:
    """Return the sentence without what may be a secret that was put in the wrong place."""
    for secret, shown in _SECRETS:
        sentence = secret.sub(shown, sentence)
    return sentence
