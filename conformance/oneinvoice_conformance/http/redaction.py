"""Redaction of secrets in everything that is printed or written."""

from __future__ import annotations

import base64
import html
import json
import re
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

    A secret is recognised in any letter case, escaped as in JSON, HTML or a URL, and cut off at its end.
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
        # Most texts hold no secret, which takes a tenth of the time to see: bodies may have many MiB.
        if not any(head in piece for piece in _folded_pieces(text) for head in self._folded_heads):
            return text
        parts, at = [], 0
        while match := self._heads.search(text, at):
            name, length = self._longest(text, match.start())
            parts += [text[at : match.start()], name]
            at = match.start() + max(length, len(match[0]))
        return "".join([*parts, text[at:]])

    def _longest(self, text: str, start: int) -> tuple[str, int]:
        """Return the name of the secret with the longest match at `start`, and the length of that match."""
        lengths = {spelling: _in_common(text[start : start + len(spelling)], spelling) for spelling in self._names}
        longest = max(lengths, key=lengths.__getitem__)
        return self._names[longest], lengths[longest]


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
    return {secret, " ".join(secret.split()), *escaped}


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
