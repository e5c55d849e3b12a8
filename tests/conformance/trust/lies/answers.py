"""Errors "401, 500", "returns JSON", discovery "returns a list of available endpoints, no credentials", and /api/v1."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from typing import Any

from werkzeug.wrappers import Request, Response

from tests.conformance.trust import lying
from tests.conformance.trust.lies.members import STATUSES_OF
from tests.conformance.trust.lying import ANYWHERE, Asked, Corner, Lie, Lying
from tests.miniatures.deployment import API, RESOURCES

ERRORS = "Error responses: 401 Unauthorized, 500 Internal Server Error, 429 Too Many Requests"
JSON = "The API follows REST conventions and returns JSON."
DISCOVERY = "Returns a list of available endpoints. No credentials needed."
STABLE = "Stable under /api/v1; breaking changes go in /api/v2 with at least 6 months of parallel operation."


class AnotherAnswer(Lying):
    """Gives another answer to requests with a good key, from the honest one."""

    make: Callable[[AnotherAnswer, Response], Response]
    good_key = True
    honest = 200

    def finish(self, request: Request, response: Response) -> Response:
        response = super().finish(request, response)
        has_key = self.asked.key in ("primary", "sibling", "other")
        if not self.lies() or (self.good_key and not has_key) or response.status_code != self.honest:
            return response
        self.lies_told += 1
        return type(self).make(self, response)


class BadInput(Lying):
    """Gives another answer to bad input than a refusal or a list."""

    code = 500

    def answer(self, request: Request) -> Response:
        if self.asked.key in ("primary", "sibling", "other") and self.lies():
            self.lies_told += 1
            return self.error(self.code, "Something went wrong.", **self.headers_of_code())
        return super().answer(request)

    def headers_of_code(self) -> dict[str, str]:
        return {"Location": "/error"} if self.code == 302 else {}


def _status(code: int) -> Callable[[Lying, Response], Response]:
    headers = {"Location": "/docs"} if code == 302 else {}
    return lambda deployment, response: deployment.error(code, "Something went wrong.", **headers)


def _body(change: Callable[[str], str], kind: str | None = None) -> Callable[[Lying, Response], Response]:
    def make(deployment: Lying, response: Response) -> Response:
        text = change(response.get_data(as_text=True))
        return Response(text, response.status_code, content_type=kind or deployment.content_type)

    return make


def _xml(text: str) -> str:
    return "<?xml version='1.0'?><list><item><id>1</id></item></list>"


def _lines(text: str) -> str:
    rows = json.loads(text)
    return "\n".join(json.dumps(row) for row in (rows if isinstance(rows, list) else [rows, rows]))


_BODIES: dict[str, Callable[[Lying, Response], Response]] = {
    "are XML": _body(_xml, "application/xml"),
    "are CSV": _body(lambda text: "id,status\r\n1,active\r\n", "text/csv"),
    "are JSON with a comma too many": _body(lambda text: text.rstrip()[:-1] + ",]"),
    "are cut short": _body(lambda text: text[: len(text) // 2]),
    "are wrapped for scripts": _body(lambda text: f"callback({text});", "application/javascript"),
    "are lines of JSON": _body(_lines, "application/x-ndjson"),
    "are a text in JSON": _body(lambda text: json.dumps(text)),
    "have quotes of another language": _body(lambda text: repr(json.loads(text))),
    "are a page": _body(lambda text: "<!doctype html><h1>OK</h1>", "text/html"),
    "are empty": _body(lambda text: ""),
    "are 204": lambda deployment, response: Response(status=204),
    "are null": _body(lambda text: "null"),
    "are an object of an error": _body(lambda text: '{"error": "Database is away", "code": 17}'),
}
# Freedoms whose bodies can't be changed any more when they are finished.
_UNREADABLE = frozenset({"gzipped-always", "gzipped-when-asked", "not-modified-on-request", "byte-order-mark"})
# Of a gateway, too, which has no answer to this request alone (RFC 9110, 15.6).
_CODES = (500, 500, 500, 501, 502, 503, 504, 403, 404, 400, 418, 302, 206, 201, 202)
_BAD: dict[str, Callable[[Asked], bool]] = {
    "limit=0": lambda asked: asked.limit == "0",
    "a negative limit": lambda asked: (asked.limit or "").startswith("-"),
    "a negative offset": lambda asked: (asked.offset or "").startswith("-"),
    "a limit in letters": lambda asked: (asked.limit or "").isalpha(),
    "an offset in letters": lambda asked: (asked.offset or "").isalpha(),
    "a huge limit": lambda asked: (asked.limit or "").isdecimal() and len(asked.limit or "") > 9,
    "a huge offset": lambda asked: (asked.offset or "").isdecimal() and len(asked.offset or "") > 9,
    "an empty limit": lambda asked: asked.limit == "",
    "an empty status": lambda asked: asked.status == "",
    "a limit with a point": lambda asked: "." in (asked.limit or ""),
    "an unknown status": lambda asked: (
        bool(asked.status) and asked.status not in ("unpaid", "overdue", *sum(STATUSES_OF.values(), ()))
    ),
}


def _where(chance: Random, resource: str) -> Corner:
    corners = [
        ANYWHERE,
        lying.UNFILTERED,
        lying.filtered(),
        lying.filtered({"members": "pending", "quotes": "accepted", "invoices": "paid"}[resource]),
        lying.filtered({"members": "inactive", "quotes": "sent", "invoices": "sent"}[resource]),
        lying.with_key("other"),
        lying.with_key("sibling"),
        lying.from_request(chance.randint(2, 30)),
    ]
    if resource == "members":
        corners += [lying.LATER_PAGE, lying.from_position(200), lying.LARGE_PAGE, lying.SMALL_PAGE]
        corners += [lying.filtered("active") & lying.WITH_LIMIT, lying.from_position(50) & lying.filtered()]
    return chance.choice(corners)


def status(chance: Random) -> Lie:
    resource, code = chance.choice(RESOURCES), chance.choice(_CODES)
    corner = _where(chance, resource)
    does = f"{resource.capitalize()} {corner.words} get {code}."
    areas = ("ERR", "AUTH", resource[:3].upper(), "ORG")
    attributes = {"resource": resource, "corner": corner, "make": _status(code)}
    return Lie(areas, ERRORS, does, AnotherAnswer, attributes)


def body(chance: Random) -> Lie:
    resource, name = chance.choice(RESOURCES), chance.choice([*_BODIES])
    corner = _where(chance, resource)
    does = f"{resource.capitalize()} {corner.words} {name}."
    areas = ("ERR", "AUTH", resource[:3].upper(), "ORG")
    attributes = {"resource": resource, "corner": corner, "make": _BODIES[name]}
    return Lie(areas, JSON, does, AnotherAnswer, attributes, without=_UNREADABLE)


def bad_input(chance: Random) -> Lie:
    name, code = chance.choice([*_BAD]), chance.choice([500, 500, 500, 501, 502, 503, 201, 204, 302])
    resource = chance.choice(RESOURCES) if "status" in name else "members"
    does = f"{name.capitalize()} for {resource} gets {code}."
    attributes = {"resource": resource, "corner": Corner(name, _BAD[name]), "code": code}
    return Lie(("ERR",), ERRORS, does, BadInput, attributes)


class Discovery(Lying):
    """Tells of other endpoints than there are, or refuses."""

    resource = "discovery"
    make: Callable[[Discovery, Response], Response]

    def finish(self, request: Request, response: Response) -> Response:
        response = super().finish(request, response)
        if not self.lies() or self.asked.key != "none":
            return response
        lie = type(self).make(self, response)
        self.lies_told += lie.status_code != response.status_code or lie.get_data() != response.get_data()
        return lie


def _without(name: str) -> Callable[[Lying, Response], Response]:
    def change(text: str) -> str:
        return json.dumps(_dropped(json.loads(text), name))

    return _body(change, "application/json")


def _dropped(told: Any, name: str) -> Any:
    if isinstance(told, list):
        return [_dropped(each, name) for each in told if name not in json.dumps(each) or len(json.dumps(each)) > 300]
    if isinstance(told, dict):
        kept = {key: each for key, each in told.items() if name not in key}
        return {key: _dropped(each, name) for key, each in kept.items() if not _is_leaf(each, name)}
    return told


def _is_leaf(told: Any, name: str) -> bool:
    return name in json.dumps(told) and not any(other in json.dumps(told) for other in RESOURCES if other != name)


_DISCOVERY: dict[str, Callable[[Lying, Response], Response]] = {
    **{f"gets {code} without credentials": _status(code) for code in (401, 403, 404, 500, 302, 204)},
    **{f"lacks {name}": _without(name) for name in RESOURCES},
    "is empty": _body(lambda text: "[]"),
    "is XML": _body(_xml, "application/xml"),
    "is a page": _body(lambda text: "<!doctype html><a href=/api/v1/members>members</a>", "text/html"),
    "is cut short": _body(lambda text: text[: len(text) // 2]),
    "has members as membres": _body(lambda text: text.replace("members", "membres")),
    "has quotes as offers": _body(lambda text: text.replace("quotes", "offers")),
    "has invoices as bills": _body(lambda text: text.replace("invoices", "bills")),
}


def discovery(chance: Random) -> Lie:
    name = chance.choice([*_DISCOVERY])
    does = f"Discovery {name}."
    hidden = _UNREADABLE | {"discovery-open-api", "discovery-names-and-guides", "discovery-lists-more"}
    return Lie(("DISC",), DISCOVERY, does, Discovery, {"make": _DISCOVERY[name]}, without=hidden)


class Elsewhere(Lying):
    """Has an endpoint under another path than that of version 1."""

    path = "/api/{name}"

    def answer(self, request: Request) -> Response:
        path = request.path.removeprefix(self.prefix)
        if self.lies():
            self.lies_told += 1
            return self.error(404, "There is nothing here.")
        if path.rstrip("/") == self.path.format(name=self.resource):
            environ = request.environ | {"PATH_INFO": f"{self.prefix}{API}/{self.resource}"}
            return super().answer(Request(environ))
        return super().answer(request)


class Sunset(Lying):
    """Announces an end of version 1 that comes too soon, since there is no version 2 yet."""

    days = 30

    def finish(self, request: Request, response: Response) -> Response:
        response = super().finish(request, response)
        if self.lies():
            self.lies_told += 1
            now = datetime.now(UTC)
            response.headers["Deprecation"] = f"@{int((now - timedelta(days=1)).timestamp())}"
            response.headers["Sunset"] = format_datetime(now + timedelta(days=self.days), usegmt=True)
        return response


def elsewhere(chance: Random) -> Lie:
    resource = chance.choice(RESOURCES)
    path = chance.choice(["/api/{name}", "/api/v2/{name}", "/v1/{name}", "/api/v1.0/{name}"])
    areas = ("VER", "AUTH", "ERR", resource[:3].upper())
    does = f"{resource.capitalize()} are at {path.format(name=resource)}, and 404 under /api/v1."
    hidden = frozenset({"second-version", "second-version-with-far-sunset", "page-at-every-other-address"})
    return Lie(areas, STABLE, does, Elsewhere, {"resource": resource, "path": path}, without=hidden)


def sunset(chance: Random) -> Lie:
    resource, days = chance.choice([*RESOURCES, "discovery", None]), chance.choice([5, 60, 120, 150])
    corner = chance.choice([ANYWHERE, ANYWHERE, lying.filtered()]) if resource in RESOURCES else ANYWHERE
    told = f"{resource or 'every answer'} {corner.words}".strip().capitalize()
    does = f"{told} announces the end of v1 in {days} days, and there is no v2."
    attributes = {"resource": resource, "corner": corner, "days": days}
    return Lie(("VER",), STABLE, does, Sunset, attributes, without=frozenset({"versions", "not-modified-on-request"}))


DRAWN = (status, status, body, body, bad_input, bad_input)
DRAWN_OF_DISCOVERY = (discovery,)
DRAWN_OF_VERSIONS = (elsewhere, sunset)
