"""In which shape discovery lists the endpoints."""

from __future__ import annotations

from typing import Any

from tests.miniatures.decorators import variant
from tests.miniatures.deployment import API, RESOURCES, Deployment


@variant()
class DiscoveryBareList(Deployment):
    """Discovery is a bare list of paths."""

    def discovery(self, origin: str) -> Any:
        return [f"{API}/{name}" for name in RESOURCES]


@variant()
class DiscoveryBareNames(Deployment):
    """Discovery is a list of names."""

    def discovery(self, origin: str) -> Any:
        return {"version": 1, "resources": list(RESOURCES)}


@variant()
class DiscoveryFullAddresses(Deployment):
    """Discovery is a list of objects with full addresses."""

    def discovery(self, origin: str) -> Any:
        return [{"rel": name[:-1], "href": f"{origin}{API}/{name}", "methods": ["GET"]} for name in RESOURCES]


@variant()
class DiscoveryNameToPath(Deployment):
    """Discovery is an object from name to path."""

    def discovery(self, origin: str) -> Any:
        return {name: f"{API}/{name}" for name in RESOURCES}


@variant()
class DiscoveryNameToAddress(Deployment):
    """Discovery is an object from name to full address."""

    def discovery(self, origin: str) -> Any:
        return {f"{name}_url": f"{origin}{API}/{name}" for name in RESOURCES}


@variant()
class DiscoveryHal(Deployment):
    """Discovery is HAL, with _links."""

    def discovery(self, origin: str) -> Any:
        links = {name: {"href": f"{API}/{name}"} for name in RESOURCES}
        return {"_links": {"self": {"href": API}} | links}


@variant()
class DiscoveryOpenApi(Deployment):
    """Discovery is an OpenAPI document, whose paths are relative to its server."""

    def discovery(self, origin: str) -> Any:
        operation = {"get": {"responses": {"200": {"description": "A list"}}}}
        paths = {f"/{name}": operation for name in RESOURCES}
        info = {"title": "REST API", "version": "1"}
        return {"openapi": "3.1.0", "info": info, "servers": [{"url": f"{origin}{API}"}], "paths": paths}


@variant()
class DiscoveryTrailingSlashes(Deployment):
    """Discovery lists paths with a slash at the end."""

    def discovery(self, origin: str) -> Any:
        return {"endpoints": [f"{API}/{name}/" for name in RESOURCES]}


@variant()
class DiscoveryMethodAndPath(Deployment):
    """Discovery lists methods and paths as one string."""

    def discovery(self, origin: str) -> Any:
        return {"endpoints": [f"GET {API}/{name}" for name in RESOURCES]}


@variant()
class DiscoveryTemplates(Deployment):
    """Discovery lists URI templates (RFC 6570)."""

    def discovery(self, origin: str) -> Any:
        return {
            "members": f"{API}/members{{?limit,offset,status}}",
            "quotes": f"{API}/quotes{{?status}}",
            "invoices": f"{API}/invoices{{?status}}",
        }


@variant()
class DiscoveryOfAnotherHost(Deployment):
    """Discovery has addresses at the public host, below the base path that it has there."""

    def discovery(self, origin: str) -> Any:
        return [{"name": name, "url": f"https://1invoice.example/app{API}/{name}"} for name in RESOURCES]


@variant()
class DiscoveryNamesAndGuides(Deployment):
    """Discovery has the names alone, and where to read more of each."""

    def discovery(self, origin: str) -> Any:
        return [{"name": name, "docs": f"/docs/{name}", "description": f"Lists {name}."} for name in RESOURCES]


@variant()
class DiscoveryListsMore(Deployment):
    """Discovery also lists endpoints that nobody documented."""

    def discovery(self, origin: str) -> Any:
        names = ("health", *RESOURCES, "events", "exports/invoices.csv")
        return {"name": "REST API", "endpoints": [{"path": f"{API}/{name}"} for name in names]}


@variant()
class DiscoveryNested(Deployment):
    """Discovery groups the endpoints by subject, with examples of their queries."""

    def discovery(self, origin: str) -> Any:
        people = [{"method": "GET", "path": f"{API}/members?limit=50&offset=0&status=active"}]
        money = [{"method": "GET", "path": f"{API}/{name}?status=paid"} for name in ("quotes", "invoices")]
        return {"v1": {"groups": [{"title": "People", "calls": people}, {"title": "Money", "calls": money}]}}
