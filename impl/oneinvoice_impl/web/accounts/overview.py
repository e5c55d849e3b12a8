"""The first page: what the organisation has, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.current_user import CurrentUser
from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import private
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import current_user


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of records; of keys and webhooks those that work."""

    members: int
    quotes: int
    invoices: int
    keys: int
    webhooks: int


async def show(request: Request) -> Response:
    """GET /."""
    user = current_user(request)
    counts = await services_of(request).read(lambda connection: _count(user, connection))
    return render(
        request,
        "accounts/overview.html",
        organisation=user.organisation,
        counts=counts,
        origin=services_of(request).settings.site,
    )


ROUTES = (private("/", get=show),)


def _count(user: CurrentUser, connection: Connection) -> Counts:
    return Counts(
        **user.browse.totals(connection),
        keys=sum(key["revoked_at"] is None for key in user.keys(connection).list()),
        webhooks=len(user.endpoints(connection).active()),
    )
