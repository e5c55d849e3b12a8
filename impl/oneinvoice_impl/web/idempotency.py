"""Idempotent forms: a form carries the id of the record that it creates, so that sending it twice creates one.

Two clicks, or the same page sent again, ask for the same id; whoever finds that it is there leads to it. The id is
made here and marked for the session, so that nobody asks for one that is somebody else's.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request

from oneinvoice_impl.domain.ids import new_id
from oneinvoice_impl.web.csrf import FORM_EXPIRED
from oneinvoice_impl.web.forms import Form
from oneinvoice_impl.web.session import session

FIELD = "idempotency_token"


def new_idempotency_token(request: Request, prefix: str) -> str:
    """Return the token that a new form carries in `FIELD`; `prefix` is that of the id."""
    id = new_id(prefix)
    return f"{id}.{_mark(request, id)}"


def idempotent_id(request: Request, form: Form, prefix: str) -> str:
    """Return the id that a form carries. Raises `HTTPException` (403) if it isn't one that was made for it."""
    id, _, mark = form[FIELD].partition(".")
    if not hmac.compare_digest(mark.encode(), _mark(request, id).encode()) or not id.startswith(f"{prefix}_"):
        raise HTTPException(HTTPStatus.FORBIDDEN, FORM_EXPIRED)
    return id


def _mark(request: Request, id: str) -> str:
    return session(request).token(b"idempotency " + id.encode())
