"""Discovery that can't be read, or doesn't tell everything."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer


@defect("DISC-1", changes_answer)
def discovery_needs_key(request: Request, answer: Answer) -> None:
    """Discovery answers 401 without a key."""
    if request.url.path == API and "Authorization" not in request.headers:
        answer.become(HTTPStatus.UNAUTHORIZED)


@defect("DISC-2", changes_answer)
def discovery_omits_invoices(request: Request, answer: Answer) -> None:
    """Discovery does not name invoices."""
    if request.url.path == API:
        content = answer.content
        content["endpoints"] = [each for each in content["endpoints"] if not each["path"].endswith("/invoices")]
        answer.content = content
