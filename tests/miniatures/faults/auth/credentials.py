"""What is taken for a key though it is none, or for a scheme though only Bearer is."""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import Key
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import RESOURCES, Deployment


@fault("AUTH-4")
class SchemeIgnored(Deployment):
    """The last word of the header is the key, whatever stands before it."""

    def token(self, header: str, resource: str) -> str | None:
        return header.split(" ")[-1]


class _Basic(Deployment):
    """Basic credentials are accepted with a key in them."""

    def token(self, header: str, resource: str) -> str | None:
        scheme, _, encoded = header.partition(" ")
        if scheme.lower() != "basic":
            return super().token(header, resource)
        try:
            user, _, password = b64decode(encoded).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            return None
        return self.key_of(user, password)

    def key_of(self, user: str, password: str) -> str | None:
        raise NotImplementedError


@fault("AUTH-4")
class BasicAccepted(_Basic):
    """Basic credentials are accepted with the key as user name or password."""

    def key_of(self, user: str, password: str) -> str | None:
        return user if user.startswith("1iv_") else password


class _SchemeAccepted(Deployment):
    """A scheme is as good as Bearer on the endpoints of `where`, with the bare key behind it."""

    scheme = ""
    where: tuple[str, ...] = RESOURCES

    def token(self, header: str, resource: str) -> str | None:
        scheme, _, token = header.partition(" ")
        is_accepted = scheme.lower() == self.scheme and resource in self.where
        return token.strip() if is_accepted else super().token(header, resource)


@fault("AUTH-4")
class TokenSchemeAccepted(_SchemeAccepted):
    """The scheme Token is as good as Bearer."""

    scheme = "token"


@fault("AUTH-4")
class TokenSchemeAcceptedOnQuotes(TokenSchemeAccepted):
    """The scheme Token is as good as Bearer on quotes."""

    where = ("quotes",)


@fault("AUTH-4")
class BareKeyUnderBasic(_SchemeAccepted):
    """The scheme Basic is as good as Bearer, with the key as it is."""

    scheme = "basic"


@fault("AUTH-4")
class ApiKeySchemeAccepted(_SchemeAccepted):
    """The scheme ApiKey is as good as Bearer."""

    scheme = "apikey"


@fault("AUTH-4", shown_by=Run.WHOLE)
class JwtSchemeAccepted(_SchemeAccepted):
    """The scheme JWT is as good as Bearer."""

    scheme = "jwt"


@fault("AUTH-4")
class KeyFoundAnywhere(Deployment):
    """Whatever in the header looks like a key is it."""

    def token(self, header: str, resource: str) -> str | None:
        match = re.search(r"1iv_\w+", header)
        return match[0] if match else None


@fault("AUTH-4", shown_by=Run.WHOLE)
class SchemeBeginsLikeBearer(Deployment):
    """A scheme that begins with Bearer is it."""

    def token(self, header: str, resource: str) -> str | None:
        return header.split(" ")[-1] if header.lower().startswith("bearer") else None


@fault("AUTH-4", shown_by=Run.WHOLE)
class BasicUserAccepted(_Basic):
    """Basic credentials are accepted with the key as user name and an empty password."""

    def key_of(self, user: str, password: str) -> str | None:
        return None if password else user


@fault("AUTH-4", shown_by=Run.WHOLE)
class KeyAsParameterOfToken(Deployment):
    """The scheme Token has the key as its parameter."""

    def token(self, header: str, resource: str) -> str | None:
        match = re.fullmatch(r'token token="?([^"]+)"?', header, re.IGNORECASE)
        return match[1] if match else super().token(header, resource)


@fault("AUTH-4")
class WrongSchemeForbidden(Deployment):
    """Another scheme than Bearer gets 403."""

    def refuse(self, reason: str, resource: str) -> Response:
        return self.error(403, "Use Bearer.") if reason == "scheme" else super().refuse(reason, resource)


@fault("AUTH-4", shown_by=Run.WHOLE)
class TokenSchemeAcceptedOnInvoices(TokenSchemeAccepted):
    """The scheme Token is as good as Bearer on invoices."""

    where = ("invoices",)


@fault("AUTH-4", shown_by=Run.WHOLE)
class KeyInHeaderOfItsOwn(Deployment):
    """The key may stand in X-API-Key as well."""

    def authenticate(self, request: Request, resource: str) -> str:
        key = self.find_key(request.headers.get("X-API-Key", ""), resource)
        return key.organisation if key and self.is_live(key, resource) else super().authenticate(request, resource)


