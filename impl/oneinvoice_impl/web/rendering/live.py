"""Parts of pages that the browser polls, and gets only when they have changed."""

from __future__ import annotations

import hashlib
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from oneinvoice_impl.web.rendering.pages import render

_DIGITS = 16


def content_version(*shown: object) -> str:
    """Return a hash of all that a part shows, which tells two of its states apart."""
    return hashlib.sha256(repr(shown).encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]


def live_part(request: Request, template: str, *, seen: str, **values: Any) -> Response:
    """Return the part in its version `seen`; 204 to a browser that shows it already, so that focus stays."""
    if request.query_params.get("seen") == seen:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return render(request, template, seen=seen, fresh=True, **values)
