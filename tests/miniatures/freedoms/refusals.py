"""How a deployment says no, and to whom it needn't."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import API, Deployment

_CODES = ((1, "key"), (2, "header"), (3, "scheme"))


@variant()
class ErrorsEmpty(Deployment):
    """Errors have no body."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        return Response(status=status, headers=headers)


@variant()
class ErrorsInHtml(Deployment):
    """Errors are HTML pages."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        page = f"<!doctype html><title>{status}</title><h1>{sentence}</h1>"
        return Response(page, status, headers, content_type="text/html; charset=utf-8")


@variant()
class ErrorsAsProblems(Deployment):
    """Errors are application/problem+json (RFC 9457)."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        problem = {"type": "about:blank", "status": status, "detail": sentence}
        return Response(json.dumps(problem), status, headers, content_type="application/problem+json")


@variant()
class ErrorsAsJsonString(Deployment):
    """Errors are a JSON string."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        return Response(json.dumps(sentence), status, headers, content_type="application/json")


@variant()
class ErrorsWithData(Deployment):
    """Errors are JSON with an empty list of items beside the message."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        body = {"success": False, "error": {"code": status, "message": sentence}, "items": []}
        return Response(json.dumps(body), status, headers, content_type="application/json")


@variant()
class ErrorsWithExample(Deployment):
    """Errors show an example of a member, under an id that a member has."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        example = {
            "id": self.world.members[0].id,
            "name": "Jane Doe",
            "email": "jane.doe@example.com",
            "status": self.world.members[0].status,
            "joined": "2026-01-31T12:00:00+00:00",
        }
        body = {"message": sentence, "example": example, "see": "https://1invoice.example/docs"}
        return Response(json.dumps(body), status, headers, content_type="application/json")


@variant()
class ErrorsWithList(Deployment):
    """Errors are listed as data, each with an id and a status."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        errors = [{"id": number, "status": str(status), "title": sentence, "code": code} for number, code in _CODES]
        return Response(json.dumps({"data": errors}), status, headers, content_type="application/json")


@variant()
class ErrorsEcho(Deployment):
    """Errors echo the whole request but for its secrets, and tell when it came and by which id it is found in logs."""

    def finish(self, request: Request, response: Response) -> Response:
        if response.status_code < 400:
            return super().finish(request, response)
        echo = {
            "message": response.get_data(as_text=True),
            "request_id": str(uuid.uuid4()),
            "time": datetime.now(UTC).isoformat(),
            "request": {
                "method": request.method,
                "url": request.url,
                "query": request.args.to_dict(flat=False),
                "headers": {name: value for name, value in request.headers if name != "Authorization"},
            },
        }
        response.set_data(json.dumps(echo))
        response.content_type = "application/json"
        return super().finish(request, response)


@variant()
class ErrorsNotJsonAtAll(Deployment):
    """Errors say that they are JSON, and aren't."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        return Response(f"{{error: '{sentence}'", status, headers, content_type="application/json")


@variant()
class Challenged(Deployment):
    """A 401 carries WWW-Authenticate (RFC 6750) and a body in JSON."""

    def refuse(self, reason: str, resource: str) -> Response:
        challenge = 'Bearer realm="1invoice", error="invalid_token"'
        return Response(
            json.dumps({"error": "unauthorized", "reason": reason}),
            401,
            {"WWW-Authenticate": challenge},
            content_type="application/json",
        )


@variant()
class BearerExactly(Deployment):
    """The scheme is Bearer with just one capital letter."""

    def token(self, header: str, resource: str) -> str | None:
        return super().token(header, resource) if header.startswith("Bearer ") else None


@variant()
class BareKeyAccepted(Deployment):
    """A key without any scheme is accepted too."""

    def token(self, header: str, resource: str) -> str | None:
        return header if header.startswith("1iv_") else super().token(header, resource)


@variant()
class DiscoveryRefusesBadKeys(Deployment):
    """Discovery needs no credentials, but a key that is sent must be good."""

    def discover(self, request: Request) -> Response:
        if "Authorization" in request.headers:
            self.authenticate(request, "discovery")
        return super().discover(request)


@variant()
class HeadUnsupported(Deployment):
    """HEAD gets 405."""

    methods = ("GET",)


@variant()
class OtherSchemeMalformed(Deployment):
    """Another scheme than Bearer is a malformed request, refused as RFC 6750 has it for those."""

    def refuse(self, reason: str, resource: str) -> Response:
        if reason == "scheme":
            challenge = 'Bearer realm="", error="invalid_request"'
            return self.error(400, "Bad Request", **{"WWW-Authenticate": challenge})
        return super().refuse(reason, resource)


class _Guarded(Deployment):
    """Something in front answers requests of `guarded` before the API sees them."""

    keyless = ("DISC-1", "DISC-2", "AUTH-1")

    def answer(self, request: Request) -> Response:
        return self.guard() if self.guards(request) else super().answer(request)

    def guards(self, request: Request) -> bool:
        return self.log[-1].key == "none"

    def guard(self) -> Response:
        page = "<!doctype html><title>Just a moment...</title>"
        return Response(page, 403, {"cf-mitigated": "challenge", "Server": "cloudflare"}, content_type="text/html")


@variant(undecided=_Guarded.keyless)
class ChallengeWithoutKey(_Guarded):
    """Requests without a key get the challenge of a firewall in front."""


@variant(undecided=("DISC-1", "DISC-2"))
class ChallengeBeforeDiscovery(_Guarded):
    """Discovery gets the challenge of a firewall in front, and lists don't."""

    def guards(self, request: Request) -> bool:
        return request.path.rstrip("/") == API


@variant(undecided=("AUTH-2", "AUTH-4", "AUTH-5"))
class ChallengeOfUnknownKeys(_Guarded):
    """Requests with a key that isn't known get the challenge of a firewall in front."""

    def guards(self, request: Request) -> bool:
        header = request.headers.get("Authorization", "")
        return bool(header) and header.removeprefix("Bearer ") not in {key.value for key in self.keys.values()}


@variant(undecided=_Guarded.keyless)
class PasswordWithoutKey(_Guarded):
    """Requests without a key are asked for the password of a gateway in front."""

    def guard(self) -> Response:
        challenge = {"WWW-Authenticate": 'Basic realm="staging"'}
        return Response("<h1>401 Authorization Required</h1>", 401, challenge, content_type="text/html")


@variant(undecided=_Guarded.keyless)
class SingleSignOnWithoutKey(_Guarded):
    """Requests without a key are sent to a login for single sign-on."""

    def guard(self) -> Response:
        return Response(status=302, headers={"Location": "https://login.microsoftonline.com/x/oauth2/v2.0/authorize"})


@variant()
class BasicOfTheApplication(Deployment):
    """Refusals are pages that ask for the scheme Basic, as some frameworks write them; discovery is open."""

    def refuse(self, reason: str, resource: str) -> Response:
        challenge = {"WWW-Authenticate": 'Basic realm="api"'}
        return Response("<h1>Unauthorized</h1>", 401, challenge, content_type="text/html")
