"""Protection against cross-site request forgery (CSRF): a POST must come from a form of our own pages.

Every POST is checked here, before its handler, so that none can forget it.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from oneinvoice_impl.web.services import services_of
from oneinvoice_impl.web.session import session

FIELD = "csrf"
LONGEST = 64 * 1024
LONGEST_UPLOAD = 16 * 1024 * 1024
"""Bytes of a form with a file, which only those who are logged in may send."""

_KEY = "oneinvoice.form"
_MOST_FIELDS = 200
_OTHER_CHARSET = "Send the form in UTF-8, and without naming a charset."
FORM_EXPIRED = "This form is from another session or page; load the page again, and send it once more."
_SAFE = ("GET", "HEAD", "OPTIONS")


class Csrf:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in _SAFE:
            await self._app(scope, receive, send)
            return
        request = Request(scope, _bounded(scope, receive))
        if not _is_same_origin(request):
            raise HTTPException(HTTPStatus.FORBIDDEN, FORM_EXPIRED)
        # Some would raise errors of other kinds, or take a second for what UTF-8 does in no time.
        if _is_upload(scope) and "charset" in _content_type(scope):
            raise HTTPException(HTTPStatus.BAD_REQUEST, _OTHER_CHARSET)
        async with request.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=LONGEST) as form:
            sent = form.get(FIELD)
            if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), token(request).encode()):
                raise HTTPException(HTTPStatus.FORBIDDEN, FORM_EXPIRED)
            scope[_KEY] = form
            await self._app(scope, receive, send)


def token(request: HTTPConnection) -> str:
    """Return the token that a form must carry; the visitor has a session from here on."""
    return session(request).token(b"csrf")


def sent_form(request: HTTPConnection) -> FormData:
    """Return the form that a POST carries."""
    form: FormData = request.scope[_KEY]
    return form


def _is_same_origin(request: Request) -> bool:
    """Tell whether the browser says that a page of ours sent it, or doesn't say.

    A page with `Referrer-Policy: no-referrer` sends the origin `null`; what it is then rests with `Sec-Fetch-Site`, if
    that is sent, and with the token.
    """
    fetch_site = request.headers.get("sec-fetch-site")
    if fetch_site not in (None, "same-origin", "none"):
        return False
    origin = request.headers.get("origin", "null").lower()
    host = request.headers.get("host", "").lower()
    return origin in ("null", f"http://{host}", f"https://{host}", services_of(request).settings.origin)


def _bounded(scope: Scope, receive: Receive) -> Receive:
    upload = session(HTTPConnection(scope)).user is not None and _is_upload(scope)
    longest = LONGEST_UPLOAD if upload else LONGEST
    length = 0

    async def receive_at_most() -> Message:
        nonlocal length
        message = await receive()
        length += len(message.get("body", b""))
        if length > longest:
            raise HTTPException(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The form is longer than {longest // 1024} KiB; send less."
            )
        return message

    return receive_at_most


def _is_upload(scope: Scope) -> bool:
    return _content_type(scope).startswith("multipart/form-data")


def _content_type(scope: Scope) -> str:
    return HTTPConnection(scope).headers.get("content-type", "").lower()