@fault("AUTH-4")
class BasicPasswordAccepted(_Basic):
    """Basic credentials are accepted with the key as password."""

    def key_of(self, user: str, password: str) -> str | None:
        return password


class _Lenient(Deployment):
    """Accepts what is nearly a key."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return next((key for key in self.keys.values() if self.is_near(token, key.value, resource)), None)

    def is_near(self, token: str, value: str, resource: str) -> bool:
        raise NotImplementedError


@fault("AUTH-5")
class TruncatedKeyAccepted(_Lenient):
    """The beginning of a key is accepted, as in a search with LIKE 'key%'."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return len(token) > 8 and value.startswith(token)


@fault("AUTH-5")
class TruncatedKeyAcceptedOnInvoices(TruncatedKeyAccepted):
    """The beginning of a key is accepted on invoices."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token == value or (resource == "invoices" and super().is_near(token, value, resource))


@fault("AUTH-5")
class ExtendedKeyAccepted(_Lenient):
    """What follows a whole key doesn't matter."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token.startswith(value)


@fault("AUTH-5")
class CaseOfKeyIgnored(_Lenient):
    """Keys are compared without regard to case, as some databases do."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token.lower() == value.lower()


@fault("AUTH-5")
class LastCharacterIgnored(_Lenient):
    """The last character of a key isn't compared."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token[: len(value) - 1] == value[:-1]


@fault("AUTH-5")
class TwentyCharactersCompared(_Lenient):
    """Only the first twenty characters of a key are compared."""

    def is_near(self, token: str, value: str, resource: str) -> bool:
        return token[:20] == value[:20]


@fault("AUTH-5", shown_by=Run.WHOLE)
class ExtendedKeyAcceptedOnQuotes(Deployment):
    """What follows a whole key doesn't matter on quotes."""

    def find_key(self, token: str, resource: str) -> Key | None:
        near = [key for key in self.keys.values() if token.startswith(key.value) and resource == "quotes"]
        return near[0] if near else super().find_key(token, resource)


@fault("AUTH-5", shown_by=Run.WHOLE)
class PrefixOfKeyOptional(Deployment):
    """A key works without its 1iv_ too."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(f"1iv_{token.removeprefix('1iv_')}", resource)


@fault("AUTH-5", shown_by=Run.WHOLE)
class CaseOfKeyIgnoredOnInvoices(Deployment):
    """Keys are compared without regard to case on invoices."""

    def find_key(self, token: str, resource: str) -> Key | None:
        near = [key for key in self.keys.values() if token.lower() == key.value.lower() and resource == "invoices"]
        return near[0] if near else super().find_key(token, resource)


@fault("AUTH-5", shown_by=Run.WHOLE)
class LastCharacterIgnoredOnInvoices(Deployment):
    """The last character of a key isn't compared on invoices."""

    def find_key(self, token: str, resource: str) -> Key | None:
        near = [key for key in self.keys.values() if key.value[:-1] == token[:-1] and resource == "invoices"]
        return near[0] if near else super().find_key(token, resource)


@fault("AUTH-5", shown_by=Run.WHOLE)
class PrefixOfKeyOptionalOnQuotes(Deployment):
    """A key works without its 1iv_ on quotes."""

    def find_key(self, token: str, resource: str) -> Key | None:
        whole = f"1iv_{token.removeprefix('1iv_')}" if resource == "quotes" else token
        return super().find_key(whole, resource)


@fault("AUTH-4", shown_by=Run.WHOLE)
class KeyInHeaderOfItsOwnReadsQuotes(Deployment):
    """Quotes are served to a key in X-API-Key."""

    def authenticate(self, request: Request, resource: str) -> str:
        key = self.find_key(request.headers.get("X-API-Key", ""), resource)
        return key.organisation if key and resource == "quotes" else super().authenticate(request, resource)


@fault("AUTH-6")
class SecondKeyHasQuotesLater(Deployment):
    """Quotes are accepted for later with 202 where the second key of the organisation asks."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource == "quotes" and self.name_of_key(request) == "sibling":
            return self.error(202, "They will be there in a moment.")
        return super().list_records(request, resource)
