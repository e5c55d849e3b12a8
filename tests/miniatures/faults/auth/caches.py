"""Caches that all clients share, and that don't look at Authorization."""

from __future__ import annotations

import time
from http import HTTPStatus

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import RESOURCES, Deployment

_KEYS = ("AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5", "ORG-1")
_MIXED = (*_KEYS, "MEM-5")  # pages of two organisations don't tile


class _Cache(Deployment):
    """Keeps each answer that was served under its URL alone; hits have `marks`."""

    marks: tuple[tuple[str, str], ...] = ()
    where: tuple[str, ...] = RESOURCES
    kept_statuses: tuple[int, ...] = (HTTPStatus.OK,)

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, tuple[Response, float]] = {}

    def answer(self, request: Request) -> Response:
        name = request.full_path
        if request.path.rpartition("/")[2] not in self.where:
            return super().answer(request)
        if name in self.kept:
            return self.hit(*self.kept[name])
        response = super().answer(request)
        if response.status_code in self.kept_statuses:
            self.kept[name] = response, time.monotonic()
        return response

    def hit(self, kept: Response, since: float) -> Response:
        response = Response(kept.get_data(), kept.status_code, content_type=kept.content_type)
        for name, value in self.marks:
            response.headers[name] = value.format(age=round(time.monotonic() - since))
        return response


@fault("AUTH-1", besides=_MIXED)
class CacheInFront(_Cache):
    """A proxy in front keeps answers by their URL, and tells how old they are."""

    marks = (("Age", "{age}"), ("X-Cache", "HIT"), ("Via", "1.1 varnish"))


@fault("AUTH-1", besides=_KEYS)
class CacheInFrontOfInvoices(_Cache):
    """A content delivery network keeps the invoices by their URL."""

    marks = (("CF-Cache-Status", "HIT"), ("Age", "{age}"))
    where = ("invoices",)


@fault("AUTH-1", besides=_MIXED)
class SilentCache(_Cache):
    """The application keeps whole answers by their URL, and says nothing of it."""


@fault("AUTH-1", besides=_MIXED)
class CacheOfRefusals(_Cache):
    """A proxy in front keeps answers by their URL, refusals too."""

    kept_statuses = (HTTPStatus.OK, HTTPStatus.UNAUTHORIZED)


@fault("AUTH-6")
class CacheOfRefusalsAlone(_Cache):
    """A proxy in front keeps refusals alone by their URL, and gives them to valid keys too."""

    kept_statuses = (HTTPStatus.UNAUTHORIZED,)
