"""What stands beside v1."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import API, Deployment

_NEXT = "/api/v2"


@variant()
class SecondVersion(Deployment):
    """There is a v2 that answers as v1 does."""

    def route(self, request: Request) -> Response:
        begins = self.prefix + _NEXT
        if request.path.startswith(begins):
            environ = request.environ | {"PATH_INFO": self.prefix + API + request.path.removeprefix(begins)}
            return super().route(Request(environ))
        return super().route(request)


@variant()
class SecondVersionWithFarSunset(SecondVersion):
    """There is a v2, and v1 was deprecated a week ago, to end in seven months."""

    def finish(self, request: Request, response: Response) -> Response:
        now = datetime.now(UTC)
        response.headers["Deprecation"] = f"@{int((now - timedelta(days=7)).timestamp())}"
        response.headers["Sunset"] = format_datetime(now + timedelta(days=213), usegmt=True)
        return response


@variant()
class PageAtEveryOtherAddress(Deployment):
    """What is not under /api/v1 gets the page of the application, with 200."""

    def route(self, request: Request) -> Response:
        if request.path.startswith(self.prefix + API):
            return super().route(request)
        return Response("<!doctype html><title>1invoice</title><div id=app></div>", content_type="text/html")
