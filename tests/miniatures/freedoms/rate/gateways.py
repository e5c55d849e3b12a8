"""What frameworks and gateways add before the API sees a request; a minute has 60 of those that it does see."""

from __future__ import annotations

from http import HTTPStatus
from typing import ClassVar

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import Run, variant
from tests.miniatures.deployment import API, RESOURCES
from tests.miniatures.freedoms.rate.limiters import RateBySlidingLog

_LISTS = tuple(f"{API}/{name}" for name in RESOURCES)


class _WantsSlash(RateBySlidingLog):
    """Redirects `paths` to the same with a slash at the end, as frameworks do."""

    paths: ClassVar[tuple[str, ...]] = (API, *_LISTS)
    status = HTTPStatus.PERMANENT_REDIRECT

    def route(self, request: Request) -> Response:
        if request.path.removeprefix(self.prefix) not in self.paths:
            return super().route(request)
        return Response(status=self.status, headers={"Location": self.location(request)})

    def location(self, request: Request) -> str:
        query = request.query_string.decode()
        return f"{request.path}/?{query}" if query else f"{request.path}/"


@variant(shown_by=Run.RATE)
class SlashAtTheEnd(_WantsSlash):
    """All addresses end in a slash, and 308 leads there."""


@variant(shown_by=Run.RATE)
class SlashAtTheEndOfLists(_WantsSlash):
    """The addresses of lists end in a slash, and 301 leads there."""

    paths = _LISTS
    status = HTTPStatus.MOVED_PERMANENTLY


@variant(shown_by=Run.RATE)
class SlashAtTheEndOfDiscovery(_WantsSlash):
    """The address of discovery ends in a slash, and 302 leads there."""

    paths = (API,)
    status = HTTPStatus.FOUND


@variant(shown_by=Run.RATE)
class SlashAtTheEndOfWholeAddress(_WantsSlash):
    """All addresses end in a slash, and 307 leads there by the whole address, under a base path."""

    prefix = "/staging"
    status = HTTPStatus.TEMPORARY_REDIRECT

    def location(self, request: Request) -> str:
        return request.host_url.rstrip("/") + super().location(request)


@variant(shown_by=Run.RATE)
class RestartingNowAndThen(RateBySlidingLog):
    """Every fortieth request meets a gateway whose upstream restarts: a page with 503 or 502."""

    def route(self, request: Request) -> Response:
        turn, left = divmod(len(self.log), 40)
        if left:
            return super().route(request)
        page = "<!doctype html><title>Service Unavailable</title>"
        return Response(page, (503, 502)[turn % 2], {"Retry-After": "1"}, content_type="text/html")
