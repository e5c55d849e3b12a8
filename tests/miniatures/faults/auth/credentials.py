"""What is taken for a key though it is none, or for a scheme though only Bearer is."""

from __future__ import annotations

from base64 import b64decode
from binascii import Error as NotBase64

from werkzeug.wrappers import Response

from tests.miniatures.data import Key
from tests.miniatures.deployment import Deployment


class SchemeIgnored(Deployment):
    """The last word of the header is the key, whatever stands before it."""

    def token(self, header: str, resource: str) -> str | None:
        return header.split(" ")[-1]


class TokenSchemeAccepted(Deployment):
    """The scheme Token is as good as Bearer."""

    def token(self, header: str, resource: str) -> str | None:
        return super().token(header.replace("Token ", "Bearer ", 1), resource)


class TokenSchemeAcceptedOnQuotes(Deployment):
    """The scheme Token is as good as Bearer on quotes."""

    def token(self, header: str, resource: str) -> str | None:
        also_token = header.replace("Token ", "Bearer ", 1) if resource == "quotes" else header
        return super().token(also_token, resource)


class BasicAccepted(Deployment):
    """Basic credentials are accepted with the key as user name or password."""

    def token(self, header: str, resource: str) -> str | None:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return super().token(header, resource)
        try:
            user, _, password = b64decode(encoded).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            return None
        return user if user.startswith("1iv_") else password


class WrongSchemeForbidden(Deployment):
    """Another scheme than Bearer gets 403."""

    def refuse(self, reason: str, resource: str) -> Response:
        return self.error(403, "Use Bearer.") if reason == "scheme" else super().refuse(reason, resource)


class _Lenient(Deployment):
    """Accepts what is nearly a key."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return next((key for key in self.keys.values() if self.is_near(token, key.value, resource)), None)

    def is_near(self, token: str, value: str, resource: str) -> bool:
        raise NotImplementedError


class TruncatedKeyAccepted(_Lenient):
    """The beginning of a key is accepted, as in a search with LIKE 'key%'."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return len(token) > 8 and value.startswith(token)


class TruncatedKeyAcceptedOnInvoices(TruncatedKeyAccepted):
    """The beginning of a key is accepted on invoices."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token == value or (resource == "invoices" and super().is_near(token, value, resource))


class ExtendedKeyAccepted(_Lenient):
    """What follows a whole key doesn't matter."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token.startswith(value)


class CaseOfKeyIgnored(_Lenient):
    """Keys are compared without regard to case, as some databases do."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token.lower() == value.lower()


class LastCharacterIgnored(_Lenient):
    """The last character of a key isn't compared."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token[: len(value) - 1] == value[:-1]


class TwentyCharactersCompared(_Lenient):
    """Only the first twenty characters of a key are compared."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token[:20] == value[:20]


FAULTS: dict[str, list[type[Deployment]]] = {
    "AUTH-4": [
        SchemeIgnored,
        TokenSchemeAccepted,
        TokenSchemeAcceptedOnQuotes,
        BasicAccepted,
        WrongSchemeForbidden,
    ],
    "AUTH-5": [
        TruncatedKeyAccepted,
        TruncatedKeyAcceptedOnInvoices,
        ExtendedKeyAccepted,
        CaseOfKeyIgnored,
        LastCharacterIgnored,
        TwentyCharactersCompared,
    ],
}
