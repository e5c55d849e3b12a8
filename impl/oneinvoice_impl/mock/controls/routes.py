"""The controls of the mock under `/_mock/`, for the user who runs it. They act on one organisation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from oneinvoice_impl.api.operations import json_response
from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain import representation
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.domain.event import ANNOUNCEMENT
from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.trigger import RecordNotFound, announce_change, trigger
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.faults.fault import InvalidFault
from oneinvoice_impl.mock.faults.plan import FaultPlan
from oneinvoice_impl.store.accounts.keys import grant_limit
from oneinvoice_impl.store.records.documents import DocumentRepository
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository, new_secret
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem
from oneinvoice_impl.webhooks.service import WebhookService
from oneinvoice_impl.webhooks.url_policy import UrlNotAllowed

Handler = Callable[[Request], Awaitable[Any]]

FIXED_CLOCK = (
    "The mock's clock can't be moved while ONEINVOICE_REDIS_URL is set or ONEINVOICE_WORKERS is above 1: "
    "it would not move what other processes count; start one mock without them."
)
_ONLY_A_MOCK = "Only a mock sends to its own machine or network; the service refuses to."

_STATUS: dict[type[Exception], HTTPStatus] = {
    InvalidRequest: HTTPStatus.BAD_REQUEST,
    InvalidFault: HTTPStatus.BAD_REQUEST,
    UrlNotAllowed: HTTPStatus.BAD_REQUEST,
    RecordNotFound: HTTPStatus.NOT_FOUND,
    IllegalTransition: HTTPStatus.CONFLICT,
    EncryptionProblem: HTTPStatus.CONFLICT,
}


class Controls:
    """Handlers of the requests by which its user controls a mock."""

    def __init__(
        self,
        webhooks: WebhookService,
        organisation_id: str,
        is_from_user: Callable[[HTTPConnection], bool],
        clock: ManualClock | None,
        faults: FaultPlan,
    ) -> None:
        """`is_from_user` tells the user's requests from those of a web page of somebody else.

        `clock` is what the application asks for the time, or None if that can't be moved.
        """
        self._webhooks = webhooks
        self._organisation_id = organisation_id
        self._is_from_user = is_from_user
        self._clock = clock
        self._faults = faults

    def routes(self) -> list[BaseRoute]:
        """Return all of them, each for requests of the user alone."""
        return [
            self.route("POST", "/trigger", self.trigger),
            self.route("GET", "/webhooks", self.list_webhooks),
            self.route("POST", "/webhooks", self.add_webhook),
            self.route("PATCH", "/webhooks/{id}", self.change_webhook),
            self.route("DELETE", "/webhooks/{id}", self.remove_webhook),
            self.route("POST", "/webhooks/{id}/ping", self.ping),
            self.route("POST", "/webhooks/{id}/rotate", self.rotate),
            self.route("GET", "/deliveries", self.list_deliveries),
            self.route("POST", "/deliveries/{id}/resend", self.resend),
            self.route("POST", "/keys/limit", self.grant_limit),
            self.route("GET", "/faults", self.list_faults),
            self.route("POST", "/faults", self.plan_fault),
            self.route("DELETE", "/faults", self.clear_faults),
            self.route("DELETE", "/faults/{id}", self.remove_fault),
            self.route("GET", "/clock", self.show_clock),
            self.route("POST", "/clock", self.advance_clock),
            self.route("POST", "/clock/reset", self.reset_clock),
        ]

    async def trigger(self, request: Request) -> Any:
        """Make an event happen (`trigger.py`)."""
        order = request_bodies.order(await request_bodies.read(request, ("event", "invoice", "quote", "set")))

        def work(connection: Connection) -> list[dict[str, Any]]:
            if order.event == ANNOUNCEMENT:
                announcement, event = announce_change(connection, order, self._webhooks.clock())
                stored = outbox.store_for_all(connection, event, representation.announcement(announcement))
                nobody: dict[str, Any] = {"id": None, "event": event.name, "deliveries": []}
                own = stored.get(self._organisation_id)
                return [(replies.stored(own) if own else nobody) | {"record": announcement.id}]
            happened = trigger(DocumentRepository(connection, self._organisation_id), order, self._webhooks.clock())
            return [
                replies.stored(outbox.store(connection, event, record)) | {"record": record.id}
                for event, record in happened
            ]

        return {"events": await self._webhooks.transact(work)}

    async def list_webhooks(self, request: Request) -> Any:
        """Return all endpoints."""
        rows = await self._webhooks.read(lambda connection: self._endpoints(connection).list())
        return {"data": [replies.endpoint(row) for row in rows]}

    async def add_webhook(self, request: Request) -> Any:
        """Register an endpoint; one of the same URL that is there already ends."""
        content = await request_bodies.read(request, ("url", "secret", "events"))
        url, events = request_bodies.url(content), request_bodies.events(content)
        secret = request_bodies.secret(content) or new_secret()
        is_own = await self._webhooks.url_policy.check(url)
        encrypted = self._webhooks.encryption.encrypt(secret)

        def work(connection: Connection) -> str:
            endpoints, at = self._endpoints(connection), self._webhooks.clock()
            for row in endpoints.list():
                if (row["url"], row["status"]) == (url, "active"):
                    delivery_queue.disable(connection, row["id"], "Its URL was registered again.", at)
            return endpoints.add(url, events, encrypted, at)

        id = await self._webhooks.transact(work)
        return {"id": id, "url": url, "events": events, "secret": secret, "note": _ONLY_A_MOCK if is_own else ""}

    async def change_webhook(self, request: Request) -> Any:
        """Send an endpoint's events to another URL, send it others, disable it or enable it again."""
        change = request_bodies.change(await request_bodies.read(request, ("url", "events", "status")))
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
        """Return the newest deliveries with their attempts."""

        def query(connection: Connection) -> list[dict[str, Any]]:
            endpoints = self._endpoints(connection)
            rows = endpoints.deliveries()
            attempts = endpoints.attempts([row["id"] for row in rows])
            return [replies.delivery(row, attempts) for row in rows]

        return {"data": await self._webhooks.read(query)}

    async def resend(self, request: Request) -> Any:
        """Send the event of a delivery again."""

        def work(connection: Connection) -> str:
            endpoints = self._endpoints(connection)
            row = _or_not_found(endpoints.delivery(request.path_params["id"]), "delivery", request)
            return endpoints.resend(row, self._webhooks.clock())

        return {"id": await self._webhooks.transact(work)}

    async def grant_limit(self, request: Request) -> Any:
        """Give a key of any organisation another limit. Nothing that is answered holds the key, or was in the path."""
        key, limit = request_bodies.limit(await request_bodies.read(request, ("key", "limit")))
        row = await self._webhooks.transact(lambda connection: grant_limit(connection, key, limit))
        if row is None:
            raise RecordNotFound("There is no such key; name it by its id, which the dashboard shows under its name.")
        return {"name": row["name"], "first": row["first_four"], "last": row["last_four"], "limit": row["rate_limit"]}

    async def list_faults(self, request: Request) -> Any:
        """Return what is planned, with how often it was seen."""
        return {"data": [replies.fault(each) for each in self._faults.planned]}

    async def plan_fault(self, request: Request) -> Any:
        """Plan a fault for requests to come."""
        content = await request_bodies.read(request, request_bodies.FAULT)
        return replies.fault(self._faults.add(request_bodies.fault(content)))

    async def clear_faults(self, request: Request) -> Any:
        """Plan none any more."""
        self._faults.clear()
        return {"data": []}

    async def remove_fault(self, request: Request) -> Any:
        """Plan one no more."""
        if not self._faults.remove(request.path_params["id"]):
            raise RecordNotFound(f"There is no fault {request.path_params['id']}.")
        return {"id": request.path_params["id"]}

    async def show_clock(self, request: Request) -> Any:
        """Return the mock's time."""
        return replies.clock(self._movable())

    async def advance_clock(self, request: Request) -> Any:
        """Move the time on, for all that asks for it."""
        clock, duration = self._movable(), request_bodies.advance(await request_bodies.read(request, ("advance",)))
        try:
            clock.advance(duration)
        except ValueError:
            raise InvalidRequest("The clock is at most ten years ahead; reset it first.") from None
        self._webhooks.wake()
        return replies.clock(clock)

    async def reset_clock(self, request: Request) -> Any:
        """Go back to the system's time; what is due by then waits."""
        clock = self._movable()
        clock.reset()
        return replies.clock(clock)

    def _movable(self) -> ManualClock:
        if self._clock is None:
            raise Problem(HTTPStatus.CONFLICT, FIXED_CLOCK)
        return self._clock

    def _endpoints(self, connection: Connection) -> EndpointRepository:
        return EndpointRepository(connection, self._organisation_id)

    def _endpoint(self, endpoints: EndpointRepository, request: Request) -> RowMapping:
        """Return the endpoint that the path names. Raises `RecordNotFound`."""
        return _or_not_found(endpoints.find(request.path_params["id"]), "webhook", request)

    def route(self, method: str, path: str, handler: Handler) -> Route:
        """Return the route of a control, for requests of the user alone."""

        async def guarded(request: Request) -> Response:
            if not self._is_from_user(request):
                raise Problem(HTTPStatus.FORBIDDEN, "The controls are not for web pages and other host names.")
            try:
                return json_response(await handler(request))
            except tuple(_STATUS) as error:
                raise Problem(_STATUS[type(error)], str(error)) from error

        return Route(f"/_mock{path}", guarded, methods=[method])


def _or_not_found(row: RowMapping | None, word: str, request: Request) -> RowMapping:
    if row is None:
        raise RecordNotFound(f"The organisation has no {word} {request.path_params['id']}.")
    return row
