"""Log in with a link that comes by e-mail, and log out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.email import is_address, kept_address
from oneinvoice_impl.mail import Mail
from oneinvoice_impl.store.accounts import login_links, sessions
from oneinvoice_impl.store.accounts.login_links import LINK_LIFE
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.headers import NO_REFERRER
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import public
from oneinvoice_impl.web.services import DashboardServices, services_of
from oneinvoice_impl.web.session import digest, new_value, session
from oneinvoice_impl.web.throttle import client_network

LINKS_PER_ADDRESS = 5
LINKS_PER_CLIENT = 20
VISITS_PER_CLIENT = 100
"""Each in an hour: links that are sent, and visits of links."""

_ADDRESS_NEEDED = "Type your e-mail address, such as kari@nordlys.example."
_NO_MAIL = "This service can't send e-mail yet: whoever runs it must set ONEINVOICE_SMTP_URL."
_TEXT = """Hello,

open this link within {minutes} minutes to log in to 1invoice. It works once.

If you didn't ask for it, ignore this mail: nobody can log in without the link.
"""


async def show(request: Request) -> Response:
    """GET /login."""
    if session(request).user is not None:
        return redirect(request, "/")
    return _login_page(request, Form())


async def send_link(request: Request) -> Response:
    """POST /login: the same for every address, whether somebody has logged in with it before or not."""
    form = Form.from_request(request)
    email = kept_address(form.text("email", _ADDRESS_NEEDED, longest=254)).lower()
    if not form.errors and not is_address(email):
        form.errors["email"] = _ADDRESS_NEEDED
    if form.errors:
        return _login_page(request, form)
    services = services_of(request)
    if services.mailer is None:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, _NO_MAIL)
    await services.throttle.check("link from", client_network(request), LINKS_PER_CLIENT)
    await services.throttle.check("link to", email, LINKS_PER_ADDRESS)
    token, at = new_value(), services.clock()
    await services.transact(lambda connection: login_links.add_link(connection, digest(token), email, at))
    services.mailer.send(_mail(services, email, token, at))
    return render(request, "accounts/login_sent.html", email=email, minutes=_minutes(), mailbox=services.has_mailbox)


async def show_link(request: Request) -> Response:
    """GET /login/{token}: only a page with a button, since programs that look through mails open links too."""
    services = services_of(request)
    await services.throttle.check("visit from", client_network(request), VISITS_PER_CLIENT)
    token_digest, at = digest(request.path_params["token"]), services.clock()
    usable = await services.read(lambda connection: login_links.is_usable_link(connection, token_digest, at))
    return render(request, "accounts/login_link.html", headers=NO_REFERRER) if usable else _useless_link(request)


async def redeem_link(request: Request) -> Response:
    """POST /login/{token}."""
    await services_of(request).throttle.check("visit from", client_network(request), VISITS_PER_CLIENT)
    token_digest = digest(request.path_params["token"])
    if not await log_in(request, lambda connection, at: login_links.redeem_link(connection, token_digest, at)):
        return _useless_link(request)
    return redirect(request, "/")


async def log_in(request: Request, find_user: Callable[[Connection, datetime], str | None]) -> bool:
    """Log the visitor in as the user with the id that is found, and tell whether there is one.

    The session takes another value, so that nobody can have known it.
    """
    services, visit = services_of(request), session(request)
    at, before, value = services.clock(), visit.digest, new_value()

    def work(connection: Connection) -> bool:
        user_id = find_user(connection, at)
        if user_id is None:
            return False
        sessions.end_session(connection, before)
        sessions.begin_session(connection, digest(value), user_id, services.session_clock())
        return True

    if not await services.transact(work):
        return False
    visit.renew(value)
    return True


async def log_out(request: Request) -> Response:
    """POST /logout."""
    visit = session(request)
    before = visit.digest
    await services_of(request).transact(lambda connection: sessions.end_session(connection, before))
    visit.renew(new_value())
    return redirect(request, "/login", "You are logged out.")


ROUTES = (
    public("/login", get=show, post=send_link),
    public("/login/{token}", get=show_link, post=redeem_link),
    public("/logout", post=log_out),
)


def _login_page(request: Request, form: Form) -> Response:
    services = services_of(request)
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    problem = _NO_MAIL if services.mailer is None else None
    return render(
        request, "accounts/login.html", status=status, form=form, problem=problem, mailbox=services.has_mailbox
    )


def _useless_link(request: Request) -> Response:
    return render(
        request, "accounts/login_useless.html", status=HTTPStatus.NOT_FOUND, headers=NO_REFERRER, minutes=_minutes()
    )


def _mail(services: DashboardServices, email: str, token: str, at: datetime) -> Mail:
    text = _TEXT.format(minutes=_minutes())
    return Mail(email, "Your link to log in to 1invoice", text, at, f"{services.settings.site}/login/{token}")


def _minutes() -> int:
    return int(LINK_LIFE.total_seconds()) // 60
