"""Redaction of secrets in everything that is printed or written."""

from __future__ import annotations

import base64
import html
import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import takewhile
from urllib.parse import quote, quote_plus, unquote

from urllib3.util import parse_url

from oneinvoice_conformance.documented import KEY_PREFIX
from oneinvoice_conformance.http.credentials import VARIABLES, near_misses, other_schemes
from oneinvoice_conformance.http.deployment import Deployment

_HEAD = 12  # so many characters of a secret are redacted even where the rest is cut off
_PIECE = 2**20  # characters that are case-folded at once
_SHORTEST_SECRET = 4  # of a webhook; a shorter one stands in too many places
_DEPTH = 3  # escapes within one another
# Of one printable character of ASCII: in JSON and JavaScript, once or several times, in URLs and in HTML.
_ESCAPE = re.compile(
    r"\\+(?:u00|x)[2-7][0-9a-f]|\\+u\{0*[2-7][0-9a-f]\}|%(?:u00)?[2-7][0-9a-f]"
    r"|&#0*(?:3[2-9]|[4-9]\d|1[01]\d|12[0-6])(?!\d);?|&#x0*[2-7][0-9a-f](?![0-9a-f]);?|&(?:amp|lowbar|dash|hyphen);",
    re.IGNORECASE,
)
# Of a letter, a digit or what is itself the beginning of an escape. Others stand in many texts.
_TELLING_ESCAPE = re.compile(
    r"(?:\\(?:u00|x|u\{0*)|%(?:u00)?|&#x0*)(?:2[56d]|3[0-9]|[46][1-9a-f]|[57][0-9a]|5[cf])"
    r"|&#0*(?:3[78]|4[5-9]|5[0-7]|6[5-9]|[789]\d|1[01]\d|12[0-2])(?!\d)|&(?:amp;#|lowbar;|dash;|hyphen;)",
    re.IGNORECASE,
)
_URL_SAFE = str.maketrans("+/", "-_")
_SHORTEST = 8  # a shorter value of a header is no secret, and stands in too many places


class Redactor:
    """Replaces what a deployment or a proxy may echo: keys and what derives from them, values of `--header`, passwords.

    A secret is recognised in any letter case and cut off at its end, with any of its characters escaped as in JSON,
    HTML or a URL, in hexadecimal and in Base64, also where one of these stands within another.
    """

    def __init__(self, deployment: Deployment) -> None:
        given = list(_given(deployment))
        secrets = [*_derived(deployment), *given]
        encoded = {form.lower(): name for secret, name in given for form in _encoded(secret)}
        self._names = encoded | {form.lower(): name for secret, name in secrets for form in _spellings(secret)}
        heads = {spelling[:_HEAD] for spelling in self._names}
        longest_first = "|".join(map(re.escape, sorted(heads, key=len, reverse=True)))
        self._heads = re.compile(longest_first, re.IGNORECASE)
        self._folded_heads = set(map(_folded, heads))

    def __call__(self, text: str) -> str:
        """Return the text with every secret replaced, such as by `$ONEINVOICE_KEY`."""
        parts, at = [], 0
        for start, end, name in sorted(self._found(text)):
            if start >= at:
                parts += [text[at:start], name]
            at = max(at, end)
        return "".join([*parts, text[at:]])

    def _found(self, text: str, depth: int = _DEPTH) -> Iterator[tuple[int, int, str]]:
        """Yield where a secret begins and ends in the text, and its name, in whatever order."""
        # Most texts hold no secret, which takes a tenth of the time to see: bodies may have many MiB.
        if any(head in piece for piece in _folded_pieces(text) for head in self._folded_heads):
            at = 0
            while match := self._heads.search(text, at):
                name, length = self._longest(text, match.start())
                at = match.start() + max(length, len(match[0]))
                yield match.start(), at, name
        if depth and _TELLING_ESCAPE.search(text):
            unescaped, place = _unescaped(text)
            for start, end, name in self._found(unescaped, depth - 1):
                yield place(start), place(end), name

    def _longest(self, text: str, start: int) -> tuple[str, int]:
        """Return the name of the secret with the longest match at `start`, and the length of that match."""
        lengths = {spelling: _in_common(text[start : start + len(spelling)], spelling) for spelling in self._names}
        longest = max(lengths, key=lengths.__getitem__)
        return self._names[longest], lengths[longest]


