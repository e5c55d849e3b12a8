"""Controls of the endpoints of webhooks, and of what is sent to them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.routing import RecordNotFound, Routing
from oneinvoice_impl.mock.faults.sends import SendLog
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository, new_secret
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.service import WebhookService

_ONLY_A_MOCK = "Only a mock sends to its own machine or network; the service refuses to."


class WebhookControls:
    """Handlers of the requests about an organisation's endpoints and deliveries."""

    def __init__(self, webhooks: WebhookService, organisation_id: str, sends: SendLog) -> None:
        self._webhooks = webhooks
        self._sends = sends
        self._organisation_id = organisation_id

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [
            route("GET", "/webhooks", self.list_webhooks),
            route("POST", "/webhooks", self.add_webhook),
            route("PATCH", "/webhooks/{id}", self.change_webhook),
            route("DELETE", "/webhooks/{id}", self.remove_webhook),
            route("POST", "/webhooks/{id}/ping", self.ping),
            route("POST", "/webhooks/{id}/rotate", self.rotate),
            route("GET", "/deliveries", self.list_deliveries),
            route("POST", "/deliveries/{id}/resend", self.resend),
        ]

    async def list_webhooks(self, request: Request) -> Any:
        """Return all endpoints."""
        rows = await self._webhooks.read(lambda connection: self._endpoints(connection).list())
        return {"data": [replies.endpoint(row) for row in rows]}

    async def add_webhook(self, request: Request) -> Any:
        """Register an endpoint; one of the same URL that is there already ends."""
        content = await request_bodies.read(request, ("url", "secret", "events"))
        url, events = request_bodies.url(content), request_bodies.events(content, self._webhooks.events)
        secret = request_bodies.secret(content) or new_secret()
        is_own = await self._webhooks.url_policy.check(url)
        encrypted = self._webhooks.encryption.encrypt(secret)

        def work(connection: Connection) -> str:
            return self._endpoints(connection).add_in_place(url, events, encrypted, self._webhooks.clock())

        id = await self._webhooks.transact(work)
        return {"id": id, "url": url, "events": events, "secret": secret, "note": _ONLY_A_MOCK if is_own else ""}

    async def change_webhook(self, request: Request) -> Any:
        """Send an endpoint's events to another URL, send it others, disable it or enable it again."""
        content = await request_bodies.read(request, ("url", "events", "status"))
        change = request_bodies.change(content, self._webhooks.events)
        is_own = change.url is not None and await self._webhooks.url_policy.check(change.url)

        def work(connection: Connection) -> dict[str, Any]:
            endpoints, at = self._endpoints(connection), self._webhooks.clock()
            row = self._endpoint(endpoints, request)
            if change.status == "disabled":
                endpoints.disable(row, at)
            if change.url is not None or change.has_events:
                events = change.events if change.has_events else replies.events(row)
                endpoints.change(self._endpoint(endpoints, request), change.url or row["url"], events)
            if change.status == "active":
                endpoints.enable(self._endpoint(endpoints, request))
            return replies.endpoint(self._endpoint(endpoints, request))

        return await self._webhooks.transact(work) | {"note": _ONLY_A_MOCK if is_own else ""}

    async def remove_webhook(self, request: Request) -> Any:
        """Forget an endpoint and its deliveries."""

        def work(connection: Connection) -> None:
            endpoints = self._endpoints(connection)
            endpoints.remove(self._endpoint(endpoints, request))

        await self._webhooks.transact(work)
        return {"id": request.path_params["id"]}

    async def ping(self, request: Request) -> Any:
        """Send a test to an endpoint."""

        def work(connection: Connection) -> dict[str, Any]:
            endpoints = self._endpoints(connection)
            return replies.stored(
                outbox.store_ping(endpoints, self._endpoint(endpoints, request), self._webhooks.clock())
            )

        return {"events": [await self._webhooks.transact(work)]}

    async def rotate(self, request: Request) -> Any:
        """Give an endpoint another secret."""
        secret = request_bodies.secret(await request_bodies.read(request, ("secret",))) or new_secret()
        encrypted = self._webhooks.encryption.encrypt(secret)

        def work(connection: Connection) -> str:
            endpoints = self._endpoints(connection)
            row = self._endpoint(endpoints, request)
            return timestamp(endpoints.rotate(row, encrypted, self._webhooks.clock()))

        until = await self._webhooks.transact(work)
        return {"id": request.path_params["id"], "secret": secret, "previous_secret_until": until}

    async def list_deliveries(self, request: Request) -> Any:
        """Return the newest deliveries with their attempts, what became of each and why, and notes."""
        from oneinvoice_impl.mock.journal.deliveries import diagnosed_deliveries

        def query(connection: Connection) -> list[dict[str, Any]]:
            return [replies.delivery(*told) for told in diagnosed_deliveries(self._endpoints(connection), self._sends)]

        return {"data": await self._webhooks.read(query)}

    async def resend(self, request: Request) -> Any:
        """Send the event of a delivery again."""

        def work(connection: Connection) -> str:
            endpoints = self._endpoints(connection)
            row = _or_not_found(endpoints.delivery(request.path_params["id"]), "delivery", request)
            return endpoints.resend(row, self._webhooks.clock())

        return {"id": await self._webhooks.transact(work)}

    def _endpoints(self, connection: Connection) -> EndpointRepository:
        return EndpointRepository(connection, self._organisation_id)

    def _endpoint(self, endpoints: EndpointRepository, request: Request) -> RowMapping:
        """Return the endpoint that the path names. Raises `RecordNotFound`."""
        return _or_not_found(endpoints.find(request.path_params["id"]), "webhook", request)


def _or_not_found(row: RowMapping | None, word: str, request: Request) -> RowMapping:
    if row is None:
        raise RecordNotFound(f"The organisation has no {word} {request.path_params['id']}.")
    return row
