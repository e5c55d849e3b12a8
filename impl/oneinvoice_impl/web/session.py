"""Sessions: a cookie that only this browser has, and whoever is logged in with it.

Anonymous visitors have a cookie too once they see a form, to bind its token to; only of those who are logged in there
is a row in the database, by the digest of the cookie's value.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.store.accounts import sessions
from oneinvoice_impl.store.accounts.sessions import SESSION_LIFE, TOUCHED_EVERY, ValidSession
from oneinvoice_impl.store.accounts.users import User
from oneinvoice_impl.store.announcements import upcoming
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.web.current_user import CurrentUser
from oneinvoice_impl.web.services import services_of, through_tls

_KEY = "oneinvoice.session"
_BYTES = 32
_SHAPE = re.compile("[A-Za-z0-9_-]{43}")


class Session:
    """The session of one visitor. `user` is None, and `announcements` is empty, for whoever is not logged in."""

    def __init__(self, value: str | None, user: User | None = None, announcements: list[Announcement] | None = None):
        """`value` is what the browser sent, if it sent one."""
        self.sent = value
        self._value = value
        self.user = user
        self.announcements = announcements or []

    @property
    def value(self) -> str:
        """The cookie's value, which the visitor will have from this answer on."""
        if self._value is None:
            self._value = new_value()
        return self._value

    @property
    def digest(self) -> str:
        """The digest by which the database knows it."""
        return digest(self.value)

    def token(self, purpose: bytes) -> str:
        """Return a token in hex that is bound to this session and a purpose, such as its CSRF token."""
        return hmac.new(self.value.encode(), purpose, hashlib.sha256).hexdigest()

    def renew(self, value: str) -> None:
        """Replace the cookie's value, which protects a login against session fixation."""
        self._value = value
        self.user, self.announcements = None, []

    def cookie(self, name: str, secure: bool) -> str | None:
        """Return the header that gives the browser its value, if it doesn't have it yet."""
        if self._value is None or self._value == self.sent:
            return None
        return set_cookie(name, self._value, secure, int(SESSION_LIFE.total_seconds()))


class Sessions:
    """ASGI middleware that attaches the visitor's session to each request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HTTPConnection(scope)
        secure, name = through_tls(request), cookie_name(request, "session")
        visit = scope[_KEY] = await _find(request, name)

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start" and (cookie := visit.cookie(name, secure)):
                MutableHeaders(scope=message).append("Set-Cookie", cookie)
            await send(message)

        await self._app(scope, receive, send_with_cookie)


def session(request: HTTPConnection) -> Session:
    """Return the session of a request; where the database failed on the way to it, an anonymous one."""
    attached: Session = request.scope.get(_KEY) or Session(None)
    return attached


def current_user(request: HTTPConnection) -> CurrentUser:
    """Return the user of a request that is routed as `private`: somebody with an organisation is logged in."""
    user = session(request).user
    assert user is not None, "the route is private"
    assert user.organisation is not None, "the route is private"
    return CurrentUser(user, user.organisation)


def new_value() -> str:
    """Return a cookie's value that nobody can guess."""
    return secrets.token_urlsafe(_BYTES)


def digest(value: str) -> str:
    """Return SHA-256 in hex: enough for 256 random bits."""
    return hashlib.sha256(value.encode()).hexdigest()


def cookie_name(request: HTTPConnection, name: str) -> str:
    """Return the name of a cookie, with the port, as browsers send one to all ports of a host (RFC 6265, 8.5).

    Where there is TLS, it has the prefix that browsers take from this very host alone.
    """
    port = request.headers.get("host", "").rpartition(":")[2]
    by_port = f"{name}_{port}" if port.isascii() and port.isdecimal() else name
    return f"__Host-{by_port}" if through_tls(request) else by_port


def set_cookie(name: str, value: str, secure: bool, max_age: int) -> str:
    """Return the value of a `Set-Cookie` header."""
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{'; Secure' if secure else ''}"


async def _find(request: HTTPConnection, name: str) -> Session:
    value = request.cookies.get(name)
    if value is None or not _SHAPE.fullmatch(value):
        return Session(None)
    services = services_of(request)
    at, today = services.session_clock(), services.clock().date()
    value_digest = digest(value)

    def query(connection: Connection) -> tuple[ValidSession | None, list[Announcement]]:
        stored = sessions.find_session(connection, value_digest, at)
        return stored, upcoming(connection, today) if stored else []

    stored, announcements = await services.read(query)
    if stored is None:
        return Session(value)
    if abs(at - stored.seen_at) >= TOUCHED_EVERY:
        await services.transact(lambda connection: sessions.touch_session(connection, value_digest, at))
    return Session(value, stored.user, announcements)
