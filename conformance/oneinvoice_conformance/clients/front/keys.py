"""Keys in a client's requests: where they stand, and the requests without them."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from urllib.parse import unquote

from oneinvoice_conformance.clients.observation import Headers, KeyPlace
from oneinvoice_conformance.documented import KEY_PREFIX

SHOWN = "$ONEINVOICE_KEY"
_TELLING = 16  # characters of a key that are no coincidence


class KeyWatch:
    """Watcher for one key, be it without its prefix, percent-encoded, or cut short."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._secret = key.removeprefix(KEY_PREFIX)

    def is_in(self, text: str) -> bool:
        """Tell whether the key, or most of it, stands in a text."""
        return self._secret[:_TELLING] in text or self._secret[:_TELLING] in unquote(text)

    def masked(self, text: str) -> str:
        """Return the text with the name of a variable in the key's place."""
        shown = text.replace(self._key, SHOWN).replace(self._secret, SHOWN)
        if self.is_in(shown):  # encoded, or cut short
            return f"<{SHOWN} in another form>"
        decoded = _decoded(shown)
        return f"<{SHOWN} in Base64>" if decoded and self.is_in(decoded) else shown

    def shown_with_key(self, text: str) -> str:
        """Return a masked text as it was, if the key stood in it as it is."""
        return text.replace(SHOWN, self._key)

    def places(self, target: str, headers: Headers, body: bytes) -> tuple[KeyPlace, ...]:
        """Return the places of a request where the key stands."""
        found = [KeyPlace.URL] if self.is_in(target) else []
        for name, value in headers:
            if name.lower() == "authorization":
                found += self._of_authorization(value)
            elif self._is_hidden_in(value):
                is_url = name.lower() in ("referer", "origin")
                found.append(KeyPlace.URL if is_url else KeyPlace.OTHER_HEADER)
        if self.is_in(body.decode("utf-8", "replace")):
            found.append(KeyPlace.BODY)
        return tuple(dict.fromkeys(found))

    def _of_authorization(self, value: str) -> list[KeyPlace]:
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer" and token.strip() == self._key:
            return [KeyPlace.BEARER]
        return [KeyPlace.OTHER_SCHEME] if self._is_hidden_in(value) else []

    def _is_hidden_in(self, value: str) -> bool:
        """Tell whether the key stands in a header's value, be it in Base64."""
        decoded = _decoded(value)
        return self.is_in(value) or (decoded is not None and self.is_in(decoded))


def _decoded(text: str) -> str | None:
    """Return what the last word of a text holds in Base64, if it does."""
    with suppress(binascii.Error, ValueError):
        return base64.b64decode(text.rpartition(" ")[2], validate=True).decode("utf-8", "replace")
    return None
