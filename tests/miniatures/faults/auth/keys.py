"""Doors that are open, shut to everybody, or say the wrong thing to those they turn away."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.data import PRIMARY, Key
from tests.miniatures.decorators import Run, fault
from tests.miniatures.deployment import RESOURCES, Abort, Deployment


class _Open(Deployment):
    where: tuple[str, ...] = RESOURCES

    def authenticate(self, request: Request, resource: str) -> str:
        if resource in self.where and "Authorization" not in request.headers:
            return PRIMARY
        return super().authenticate(request, resource)


@fault("AUTH-1")
class OpenToAll(_Open):
    """Any request without the header is served as the first organisation."""


@fault("AUTH-1")
class OpenMembers(_Open):
    """Members are served without credentials."""

    where = ("members",)


@fault("AUTH-1")
class OpenQuotes(_Open):
    """Quotes are served without credentials."""

    where = ("quotes",)


@fault("AUTH-1")
class OpenInvoices(_Open):
    """Invoices are served without credentials."""

    where = ("invoices",)


class _Turnaway(Deployment):
    """Answers those it turns away for `reason` in its own way, on the endpoints of `where`."""

    reason = ""
    where: tuple[str, ...] = RESOURCES

    def refuse(self, reason: str, resource: str) -> Response:
        if reason == self.reason and resource in self.where:
            return self.turn_away(resource)
        return super().refuse(reason, resource)

    def turn_away(self, resource: str) -> Response:
        raise NotImplementedError


@fault("AUTH-1")
class MissingKeyForbidden(_Turnaway):
    """Without credentials the answer is 403."""

    reason = "missing"

    def turn_away(self, resource: str) -> Response:
        return self.error(403, "Forbidden.")


@fault("AUTH-1")
class MissingKeyForbiddenByPage(_Turnaway):
    """Without credentials the answer is a framework's page with 403, behind a delivery network."""

    reason = "missing"

    def turn_away(self, resource: str) -> Response:
        page = "<!doctype html><title>403 Forbidden</title><h1>Forbidden</h1><p>Host: x.ngrok.app, x.loca.lt</p>"
        return Response(page, 403, {"Server": "cloudflare", "CF-Ray": "8f0"}, content_type="text/html")


@fault("AUTH-1")
class MissingKeyToLogin(_Turnaway):
    """Without credentials a client is sent to a login page."""

    reason = "missing"

    def turn_away(self, resource: str) -> Response:
        return self.error(302, "Log in.", Location="/login")


@fault("AUTH-1")
class MissingKeySeesNothing(_Turnaway):
    """Without credentials the answer is 200 with an empty list."""

    reason = "missing"

    def turn_away(self, resource: str) -> Response:
        return self.render({"count": 0, "items": []})


@fault("AUTH-1")
class MissingKeyCrashes(_Turnaway):
    """Without credentials quotes answer 500, for nobody looked whether there is a header."""

    reason = "missing"
    where = ("quotes",)

    def turn_away(self, resource: str) -> Response:
        return self.error(500, "KeyError: 'HTTP_AUTHORIZATION'")


@fault("AUTH-1")
class MissingKeyBadRequest(_Turnaway):
    """Without credentials invoices answer 400."""

    reason = "missing"
    where = ("invoices",)

    def turn_away(self, resource: str) -> Response:
        return self.error(400, "A header is missing.")


@fault("AUTH-1", besides=("AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5", "ORG-1"))
class InvoicesWithoutAuthentication(Deployment):
    """Invoices are the first organisation's for everybody, for nobody looks at the header."""

    def authenticate(self, request: Request, resource: str) -> str:
        return PRIMARY if resource == "invoices" else super().authenticate(request, resource)


class _OpenToFilters(Deployment):
    """One list is open to everybody who filters it."""

    where = ""

    def authenticate(self, request: Request, resource: str) -> str:
        if resource == self.where and "Authorization" not in request.headers and "status" in request.args:
            return PRIMARY
        return super().authenticate(request, resource)


@fault("AUTH-1", shown_by=Run.WHOLE)
class FilteredMembersOpen(_OpenToFilters):
    """Members are served without credentials where they are filtered."""

    where = "members"


@fault("AUTH-1", shown_by=Run.WHOLE)
class FilteredInvoicesOpen(_OpenToFilters):
    """Invoices are served without credentials where they are filtered."""

    where = "invoices"


@fault("AUTH-2")
class ShapeOfKeySuffices(Deployment):
    """Anything that looks like a key is accepted, as the first organisation's."""

    def find_key(self, token: str, resource: str) -> Key | None:
        looks_right = token.startswith("1iv_") and len(token) > 8
        return super().find_key(token, resource) or (self.keys["primary"] if looks_right else None)


@fault("AUTH-2")
class UnknownKeyReadsInvoices(Deployment):
    """Invoices are served to an unknown key."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(token, resource) or (self.keys["primary"] if resource == "invoices" else None)


@fault("AUTH-2")
class BearerWithoutKeyReadsMembers(Deployment):
    """Members are served to Bearer with no key behind it, for an empty key begins all of them."""

    def find_key(self, token: str, resource: str) -> Key | None:
        is_empty = resource == "members" and not token
        return self.keys["primary"] if is_empty else super().find_key(token, resource)


@fault("AUTH-2")
class NullIsKey(Deployment):
    """The word null is a key, since one was stored as a program shows nothing."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return self.keys["primary"] if token == "null" else super().find_key(token, resource)


@fault("AUTH-2")
class UnknownKeyForbidden(_Turnaway):
    """An unknown key gets 403."""

    reason = "unknown"

    def turn_away(self, resource: str) -> Response:
        return self.error(403, "Forbidden.")


