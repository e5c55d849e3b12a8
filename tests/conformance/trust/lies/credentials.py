"""Auth: "All endpoints require a Bearer token", "401 Unauthorized - header missing or key invalid/revoked"."""

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random

from werkzeug.wrappers import Request, Response

from tests.conformance.trust import lying
from tests.conformance.trust.lying import ANYWHERE, Corner, Lie, Lying
from tests.miniatures.data import PRIMARY, Key
from tests.miniatures.deployment import RESOURCES, Abort, ListQuery

REQUIRED = "All endpoints require a Bearer token in the Authorization header."
REFUSED = "401 Unauthorized: header missing or key invalid/revoked"

Recognised = Callable[[str, Key], bool]


def _credentials(header: str) -> str:
    return header.partition(" ")[2].strip()


def _scheme(header: str) -> str:
    return header.partition(" ")[0].lower()


def _decoded(header: str) -> str:
    try:
        return base64.b64decode(_credentials(header), validate=True).decode("latin-1")
    except ValueError:
        return ""


def _is_bearer_like(header: str, *near: str) -> bool:
    return _scheme(header) == "bearer" and _credentials(header) in near


# By what a deployment takes for good credentials: whether a header is so with a key.
NEAR_MISSES: dict[str, Recognised] = {
    "a key without its last character": lambda header, key: _is_bearer_like(header, key.value[:-1]),
    "a key with characters after it": lambda header, key: (
        _scheme(header) == "bearer" and _credentials(header).startswith(key.value) and header[-1] != key.value[-1]
    ),
    "a key in another letter case": lambda header, key: (
        _scheme(header) == "bearer"
        and _credentials(header) != key.value
        and _credentials(header).lower() == key.value.lower()
    ),
    "a key whose last character is another": lambda header, key: (
        _scheme(header) == "bearer"
        and len(_credentials(header)) == len(key.value)
        and _credentials(header)[:-1] == key.value[:-1]
        and _credentials(header) != key.value
    ),
    "any key that begins with the same 20 characters": lambda header, key: (
        _scheme(header) == "bearer"
        and _credentials(header)[:20] == key.value[:20]
        and _credentials(header) != key.value
    ),
    "any key that ends with the same 20 characters": lambda header, key: (
        _scheme(header) == "bearer"
        and _credentials(header)[-20:] == key.value[-20:]
        and _credentials(header) != key.value
    ),
    "a key without its 1iv_": lambda header, key: _is_bearer_like(header, key.value.removeprefix("1iv_")),
}
OTHER_SCHEMES: dict[str, Recognised] = {
    "a key under any scheme": lambda header, key: (
        _scheme(header) not in ("bearer", "") and _credentials(header) == key.value
    ),
    "a key under the scheme Token": lambda header, key: _scheme(header) == "token" and key.value in header,
    "a key under the scheme Basic": lambda header, key: (
        _scheme(header) == "basic" and _credentials(header) == key.value
    ),
    "a key as the user name of Basic": lambda header, key: (
        _scheme(header) == "basic" and _decoded(header).partition(":")[0] == key.value
    ),
    "a key as the password of Basic": lambda header, key: (
        _scheme(header) == "basic" and _decoded(header).partition(":")[2] == key.value
    ),
}
ANY_KEY: dict[str, Recognised] = {
    "any token": lambda header, key: _scheme(header) == "bearer" and bool(_credentials(header)),
    "any token that begins as keys do": lambda header, key: (
        _scheme(header) == "bearer" and _credentials(header).startswith("1iv_") and len(header) > 30
    ),
}


class Admits(Lying):
    """Takes something for good credentials that is none."""

    recognised: Recognised
    outcome = "served"

    def authenticate(self, request: Request, resource: str) -> str:
        header = request.headers.get("Authorization", "")
        if any(header == f"Bearer {key.value}" for key in self.keys.values()):
            return super().authenticate(request, resource)
        for key in self.keys.values():
            recognised = type(self).recognised
            if not key.revoked and header and recognised(header, key) and resource in RESOURCES and self.lies():
                self.lies_told += 1
                return self.outcome_for(key.organisation, resource)
        return super().authenticate(request, resource)

    def outcome_for(self, organisation: str, resource: str) -> str:
        """Return the organisation whose records are served, or end with a wrong answer."""
        if self.outcome == "served":
            return organisation
        raise Abort(_wrong(self, self.outcome, organisation, resource))


