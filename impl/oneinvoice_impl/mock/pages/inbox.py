"""Pages of the mock's own receiver: what arrived, and whether its signature holds."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from oneinvoice_impl.mock.inbox import MOST_FAILURES, SLOW_SECONDS, Arrival, Inbox
from oneinvoice_impl.mock.pages.verification import EndpointSecrets, Verification, verify
from oneinvoice_impl.mock_extension import INBOX_PAGE
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_queue import DeliveryContent
from oneinvoice_impl.store.webhooks.endpoints import OVERLAP
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.excerpt import excerpt
from oneinvoice_impl.web.rendering.live import content_version, live_part
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import private
from oneinvoice_impl.web.services import DashboardServices, services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.web.settings.webhooks import register_endpoint
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem

FAILING = {"error": "500 Internal Server Error", "slow": f"200 OK, but only after {SLOW_SECONDS:g} seconds"}

_DELIVERY = "x-1invoice-delivery"

_Verified = Sequence[tuple[Arrival, Verification]]


class InboxPages:
    """The pages of one inbox, at which endpoints send with `inbox_url`."""

    def __init__(self, inbox: Inbox, inbox_url: str) -> None:
        self._inbox = inbox
        self._url = inbox_url

    def routes(self) -> Sequence[BaseRoute]:
        """Return all of them."""
        return [
            private(INBOX_PAGE, get=self.show_all, post=self.fail),
            private(f"{INBOX_PAGE}/list", get=self.show_list),
            private(f"{INBOX_PAGE}/register", post=self.register),
            private(f"{INBOX_PAGE}/{{number:int}}", get=self.show),
        ]

    async def show_all(self, request: Request) -> Response:
        """GET /settings/webhooks/inbox."""
        return await self._page(request, Form({"failing": self._inbox.failing, "times": "1"}))

    async def show_list(self, request: Request) -> Response:
        """GET /settings/webhooks/inbox/list: the part of the page that goes with the time."""
        arrivals = await self._visible_arrivals(request)
        return live_part(request, "inbox_list.html", **self._list_values(arrivals))

    async def show(self, request: Request) -> Response:
        """GET /settings/webhooks/inbox/{number}."""
        number = request.path_params["number"]
        for arrival, verification in await self._visible_arrivals(request):
            if arrival.number == number:
                return render(
                    request,
                    "arrival.html",
                    arrival=arrival,
                    verification=verification,
                    head="\n".join(f"{name}: {value}" for name, value in arrival.headers),
                    body=excerpt(arrival.body),
                    delivery=arrival.header(_DELIVERY),
                )
        raise HTTPException(HTTPStatus.NOT_FOUND)

    async def register(self, request: Request) -> Response:
        """POST /settings/webhooks/inbox/register: have all events sent here."""
        user = current_user(request)
        active = await services_of(request).read(lambda connection: user.endpoints(connection).active())
        if self._url in active:
            return redirect(request, INBOX_PAGE, "This mock's inbox is registered already.")
        return await register_endpoint(request, Form({"url": self._url, "which": "all"}), self._url, None)

    async def fail(self, request: Request) -> Response:
        """POST /settings/webhooks/inbox: how the next ones are answered."""
        form = Form.from_request(request)
        failing = form.choice("failing", FAILING, "Choose what to answer.")
        times = form.text("times", "Type how often.", longest=2)
        if "times" not in form.errors and not (times.isascii() and times.isdigit() and int(times) <= MOST_FAILURES):
            form.errors["times"] = f"Type a number from 0 to {MOST_FAILURES}."
        if form.errors:
            return await self._page(request, form)
        self._inbox.fail(failing, int(times))
        return redirect(request, INBOX_PAGE, _confirmation(failing, int(times)))

    async def _page(self, request: Request, form: Form) -> Response:
        user = current_user(request)
        active = await services_of(request).read(lambda connection: user.endpoints(connection).active())
        arrivals = await self._visible_arrivals(request)
        return render(
            request,
            "inbox.html",
            status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK,
            form=form,
            endpoint_id=active.get(self._url),
            failing=FAILING,
            fresh=False,
            **self._list_values(arrivals),
        )

    async def _visible_arrivals(self, request: Request) -> _Verified:
        """Return the arrivals of the user's organisation, newest first; and those that name no delivery: nobody's."""
        user, services = current_user(request), services_of(request)
        arrivals = self._inbox.arrivals
        named = {arrival.header(_DELIVERY) or "" for arrival in arrivals}

        def query(connection: Connection) -> dict[str, DeliveryContent]:
            return user.log(connection).contents(named)

        contents, at = await services.read(query), services.clock()
        verified = []
        for arrival in arrivals:
            content = contents.get(arrival.header(_DELIVERY) or "")
            if content is not None or not any(name == _DELIVERY for name, _ in arrival.headers):
                secrets = _secrets(services, content) if content else None
                verified.append((arrival, verify(arrival, secrets, at)))
        return verified

    def _list_values(self, arrivals: _Verified) -> dict[str, Any]:
        """Return the values that `inbox_list.html` shows."""
        shown = ((arrival.number, verification.verified) for arrival, verification in arrivals)
        return {"inbox": self._inbox, "arrivals": arrivals, "seen": content_version(self._inbox.failures, *shown)}


def _secrets(services: DashboardServices, content: DeliveryContent) -> EndpointSecrets | None:
    """Return the secrets that sign a delivery; None if they can't be read."""
    decrypt, until = services.webhooks.encryption.decrypt, content.previous_until
    try:
        previous = None if content.previous_secret is None else decrypt(content.previous_secret)
        return EndpointSecrets(decrypt(content.secret), previous, until, None if until is None else until - OVERLAP)
    except EncryptionProblem:
        return None


def _confirmation(failing: str, times: int) -> str:
    if times == 0:
        return "The inbox answers 200 OK."
    which = "The next one is" if times == 1 else f"The next {times} are"
    return f"{which} answered with {FAILING[failing]}."
