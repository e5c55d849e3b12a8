"""Versions that are not in the URL."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.deployment import Deployment


class VersionNotInUrl(Deployment):
    """The endpoints redirect to addresses without a version."""

    def list_records(self, request: Request, resource: str) -> Response:
        self.authenticate(request, resource)
        return Response(status=308, headers={"Location": f"{self.prefix}/api/{resource}"})


class VersionOfQuotesNotInUrl(Deployment):
    """Quotes redirect to an address of the next version."""

    def list_records(self, request: Request, resource: str) -> Response:
        if resource != "quotes":
            return super().list_records(request, resource)
        self.authenticate(request, resource)
        return Response(status=301, headers={"Location": f"/api/v2/{resource}"})


FAULTS: dict[str, list[type[Deployment]]] = {
    "VER-1": [VersionNotInUrl, VersionOfQuotesNotInUrl],
}
