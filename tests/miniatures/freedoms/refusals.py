"""How a deployment says no, and to whom it needn't."""

from __future__ import annotations

import json

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import Deployment


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
