"""The first page: what the organisation has, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.store.records.scope import Page
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.current_user import Actor
from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import private
from oneinvoice_impl.web.services import site
from oneinvoice_impl.web.session import actor

_NOTHING_BUT_THE_TOTAL = Page(limit=0, offset=0)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are; of keys and webhooks those that work."""

    members: int
    quotes: int
    invoices: int
    keys: int
    webhooks: int


async def show(request: Request) -> Response:
    """GET /."""
    who = actor(request)
    counts = await site(request).read(lambda connection: _count(who, connection))
    return render(
        request, "overview.html", organisation=who.organisation, counts=counts, origin=site(request).settings.origin
    )


ROUTES = (private("/", get=show),)


def _count(who: Actor, connection: Connection) -> Counts:
    scope = who.scope
    return Counts(
        members=scope.members(connection, _NOTHING_BUT_THE_TOTAL).total,
        quotes=scope.quotes(connection, _NOTHING_BUT_THE_TOTAL).total,
        invoices=scope.invoices(connection, _NOTHING_BUT_THE_TOTAL).total,
        keys=sum(key["revoked_at"] is None for key in who.keys(connection).list()),
        webhooks=len(who.endpoints(connection).active()),
    )