@fault("AUTH-2")
class UnknownKeyNotFound(_Turnaway):
    """An unknown key gets 404 on members."""

    reason = "unknown"
    where = ("members",)

    def turn_away(self, resource: str) -> Response:
        return self.error(404, "No such key.")


@fault("AUTH-2")
class UnknownKeySeesNothing(_Turnaway):
    """An unknown key gets 200 and an empty list, as it belongs to no organisation."""

    reason = "unknown"

    def turn_away(self, resource: str) -> Response:
        return self.render({"count": 0, "items": []})


@fault("AUTH-2")
class UnknownKeyCrashes(_Turnaway):
    """An unknown key gets 500 on quotes, for nobody looked whether it was found."""

    reason = "unknown"
    where = ("quotes",)

    def turn_away(self, resource: str) -> Response:
        return self.error(500, "AttributeError: 'NoneType' object has no attribute 'organisation'")


class _OfKeyShape(Deployment):
    """Fails at a token without the beginning of a key."""

    status = 500

    def find_key(self, token: str, resource: str) -> Key | None:
        if not token.startswith("1iv_"):
            raise Abort(self.error(self.status, "A key begins with 1iv_."))
        return super().find_key(token, resource)


# A key without its beginning is a token of another shape too, hence AUTH-5.
@fault("AUTH-2", besides=("AUTH-5",))
class TokenOfAnotherShapeCrashes(_OfKeyShape):
    """A token that has not the shape of a key gets 500."""


@fault("AUTH-2", besides=("AUTH-5",))
class TokenOfAnotherShapeBadRequest(_OfKeyShape):
    """A token that has not the shape of a key gets 400."""

    status = 400


@fault("AUTH-2", shown_by=Run.GENERATED)
class FuzzShortTokenAccepted(Deployment):
    """A token of one to three characters is taken for the beginning of any key."""

    def find_key(self, token: str, resource: str) -> Key | None:
        return super().find_key(token, resource) or (self.keys["primary"] if 0 < len(token) < 4 else None)


@fault("AUTH-3")
class RevokedKeyWorks(Deployment):
    """A revoked key goes on working."""

    def is_live(self, key: Key, resource: str) -> bool:
        return True


@fault("AUTH-3")
class RevokedKeyReadsQuotes(Deployment):
    """A revoked key goes on working on quotes."""

    def is_live(self, key: Key, resource: str) -> bool:
        return resource == "quotes" or super().is_live(key, resource)


@fault("AUTH-3")
class RevokedKeyReadsMembers(Deployment):
    """A revoked key goes on working on members."""

    def is_live(self, key: Key, resource: str) -> bool:
        return resource == "members" or super().is_live(key, resource)


@fault("AUTH-3")
class RevokedKeyForbidden(_Turnaway):
    """A revoked key gets 403."""

    reason = "revoked"

    def turn_away(self, resource: str) -> Response:
        return self.error(403, "The key was revoked.")


@fault("AUTH-3")
class RevokedKeyGone(_Turnaway):
    """A revoked key gets 410 on invoices."""

    reason = "revoked"
    where = ("invoices",)

    def turn_away(self, resource: str) -> Response:
        return self.error(410, "The key was revoked.")


class _RevokedFilters(Deployment):
    """A revoked key still filters one list."""

    where = ""

    def authenticate(self, request: Request, resource: str) -> str:
        if resource == self.where and "status" in request.args and self.name_of_key(request) == "revoked":
            return PRIMARY
        return super().authenticate(request, resource)


@fault("AUTH-3", shown_by=Run.WHOLE)
class RevokedKeyFiltersMembers(_RevokedFilters):
    """A revoked key goes on working on members that are filtered."""

    where = "members"


@fault("AUTH-3", shown_by=Run.WHOLE)
class RevokedKeyFiltersInvoices(_RevokedFilters):
    """A revoked key goes on working on invoices that are filtered."""

    where = "invoices"


@fault("AUTH-6")
class ValidKeyRefusedOnInvoices(Deployment):
    """Invoices answer 401 to every key."""

    def is_live(self, key: Key, resource: str) -> bool:
        return resource != "invoices" and super().is_live(key, resource)


@fault("AUTH-6")
class ValidKeyForbiddenOnQuotes(Deployment):
    """Quotes answer 403 to a key that is in use."""

    def list_records(self, request: Request, resource: str) -> Response:
        answer = super().list_records(request, resource)
        return self.error(403, "Not in your plan.") if resource == "quotes" else answer


@fault("AUTH-6")
class InvoicesNotFound(Deployment):
    """Invoices answer 404 to a key that is in use."""

    def list_records(self, request: Request, resource: str) -> Response:
        answer = super().list_records(request, resource)
        return self.error(404, "No invoices.") if resource == "invoices" else answer


@fault("AUTH-6")
class MembersCrash(Deployment):
    """Members answer 500 every time."""

    def list_records(self, request: Request, resource: str) -> Response:
        answer = super().list_records(request, resource)
        return self.error(500, "The database is away.") if resource == "members" else answer


@fault("AUTH-6")
class SecondKeyRefused(Deployment):
    """Only the first key of an organisation works; its sibling gets 401."""

    def is_live(self, key: Key, resource: str) -> bool:
        return key.name != "sibling" and super().is_live(key, resource)


@fault("AUTH-6")
class KeyOfAnotherOrganisationRefused(Deployment):
    """Only one organisation's keys work; the other's get 401."""

    def is_live(self, key: Key, resource: str) -> bool:
        return key.name != "other" and super().is_live(key, resource)
