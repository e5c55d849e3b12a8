"""What a mock's own receiver got, and whether its signature holds."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.mock.extension import Local
from oneinvoice_impl.mock.inbox import MOST_FAILURES, PAGE, SLOW_SECONDS, Arrival
from oneinvoice_impl.mock.pages.verification import Secrets, Verification, verify
from oneinvoice_impl.store.webhooks.delivery_queue import Parcel
from oneinvoice_impl.store.webhooks.endpoints import OVERLAP
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.excerpt import excerpt
from oneinvoice_impl.web.rendering.live import part, version
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import private
from oneinvoice_impl.web.services import Site, site
from oneinvoice_impl.web.session import actor
from oneinvoice_impl.web.settings.webhooks import add
from oneinvoice_impl.webhooks.secret_encryption import VaultProblem

FAILING = {"error": "500 Internal Server Error", "slow": f"200 OK, but only after {SLOW_SECONDS:g} seconds"}

_DELIVERY = "x-1invoice-delivery"
_EVENT = "x-1invoice-event"


async def show_all(request: Request) -> Response:
    """GET /settings/webhooks/inbox."""
    return await _page(request, Form({"failing": _local(request).inbox.failing, "times": "1"}))


async def show_list(request: Request) -> Response:
    """GET /settings/webhooks/inbox/list: the part of the page that goes with the time."""
    arrivals = await _own(request)
    return part(request, "inbox_list.html", arrivals=arrivals, seen=_version(request, arrivals))


async def show(request: Request) -> Response:
    """GET /settings/webhooks/inbox/{number}."""
    number = request.path_params["number"]
    for arrival, verification in await _own(request):
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


async def register(request: Request) -> Response:
    """POST /settings/webhooks/inbox/register: have all events sent here."""
    who, url = actor(request), _local(request).inbox_url
    active = await site(request).read(lambda connection: who.endpoints(connection).active())
    if url in active:
        return redirect(request, PAGE, "This mock's inbox is registered already.")
    return await add(request, Form({"url": url, "which": "all"}), url, None)


async def fail(request: Request) -> Response:
    """POST /settings/webhooks/inbox: how the next ones are answered."""
    form = Form.sent(request)
    failing = form.choice("failing", FAILING, "Choose what to answer.")
    times = form.text("times", "Type how often.", longest=2)
    if "times" not in form.errors and not (times.isascii() and times.isdigit() and int(times) <= MOST_FAILURES):
        form.errors["times"] = f"Type a number from 0 to {MOST_FAILURES}."
    if form.errors:
        return await _page(request, form)
    _local(request).inbox.fail(failing, int(times))
    return redirect(request, PAGE, _told(failing, int(times)))


ROUTES = (
    private(PAGE, get=show_all, post=fail),
    private(f"{PAGE}/list", get=show_list),
    private(f"{PAGE}/register", post=register),
    private(f"{PAGE}/{{number:int}}", get=show),
)


async def _page(request: Request, form: Form) -> Response:
    who, local = actor(request), _local(request)
    active = await site(request).read(lambda connection: who.endpoints(connection).active())
    arrivals = await _own(request)
    return render(
        request,
        "inbox.html",
        status=HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK,
        form=form,
        endpoint_id=active.get(local.inbox_url),
        arrivals=arrivals,
        seen=_version(request, arrivals),
        failing=FAILING,
        fresh=False,
    )


async def _own(request: Request) -> Sequence[tuple[Arrival, Verification]]:
    """The arrivals of the actor's organisation, newest first; and what names no delivery, which is nobody's."""
    who, here = actor(request), site(request)
    arrivals = _local(request).inbox.arrivals
    named = {arrival.header(_DELIVERY) or "" for arrival in arrivals}

    def query(connection: Connection) -> dict[str, Parcel]:
        return who.log(connection).parcels(named)

    parcels, at = await here.read(query), here.clock()
    found = []
    for arrival in arrivals:
        parcel = parcels.get(arrival.header(_DELIVERY) or "")
        if parcel is not None or not any(name == _DELIVERY for name, _ in arrival.headers):
            found.append((arrival, verify(arrival, _secrets(here, parcel) if parcel else None, at)))
    return found


def _secrets(here: Site, parcel: Parcel) -> Secrets | None:
    """What signs that delivery; None if it can't be read."""
    decrypt, until = here.webhooks.vault.decrypt, parcel.previous_until
    try:
        previous = None if parcel.previous_secret is None else decrypt(parcel.previous_secret)
        return Secrets(decrypt(parcel.secret), previous, until, None if until is None else until - OVERLAP)
    except VaultProblem:
        return None


def _version(request: Request, arrivals: Sequence[tuple[Arrival, Verification]]) -> str:
    return version(
        _local(request).inbox.failures, *((arrival.number, verification.verified) for arrival, verification in arrivals)
    )


def _local(request: Request) -> Local:
    local = site(request).local
    assert local is not None, "only a mock has the route"
    return local


def _told(failing: str, times: int) -> str:
    if times == 0:
        return "The inbox answers 200 OK."
    which = "The next one is" if times == 1 else f"The next {times} are"
    return f"{which} answered with {FAILING[failing]}."
