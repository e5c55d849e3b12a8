"""Endpoints: register and change them, and see what they are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.mock_extension import INBOX_PAGE
from oneinvoice_impl.store.types import Connection, RowMapping
from oneinvoice_impl.store.webhooks.delivery_log import LogPage
from oneinvoice_impl.store.webhooks.endpoints import EndpointRepository, new_secret
from oneinvoice_impl.web.current_user import CurrentUser
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import or_not_found, private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user
from oneinvoice_impl.web.settings import deliveries
from oneinvoice_impl.web.settings.deliveries import PATH
from oneinvoice_impl.webhooks import outbox
from oneinvoice_impl.webhooks.secret_encryption import EncryptionProblem
from oneinvoice_impl.webhooks.url_policy import LONGEST_URL, UrlNotAllowed

T = TypeVar("T")

URLS_PER_HOUR = 200
"""URLs that one organisation may try to register: each has its host looked up, and a row."""
WHICH = {"all": "All events, also those that are yet to come", "some": "Only those that I choose"}

_MOST_LISTED = 100
_LOOK_UP_SECONDS = 5.0
_URL_NEEDED = "Type the URL that is to receive webhooks, such as https://example.com/webhooks."


async def show_all(request: Request) -> Response:
    """GET /settings/webhooks."""
    user = current_user(request)
    rows = await services_of(request).read(lambda connection: user.endpoints(connection).overview(_MOST_LISTED))
    return render(request, "settings/webhooks.html", endpoints=rows, most=_MOST_LISTED)


async def show_new(request: Request) -> Response:
    """GET /settings/webhooks/new."""
    return _new_page(request, Form({"which": "all"}))


async def register(request: Request) -> Response:
    """POST /settings/webhooks/new: the secret is in this answer, and in no other."""
    form = Form.from_request(request)
    url = form.text("url", _URL_NEEDED, longest=LONGEST_URL)
    form.choice("which", WHICH, "Choose which events to send.")
    possible = services_of(request).webhooks.events
    events = None if form["which"] == "all" else [name for name in possible if name in form.all("events")]
    if events == []:
        form.errors["events"] = "Tick at least one event."
    return await register_endpoint(request, form, url, events)


async def register_endpoint(request: Request, form: Form, url: str, events: list[str] | None) -> Response:
    """Register it, unless the form or the URL is wrong: the page with its secret, or else that of the form."""
    services, user = services_of(request), current_user(request)
    await services.throttle.check("urls of", user.organisation.id, URLS_PER_HOUR)
    if "url" not in form.errors and (problem := await _url_problem(request, url)):
        form.errors["url"] = problem
    if form.errors:
        return _new_page(request, form)
    secret, at = new_secret(), services.clock()
    encrypted = _encrypted(request, secret)
    try:
        id = await services.transact(lambda connection: user.endpoints(connection).register(url, events, encrypted, at))
    except IllegalTransition as refusal:
        form.errors["url"] = str(refusal)
        return _new_page(request, form)
    return render(request, "settings/webhook_secret.html", id=id, url=url, secret=secret, until=None)


async def show(request: Request) -> Response:
    """GET /settings/webhooks/{id}."""
    user, id = current_user(request), request.path_params["id"]
    log_query = deliveries.LogQuery.from_request(request)

    def query(connection: Connection) -> tuple[RowMapping, LogPage]:
        endpoint = or_not_found(user.endpoints(connection).show(id))
        return endpoint, log_query.read(user.log(connection), id)

    endpoint, page = await services_of(request).read(query)
    at = services_of(request).clock()
    overlaps = endpoint["previous_until"] is not None and at < endpoint["previous_until"]
    values = deliveries.log_values(id, log_query, page)
    return render(request, "settings/webhook.html", endpoint=endpoint, overlaps=overlaps, fresh=False, **values)


async def rotate(request: Request) -> Response:
    """POST /settings/webhooks/{id}/rotate: the new secret is in this answer, and in no other."""
    services, secret = services_of(request), new_secret()
    encrypted, at = _encrypted(request, secret), services.clock()
    endpoint, until = await _change(request, lambda endpoints, row: endpoints.rotate(row, encrypted, at))
    return render(
        request, "settings/webhook_secret.html", id=endpoint["id"], url=endpoint["url"], secret=secret, until=until
    )


async def ping(request: Request) -> Response:
    """POST /settings/webhooks/{id}/ping."""
    await deliveries.count_sent(request)
    services = services_of(request)
    at = services.clock()
    endpoint, _ = await _change(request, lambda endpoints, row: outbox.store_ping(endpoints, row, at))
    to_inbox = services.extension is not None and endpoint["url"] == services.extension.inbox_url
    return redirect(request, INBOX_PAGE if to_inbox else f"{PATH}/{endpoint['id']}", "A test ping is on its way.")


async def disable(request: Request) -> Response:
    """POST /settings/webhooks/{id}/disable."""
    at = services_of(request).clock()
    endpoint, _ = await _change(request, lambda endpoints, row: endpoints.disable(row, at))
    return redirect(request, f"{PATH}/{endpoint['id']}", "The endpoint is disabled.")


async def enable(request: Request) -> Response:
    """POST /settings/webhooks/{id}/enable."""
    endpoint, _ = await _change(request, lambda endpoints, row: endpoints.enable(row))
    return redirect(request, f"{PATH}/{endpoint['id']}", "The endpoint is active again.")


ROUTES = (
    private(PATH, get=show_all),
    private(f"{PATH}/new", get=show_new, post=register),
    *deliveries.ROUTES,
    private(f"{PATH}/{{id}}", get=show),
    private(f"{PATH}/{{id}}/rotate", post=rotate),
    private(f"{PATH}/{{id}}/ping", post=ping),
    private(f"{PATH}/{{id}}/disable", post=disable),
    private(f"{PATH}/{{id}}/enable", post=enable),
)


async def _change(request: Request, change: Callable[[EndpointRepository, RowMapping], T]) -> tuple[RowMapping, T]:
    """Change the endpoint that the path names. Return what it was, and what came of it."""
    user: CurrentUser = current_user(request)

    def work(connection: Connection) -> tuple[RowMapping, T]:
        endpoints = user.endpoints(connection)
        row = or_not_found(endpoints.find(request.path_params["id"]))
        return row, change(endpoints, row)

    return await services_of(request).transact(work)


async def _url_problem(request: Request, url: str) -> str | None:
    try:
        async with asyncio.timeout(_LOOK_UP_SECONDS):
            await services_of(request).webhooks.url_policy.check(url)
    except UrlNotAllowed as refusal:
        return str(refusal)
    except TimeoutError:
        return "The URL's host could not be looked up in time; try again in a moment."
    return None


def _encrypted(request: Request, secret: str) -> bytes:
    try:
        return services_of(request).webhooks.encryption.encrypt(secret)
    except EncryptionProblem as problem:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, str(problem)) from problem


def _new_page(request: Request, form: Form) -> Response:
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(
        request,
        "settings/webhook_new.html",
        status=status,
        form=form,
        which=WHICH,
        events={name: name for name in services_of(request).webhooks.events},
    )
