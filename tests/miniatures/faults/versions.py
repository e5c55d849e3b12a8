"""Versions that are not in the URL, or end too soon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from werkzeug.wrappers import Request, Response

from tests.miniatures.deployment import API, RESOURCES, Deployment
from tests.miniatures.freedoms.versions import SecondVersion


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


class SunsetAfterAMonth(SecondVersion):
    """v2 is there, v1 was deprecated a week ago, and is to end in three weeks."""

    def finish(self, request: Request, response: Response) -> Response:
        now = datetime.now(UTC)
        response.headers["Deprecation"] = f"@{int((now - timedelta(days=7)).timestamp())}"
        response.headers["Sunset"] = format_datetime(now + timedelta(days=21), usegmt=True)
        return response


class SunsetOfMembersAfterFiveMonths(SecondVersion):
    """v2 is there, v1 was deprecated two months ago, and its members are to end in three months."""

    def finish(self, request: Request, response: Response) -> Response:
        now = datetime.now(UTC)
        if request.path == f"{self.prefix}{API}/{RESOURCES[0]}":
            response.headers["Deprecation"] = format_datetime(now - timedelta(days=60), usegmt=True)
            response.headers["Sunset"] = format_datetime(now + timedelta(days=90), usegmt=True)
        return response


FAULTS: dict[str, list[type[Deployment]]] = {
    "VER-1": [VersionNotInUrl, VersionOfQuotesNotInUrl],
    "VER-3": [SunsetAfterAMonth, SunsetOfMembersAfterFiveMonths],
}
