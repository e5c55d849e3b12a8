"""The mails that a mock didn't send."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.mock.extension import MAILBOX
from oneinvoice_impl.web.rendering.pages import render
from oneinvoice_impl.web.routing import public
from oneinvoice_impl.web.services import site


async def show(request: Request) -> Response:
    """GET /_mock/mailbox."""
    local = site(request).local
    assert local is not None, "only a mock has the route"
    if not local.is_own(request):
        raise HTTPException(
            HTTPStatus.FORBIDDEN, "The mailbox is for the user of the mock alone; open it at the mock's own address."
        )
    return render(request, "mailbox.html", mails=local.mailbox.mails)


ROUTES = (public(MAILBOX, get=show),)
