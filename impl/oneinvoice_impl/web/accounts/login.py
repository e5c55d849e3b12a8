"""Log in with a link that comes by e-mail, and log out."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.domain.email import is_address
from oneinvoice_impl.mail import Mail
from oneinvoice_impl.store.accounts import users as accounts
from oneinvoice_impl.store.accounts.users import LINK_LIFE
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.headers import NO_REFERRER
from oneinvoice_impl.web.rendering.pages import redirect, render
from oneinvoice_impl.web.routing import public
from oneinvoice_impl.web.services import Site, site
from oneinvoice_impl.web.session import digest, new_value, session
from oneinvoice_impl.web.throttle import client

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
    form = Form.sent(request)
    email = form.text("email", _ADDRESS_NEEDED, longest=254).lower()
    if not form.errors and not is_address(email):
        form.errors["email"] = _ADDRESS_NEEDED
    if form.errors:
        return _login_page(request, form)
    here = site(request)
    if here.mailer is None:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, _NO_MAIL)
    here.throttle.check("link from", client(request), LINKS_PER_CLIENT)
    here.throttle.check("link to", email, LINKS_PER_ADDRESS)
    token, at = new_value(), here.clock()
    await here.transact(lambda connection: accounts.add_link(connection, digest(token), email, at))
    here.mailer.send(_mail(here, email, token, at))
    return render(request, "login_sent.html", email=email, minutes=_minutes(), mailbox=here.has_mailbox)


async def show_link(request: Request) -> Response:
    """GET /login/{token}: only a page with a button, since programs that look through mails open links too."""
    here = site(request)
    here.throttle.check("visit from", client(request), VISITS_PER_CLIENT)
    token_digest, at = digest(request.path_params["token"]), here.clock()
    usable = await here.read(lambda connection: accounts.is_link(connection, token_digest, at))
    return render(request, "login_link.html", headers=NO_REFERRER) if usable else _useless_link(request)


async def use_link(request: Request) -> Response:
    """POST /login/{token}: the session takes another value, so that nobody can have known it."""
    here, visit = site(request), session(request)
    here.throttle.check("visit from", client(request), VISITS_PER_CLIENT)
    token_digest, at, before, value = digest(request.path_params["token"]), here.clock(), visit.digest, new_value()

    def work(connection: Connection) -> bool:
        user_id = accounts.use_link(connection, token_digest, at)
        if user_id is None:
            return False
        accounts.end_session(connection, before)
        accounts.begin_session(connection, digest(value), user_id, at)
        return True

    if not await here.transact(work):
        return _useless_link(request)
    visit.renew(value)
    return redirect(request, "/")


async def log_out(request: Request) -> Response:
    """POST /logout."""
    visit = session(request)
    before = visit.digest
    await site(request).transact(lambda connection: accounts.end_session(connection, before))
    visit.renew(new_value())
    return redirect(request, "/login", "You are logged out.")


ROUTES = (
    public("/login", get=show, post=send_link),
    public("/login/{token}", get=show_link, post=use_link),
    public("/logout", post=log_out),
)


def _login_page(request: Request, form: Form) -> Response:
    here = site(request)
    status = HTTPStatus.BAD_REQUEST if form.errors else HTTPStatus.OK
    problem = _NO_MAIL if here.mailer is None else None
    return render(request, "login.html", status=status, form=form, problem=problem, mailbox=here.has_mailbox)


def _useless_link(request: Request) -> Response:
    return render(request, "login_useless.html", status=HTTPStatus.NOT_FOUND, headers=NO_REFERRER, minutes=_minutes())


def _mail(here: Site, email: str, token: str, at: datetime) -> Mail:
    text = _TEXT.format(minutes=_minutes())
    return Mail(email, "Your link to log in to 1invoice", text, at, f"{here.settings.origin}/login/{token}")


def _minutes() -> int:
    return int(LINK_LIFE.total_seconds()) // 60
