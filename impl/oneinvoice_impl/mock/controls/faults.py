"""Controls of the faults that a mock answers with."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.routing import RecordNotFound, Routing
from oneinvoice_impl.mock.faults.plan import FaultPlan
from oneinvoice_impl.webhooks.service import WebhookService


class FaultControls:
    """Handlers of the requests that plan faults."""

    def __init__(self, faults: FaultPlan, webhooks: WebhookService) -> None:
        self._faults = faults
        self._webhooks = webhooks

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("GET", "/faults", self.list_faults),
            route("POST", "/faults", self.plan_fault),
            route("DELETE", "/faults", self.clear_faults),
            route("DELETE", "/faults/{id}", self.remove_fault),
        ]

    async def list_faults(self, request: Request) -> Any:
        """Return what is planned, with how often it was seen."""
        return {"data": [replies.fault(each) for each in self._faults.planned]}

    async def plan_fault(self, request: Request) -> Any:
        """Plan a fault for requests to come."""
        content = await request_bodies.read(request, request_bodies.FAULT)
        return replies.fault(self._faults.add(request_bodies.fault(content, self._webhooks.events)))

    async def clear_faults(self, request: Request) -> Any:
        """Plan none any more."""
        self._faults.clear()
        return {"data": []}

    async def remove_fault(self, request: Request) -> Any:
        """Plan one no more."""
        if not self._faults.remove(request.path_params["id"]):
            raise RecordNotFound(f"There is no fault {request.path_params['id']}.")
        return {"id": request.path_params["id"]}