class AdmitsMissing(Admits):
    """Takes requests without credentials."""

    def authenticate(self, request: Request, resource: str) -> str:
        if "Authorization" not in request.headers and resource in RESOURCES and self.lies():
            self.lies_told += 1
            return self.outcome_for(PRIMARY, resource)
        return super().authenticate(request, resource)


class AdmitsOther(Admits):
    """Takes a revoked key, or gives it a wrong answer."""

    def is_live(self, key: Key, resource: str) -> bool:
        if key.revoked and resource in RESOURCES and self.lies():
            self.lies_told += 1
            self.outcome_for(key.organisation, resource)
            return True
        return super().is_live(key, resource)


class AdmitsElsewhere(Admits):
    """Takes a key in another header than Authorization."""

    def authenticate(self, request: Request, resource: str) -> str:
        found = request.headers.get("X-API-Key")
        for key in self.keys.values():
            if "Authorization" not in request.headers and found == key.value and self.lies():
                self.lies_told += 1
                return key.organisation
        return super().authenticate(request, resource)


class AdmitsAfterwards(Admits):
    """Takes a request without good credentials on a connection on which there was one with them."""

    def refuse(self, reason: str, resource: str) -> Response:
        good = [name for name in self.asked.keys_before if name in ("primary", "sibling", "other")]
        if resource in RESOURCES and good and reason in self.reasons and self.lies():
            self.lies_told += 1
            return _wrong(self, "its data", self.keys[good[-1]].organisation, resource)
        return super().refuse(reason, resource)

    reasons: tuple[str, ...] = ("missing",)


class Refuses(Lying):
    """Refuses a valid key."""

    code = 401

    def authenticate(self, request: Request, resource: str) -> str:
        organisation = super().authenticate(request, resource)
        if self.lies():
            self.lies_told += 1
            raise Abort(self.error(self.code, "Send a key that is in use."))
        return organisation


def _wrong(deployment: Lying, outcome: str, organisation: str, resource: str) -> Response:
    """Return another answer than the records or a 401."""
    if outcome == "an empty list":
        return deployment.render(deployment.envelope([], 0, ListQuery(resource, organisation)))
    if outcome == "its data":
        query = ListQuery(resource, organisation, 50)
        records = deployment.select(query)
        items = [deployment.represent(record, query) for record in records[:50]]
        return deployment.render(deployment.envelope(items, len(records), query))
    if outcome == "302 to a login":
        return deployment.error(302, "Log in.", Location="/login")
    return deployment.error(int(outcome), "No.")


_OUTCOMES = ("served", "served", "an empty list", "403", "400", "404", "500", "302 to a login")
_FILTERS = {"members": ("active", "inactive", "pending"), "quotes": ("accepted",), "invoices": ("paid",)}


def _corners(resource: str) -> list[Corner]:
    return [ANYWHERE, ANYWHERE, lying.PLAIN, lying.UNFILTERED, lying.filtered(), lying.filtered(_FILTERS[resource][0])]


def _where(resource: str, corner: Corner) -> str:
    return " ".join(filter(None, (resource, corner.words)))


def _in_a_corner(chance: Random, does: str, base: type[Lying]) -> Lie:
    """Return a lie on requests without a good key; `does` has {where} and {outcome} in it."""
    resource = chance.choice(RESOURCES)
    corner, outcome = chance.choice(_corners(resource)), chance.choice(_OUTCOMES)
    attributes = {"resource": resource, "corner": corner, "outcome": outcome, "recognised": lambda header, key: False}
    return Lie(("AUTH",), REFUSED, does.format(where=_where(resource, corner), outcome=outcome), base, attributes)