def without_cookies(name: str, value: str) -> str:
    """Return the value of a header, of `Set-Cookie` and `Cookie` with the names of the cookies alone (RFC 6265, 4).

    >>> without_cookies("Set-Cookie", "session=8f1c; Path=/; HttpOnly")
    'session=<cookie>; Path=/; HttpOnly'
    """
    pattern = _COOKIES.get(name.lower())
    return pattern.sub(r"\1<cookie>", value) if pattern else value


# A day in `Expires` has a comma before it, as a second cookie in one header has.
_COOKIES = {
    "set-cookie": re.compile(r"((?:^|,)\s*[^=;,\s]+=)[^;,]+"),
    "cookie": re.compile(r"((?:^|;)\s*[^=;\s]+=)[^;]+"),
}


def _unescaped(text: str) -> tuple[str, Callable[[int], int]]:
    """Return the text with its escapes undone, and what gives the place in the text of a position in that."""
    parts: list[str] = []
    starts, places, length, at = [0], [0], 0, 0
    for escape in _ESCAPE.finditer(text):
        parts += [text[at : escape.start()], _meant(escape[0])]
        length += escape.start() - at
        at = escape.end()
        starts += [length, length + 1]
        places += [escape.start(), at]
        length += 1

    def place(position: int) -> int:
        part = bisect_right(starts, position) - 1
        return places[part] + position - starts[part]

    return "".join([*parts, text[at:]]), place


def _meant(escape: str) -> str:
    """Return the character that an escape stands for."""
    return html.unescape(escape) if escape[0] == "&" else chr(int(escape.rstrip("}")[-2:], 16))


def _encoded(secret: str) -> Iterator[str]:
    """Yield a secret in hexadecimal, and in Base64 as far as that doesn't depend on what stands around it."""
    if len(secret) < _SHORTEST:
        return
    content = secret.encode("utf-8", "surrogatepass")
    yield content.hex()
    for before in range(3):
        digits = base64.b64encode(b"\0" * before + content).decode().rstrip("=")
        whole = (before + len(content)) * 8 // 6  # whose bits are all the secret's
        known = digits[math.ceil(before * 8 / 6) : whole]
        yield from (known, known.translate(_URL_SAFE))


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


def _derived(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yield what requests carry that derives from a key, and the name that stands in its place."""
    for role, key in deployment.keys.items():
        for credential in (*near_misses(key), *other_schemes(key).values()):
            if credential.authorization and len(credential.authorization) > _HEAD:
                yield credential.authorization.partition(" ")[2], f"${VARIABLES[role]}"


def _given(deployment: Deployment) -> Iterator[tuple[str, str]]:
    """Yield each secret that was given, and the name that stands in its place."""
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
        if len(key) >= len(KEY_PREFIX) + _HEAD:
            yield key.removeprefix(KEY_PREFIX), name
        yield key, name


def _spellings(secret: str) -> set[str]:
    """Return the spellings of a secret in other texts: raw, escaped, and with its white space collapsed."""
    in_json = json.dumps(secret)[1:-1]
    in_url = {quote(secret, safe=""), quote_plus(secret)}
    escaped = {in_json, in_json.replace("/", "\\/"), repr(secret)[1:-1], *in_url, html.escape(secret)}
    return {secret, " ".join(secret.split()), *escaped}


PLACEHOLDER = "USER:PASSWORD@"  # in sentences that say how a proxy is given
# What may be a secret that was put in the wrong place, such as a key in the place of a URL.
_SECRETS = (
    (re.compile(r"1iv_[\w-]{4,}", re.IGNORECASE), "1iv_…"),
    (re.compile(r"whsec_[\w-]{4,}"), "whsec_…"),
    # A password that has an @ in it ends at the last one; without a scheme only a colon tells it from an address.
    (re.compile(r"//[^/\s']*@"), "//…@"),
    (re.compile(r"[^/\s'@:]+:[^/\s']*@"), "…@"),
    (re.compile(r"\?[^\s']*=[^\s']*"), "?…"),
)


def without_keys(text: str) -> str:
    """Return the text without whatever looks like a key or a webhook's secret, known or not."""
    for secret, shown in _SECRETS[:2]:
        text = secret.sub(shown, text)
    return text


def without_secrets(sentence: str) -> str:
    """Return the sentence without what may be a secret that was put in the wrong place; placeholders stay."""
    parts = sentence.split(PLACEHOLDER)
    for secret, shown in _SECRETS:
        parts = [secret.sub(shown, part) for part in parts]
    return PLACEHOLDER.join(parts)
