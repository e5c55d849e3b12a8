"""Versions that are not in the URL."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment


@fault("VER-1")
class VersionNotInUrl(Deployment):
    """The endpoints redirect to addresses without a version."""

    def list_records(self, request: Request, resource: str) -> Response:
        self.authenticate(request, resource)
        return Response(status=308, headers={"Location": f"{self.prefix}/api/{resource}"})


@fault("VER-1")
class VersionOfQuotesNotInUrl(Deployment):
    """Quotes redirect to an address of the next version."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource != "quotes":
            return super().list_records(request, resource)
        self.authenticate(request, resource)
        return Response(status=301, headers={"Location": f"/api/v2/{resource}"})
