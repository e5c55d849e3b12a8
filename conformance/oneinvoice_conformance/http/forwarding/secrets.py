"""Secrets of clients: keys and other credentials, seen in their requests, that nothing shown or written may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.forwarding.observed import Observed, Pairs
from oneinvoice_conformance.http.recording.senders import is_of_credential, stands_for_nothing
from oneinvoice_conformance.http.redaction import Redactor, without_cookies

_MOST = 500  # that are looked for in everything; a client has a few
# What is a key or a secret by its looks, whoever sent it.
_BY_LOOKS = re.compile(r"(1iv_|whsec_)[\w-]{4,}", re.IGNORECASE)
# A value that is looked for in everything, where its name alone says that it is a credential: no word or number is one.
_KEYS = ("authorization", "proxy-authorization", "x-api-key", "api-key", "api_key", "apikey")
_TELLING = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.+/=~-]{16,}", re.ASCII)
_PARAMETER = re.compile(r"(?P<before>[?&;](?P<name>[^=&;#]+)=)(?P<value>[^&;#]+)")


class Secrets:
    """Secrets that clients have sent so far, each with a name, such as `key-1`, that stands in its place.

    One that stands where a credential does is replaced by its name, so that requests with the same key can still be
    told from others, and anywhere else by `<key-1>`.
    """

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._redact: Redactor | None = None

    def __len__(self) -> int:
        return len(self._names)

    def learn(self, observed: Observed) -> None:
        """Note the secrets of a request."""
        for secret in _secrets_in(observed):
            if secret not in self._names and len(self._names) < _MOST:
                self._names[secret] = f"key-{len(self._names) + 1}"
                self._redact = None

    def __call__(self, text: str) -> str:
        """Return the text without any of the secrets that were seen so far."""
        if self._names and self._redact is None:
            pairs = tuple((name, secret) for secret, name in self._names.items())
            self._redact = Redactor(Deployment("", {}, headers=pairs))
        if self._redact:
            text = self._redact(text)
        return _BY_LOOKS.sub(r"\1…", text)

    def headers(self, pairs: Pairs) -> Pairs:
        """Return the headers of a request as they may be shown."""
        return tuple((self(name), self._header(name, value)) for name, value in pairs)

    def answer_headers(self, pairs: Pairs) -> Pairs:
        """Return the headers of an answer as they may be shown."""
        return tuple((self(name), self(without_cookies(name, value))) for name, value in pairs)

    def target(self, target: str) -> str:
        """Return the target of a request as it may be shown."""
        return self(_PARAMETER.sub(self._parameter, target))

    def _header(self, name: str, value: str) -> str:
        if name.lower() in ("cookie", "set-cookie"):
            return self(without_cookies(name, value))
        if not is_of_credential(name):
            return self(value)
        scheme, secret = _scheme_and_secret(name, value)
        return f"{scheme}{self._name_of(secret)}"

    def _parameter(self, match: re.Match[str]) -> str:
        if not is_of_credential(unquote_plus(match["name"])):
            return match[0]
        return f"{match['before']}{self._name_of(unquote_plus(match['value']))}"

    def _name_of(self, secret: str) -> str:
        """Return what stands in the place of a credential; words for none, as `undefined`, are no secret."""
        if not secret or stands_for_nothing(secret):
            return secret
        return self._names.get(secret, "<key>")


def _secrets_in(observed: Observed) -> Iterator[str]:
    """Yield the secrets of a request that are looked for in everything: its Authorization, and what looks like one."""
    found = [
        (_scheme_and_secret(name, value)[1], name.lower() in _KEYS)
        for name, value in observed.request_headers
        if is_of_credential(name) and name.lower() != "cookie"
    ]
    for name, value in observed.request_headers:
        if name.lower() == "cookie":
            found += [(each.partition("=")[2].strip(), False) for each in value.split(";")]
    found += [
        (unquote_plus(match["value"]), unquote_plus(match["name"]).lower() in _KEYS)
        for match in _PARAMETER.finditer(observed.target)
        if is_of_credential(unquote_plus(match["name"]))
    ]
    for secret, is_key in found:
        if secret and not stands_for_nothing(secret) and (is_key or _TELLING.fullmatch(secret)):
            yield secret


def _scheme_and_secret(name: str, value: str) -> tuple[str, str]:
    """Return the scheme of an Authorization with the blanks behind it, and the secret of any header."""
    if not name.lower().endswith("authorization"):
        return "", value.strip()
    scheme, blank, secret = value.strip().partition(" ")
    if blank or scheme.lower() == "bearer":
        return f"{scheme}{blank}", secret.strip()
    return "", scheme
