"""The first login makes the organisation."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.store.accounts import users
from oneinvoice_impl.store.accounts.users import User
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import public
from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import session

KINDS = {"company": "A company", "association": "An association"}


async def show(request: Request) -> Response:
    """GET /welcome."""
    if isinstance(newcomer := _newcomer(request), Response):
        return newcomer
    return _page(request, Form())


async def create(request: Request) -> Response:
    """POST /welcome."""
    if isinstance(newcomer := _newcomer(request), Response):
        return newcomer
    form = Form.from_request(request)
    name = form.text("name", "Type the name of your company or association.")
    kind = form.choice("kind", KINDS, "Choose what it is.")
    if form.errors:
        return _page(request, form)
    user_id, at = newcomer.id, services_of(request).clock()
    await services_of(request).transact(
        lambda connection: users.create_organisation(connection, user_id, name, kind, at)
    )
    return redirect(request, "/", f"Welcome. {name} is ready.")


ROUTES = (public("/welcome", get=show, post=create),)


def _newcomer(request: Request) -> User | Response:
    """Return the user who has no organisation yet, or where to go instead."""
    user = session(request).user
    if user is None:
        return redirect(request, "/login")
    return redirect(request, "/") if user.organisation is not None else user


def _page(request: Request, form: Form) -> Response:
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    return render(request, "accounts/welcome.html", status=status, form=form, kinds=KINDS)
