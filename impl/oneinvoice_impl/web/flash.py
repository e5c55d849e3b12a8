"""One sentence that the next page shows, once: what was just done.

It travels in a cookie that only this session can have made, since visitors who are not logged in have no place here.
"""

from __future__ import annotations

import base64
import hmac

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.web.services import through_tls
from oneinvoice_impl.web.session import cookie_name, session, set_cookie

_COOKIE = "flash"
_SECONDS = 60
_LONGEST = 1000


def put_flash(request: Request, response: Response, text: str) -> None:
    """Have the next page show `text`."""
    text = text[:_LONGEST]
    value = base64.urlsafe_b64encode(text.encode()).decode() + "." + _mark(request, text)
    _set(request, response, value, _SECONDS)


def take_flash(request: Request) -> str | None:
    """Return the sentence that the answer before wanted to be shown, if any."""
    encoded, dot, mark = request.cookies.get(cookie_name(request, _COOKIE), "").partition(".")
    if not dot or not session(request).sent:
        return None
    try:
        text = base64.urlsafe_b64decode(encoded).decode()
    except ValueError:
        return None
    return text if hmac.compare_digest(mark.encode(), _mark(request, text).encode()) else None


def forget_flash(request: Request, response: Response) -> None:
    """Have no page show it again."""
    _set(request, response, "", 0)


def _set(request: Request, response: Response, value: str, seconds: int) -> None:
    response.headers.append(
        "Set-Cookie", set_cookie(cookie_name(request, _COOKIE), value, through_tls(request), seconds)
    )


def _mark(request: Request, text: str) -> str:
    return session(request).token(b"flash " + text.encode())
