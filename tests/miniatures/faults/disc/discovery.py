"""Discovery that can't be read, or doesn't tell everything."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import API, RESOURCES, Deployment


@fault("DISC-1")
class DiscoveryNeedsKey(Deployment):
    """Discovery answers 401 without credentials."""

    def discover(self, request: Request) -> Response:
        self.authenticate(request, "discovery")
        return super().discover(request)


@fault("DISC-1")
class DiscoveryForbidden(Deployment):
    """Discovery answers 403 to those who send no key."""

    def discover(self, request: Request) -> Response:
        if "Authorization" not in request.headers:
            return self.error(403, "Log in first.")
        return super().discover(request)


@fault("DISC-1")
class DiscoveryNotFound(Deployment):
    """Discovery answers 404."""

    def discover(self, request: Request) -> Response:
        return self.error(404, "There is nothing here.")


@fault("DISC-1")
class DiscoveryNoContent(Deployment):
    """Discovery answers 204 with nothing in it."""

    def discover(self, request: Request) -> Response:
        return Response(status=204)


@fault("DISC-1")
class DiscoveryToLogin(Deployment):
    """Discovery sends those who are not logged in to a login page."""

    def discover(self, request: Request) -> Response:
        return self.error(302, "Log in.", Location="/login?next=/api/v1")


@fault("DISC-2")
class DiscoveryIsPage(Deployment):
    """Discovery is an HTML page for people."""

    def discover(self, request: Request) -> Response:
        links = "".join(f'<li><a href="{API}/{name}">{name}</a></li>' for name in RESOURCES)
        return Response(f"<!doctype html><title>API</title><ul>{links}</ul>", content_type="text/html")


@fault("DISC-2")
class DiscoveryIsBrokenJson(Deployment):
    """Discovery's JSON has a comma too many."""

    def discover(self, request: Request) -> Response:
        paths = "".join(f'"{API}/{name}",' for name in RESOURCES)
        return Response(f"[{paths}]", content_type=self.content_type)


@fault("DISC-2")
class DiscoveryInUTF16(Deployment):
    """Discovery is JSON in UTF-16."""

    def discover(self, request: Request) -> Response:
        return Response(super().discover(request).get_data().decode().encode("utf-16"), content_type=self.content_type)


@fault("DISC-2")
class DiscoveryOmitsInvoices(Deployment):
    """Discovery names members and quotes only."""

    def discovery(self, origin: str) -> Any:
        return {"endpoints": [{"name": name, "url": f"{API}/{name}"} for name in ("members", "quotes")]}


@fault("DISC-2")
class DiscoveryMisspellsQuotes(Deployment):
    """Discovery lists quotes under the path of another API, /api/v1/offers."""

    def discovery(self, origin: str) -> Any:
        return {"endpoints": [{"url": f"{API}/{name}"} for name in ("members", "offers", "invoices")]}


@fault("DISC-2")
class DiscoveryInSingular(Deployment):
    """Discovery lists each endpoint in the singular, which none of them has."""

    def discovery(self, origin: str) -> Any:
        return [f"{API}/{name.removesuffix('s')}" for name in RESOURCES]


@fault("DISC-2")
class DiscoveryNamesAndSingularPaths(Deployment):
    """Discovery has the right names, and beside them paths in the singular, which get 404."""

    def discovery(self, origin: str) -> Any:
        return {"endpoints": [{"name": name, "url": f"{API}/{name.removesuffix('s')}"} for name in RESOURCES]}


@fault("DISC-2")
class DiscoveryOfNextVersion(Deployment):
    """Discovery has the paths of a version that isn't there yet."""

    def discovery(self, origin: str) -> Any:
        return {name: f"{origin}/api/v2/{name}" for name in RESOURCES}


@fault("DISC-2")
class DiscoveryUnderAnotherBase(Deployment):
    """Discovery has paths below a base path that the deployment doesn't have."""

    def discovery(self, origin: str) -> Any:
        return [f"/1invoice{API}/{name}" for name in RESOURCES]


@fault("DISC-2")
class DiscoveryEmpty(Deployment):
    """Discovery is an empty list."""

    def discovery(self, origin: str) -> Any:
        return []
