"""Controls of sandboxes. Those of a single one are its own: they stand under `/_mock/sandboxes/{id}/`, too."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Protocol

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.mock.controls import request_bodies
from oneinvoice_impl.mock.controls.routing import RecordNotFound, Routing


class Sandbox(Protocol):
    """Sandbox, as its controls see it."""

    def as_json(self) -> dict[str, Any]:
        """Represent it, with its keys."""


class SandboxRegistry(Protocol):
    """The sandboxes of a mock."""

    @property
    def all(self) -> Collection[Sandbox]:
        """Those that there are, the oldest first."""

    def find(self, id: str) -> Sandbox | None:
        """Return one."""

    async def create(self, seed: int | None, scale: int | None, rate_limit: int | None) -> Sandbox:
        """Make one; None is as the mock itself has it. Raises `IllegalTransition` if there are too many."""

    async def remove(self, id: str) -> bool:
        """End one, and tell whether there was one."""


class SandboxControls:
    """Handlers of the requests that make and remove sandboxes."""

    def __init__(self, sandboxes: SandboxRegistry) -> None:
        self._sandboxes = sandboxes

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("POST", "/sandboxes", self.create, 201),
            route("GET", "/sandboxes", self.list_sandboxes),
            route("GET", "/sandboxes/{id}", self.show),
            route("DELETE", "/sandboxes/{id}", self.remove),
            *(
                route(method, "/sandboxes/{id}/{rest:path}", self.show, query=None)  # of one that there isn't
                for method in ("GET", "POST", "PATCH", "DELETE")
            ),
        ]

    async def create(self, request: Request) -> Any:
        """Make one."""
        content = await request_bodies.read(request, ("seed", "scale", "rate_limit"))
        sandbox = await self._sandboxes.create(*request_bodies.sandbox(content))
        return sandbox.as_json()

    async def list_sandboxes(self, request: Request) -> Any:
        """Return all of them."""
        return {"data": [each.as_json() for each in self._sandboxes.all]}

    async def show(self, request: Request) -> Any:
        """Return one."""
        sandbox = self._sandboxes.find(request.path_params["id"])
        if sandbox is None:
            raise RecordNotFound(f"There is no sandbox {request.path_params['id']}.")
        return sandbox.as_json()

    async def remove(self, request: Request) -> Any:
        """End one."""
        if not await self._sandboxes.remove(request.path_params["id"]):
            raise RecordNotFound(f"There is no sandbox {request.path_params['id']}.")
        return {"id": request.path_params["id"]}