def missing(chance: Random) -> Lie:
    return _in_a_corner(chance, "Without credentials {where} get {outcome}.", AdmitsMissing)


def invalid(chance: Random) -> Lie:
    resource = chance.choice(RESOURCES)
    name = chance.choice([*NEAR_MISSES, *ANY_KEY, *ANY_KEY])
    outcome = chance.choice(_OUTCOMES)
    corner = chance.choice(_corners(resource)) if name == "any token" else ANYWHERE
    does = f"{name.capitalize()} gets {outcome} for {_where(resource, corner)}."
    attributes = {
        "resource": resource,
        "corner": corner,
        "outcome": outcome,
        "recognised": (NEAR_MISSES | ANY_KEY)[name],
    }
    return Lie(("AUTH",), REFUSED, does, Admits, attributes)


def invalid_everywhere(chance: Random) -> Lie:
    name = chance.choice([*NEAR_MISSES, *ANY_KEY])
    outcome = chance.choice(_OUTCOMES)
    does = f"{name.capitalize()} gets {outcome}."
    attributes = {"outcome": outcome, "recognised": (NEAR_MISSES | ANY_KEY)[name]}
    return Lie(("AUTH",), REFUSED, does, Admits, attributes)


def other_scheme(chance: Random) -> Lie:
    name, resource = chance.choice([*OTHER_SCHEMES]), chance.choice([*RESOURCES, None, None])
    outcome = chance.choice(["served", "served", "an empty list", "403", "404", "500"])
    does = f"{name.capitalize()} gets {outcome} for {resource or 'all lists'}."
    attributes = {"resource": resource, "outcome": outcome, "recognised": OTHER_SCHEMES[name]}
    return Lie(("AUTH",), REQUIRED, does, Admits, attributes)


def revoked(chance: Random) -> Lie:
    return _in_a_corner(chance, "A revoked key gets {outcome} for {where}.", AdmitsOther)


def elsewhere(chance: Random) -> Lie:
    resource = chance.choice([*RESOURCES, None])
    does = f"A key in X-API-Key is served {resource or 'all lists'}."
    attributes = {"resource": resource, "recognised": lambda header, key: False}
    return Lie(("AUTH",), REQUIRED, does, AdmitsElsewhere, attributes)


def afterwards(chance: Random) -> Lie:
    reasons = chance.choice([("missing",), ("unknown",), ("revoked",), ("missing", "scheme", "unknown", "revoked")])
    does = f"On a connection that had a good key, {' or '.join(reasons)} credentials get the data of that key."
    attributes = {"reasons": reasons, "recognised": lambda header, key: False}
    closed = frozenset({"connection-closed", "old-protocol"})
    return Lie(("AUTH", "ORG"), REQUIRED, does, AdmitsAfterwards, attributes, without=closed)


def valid_refused(chance: Random) -> Lie:
    resource = chance.choice(RESOURCES)
    corners = [
        ANYWHERE,
        lying.with_key("primary"),
        lying.with_key("sibling"),
        lying.with_key("other"),
        lying.filtered(),
        lying.filtered(chance.choice(_FILTERS[resource])),
        lying.KEPT_CONNECTION & lying.with_key("primary"),
        lying.from_request(chance.randint(2, 30)),
    ]
    if resource == "members":
        corners += [lying.LATER_PAGE, lying.LARGE_PAGE, lying.SMALL_PAGE, lying.WITH_LIMIT, lying.DEFAULT_PAGE]
    corner, code = chance.choice(corners), chance.choice([401, 401, 403, 404, 400])
    does = f"A valid key gets {code} for {_where(resource, corner)}."
    attributes = {"resource": resource, "corner": corner, "code": code}
    return Lie(("AUTH", "ERR", resource[:3].upper()), REQUIRED, does, Refuses, attributes)


DRAWN = (missing, invalid, invalid, invalid_everywhere, other_scheme, revoked, elsewhere, afterwards, valid_refused)
