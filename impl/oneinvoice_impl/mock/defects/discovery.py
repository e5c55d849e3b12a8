"""Discovery that can't be read, or doesn't tell everything."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering


@defect("DISC-1", answering)
def discovery_needs_key(request: Request, answer: Answer) -> None:
    """Discovery answers 401 without a key."""
    if request.url.path == API and "Authorization" not in request.headers:
        answer.become(HTTPStatus.UNAUTHORIZED)


@defect("DISC-2", answering)
def discovery_omits_invoices(request: Request, answer: Answer) -> None:
    """Discovery does not name invoices."""
    if request.url.path == API:
        content = answer.content
        content["endpoints"] = [each for each in content["endpoints"] if not each["path"].endswith("/invoices")]
        answer.content = content
