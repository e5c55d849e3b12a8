"""Discovery that can't be read, or doesn't tell everything."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering


def _needs_key(request: Request, answer: Answer) -> None:
    if request.url.path == API and "Authorization" not in request.headers:
        answer.become(HTTPStatus.UNAUTHORIZED)


def _omits_invoices(request: Request, answer: Answer) -> None:
    if request.url.path == API:
        content = answer.content
        content["endpoints"] = [each for each in content["endpoints"] if not each["path"].endswith("/invoices")]
        answer.content = content


DEFECTS = [
    Defect("discovery-needs-key", "DISC-1", "Discovery answers 401 without a key.", answering(_needs_key)),
    Defect("discovery-omits-invoices", "DISC-2", "Discovery does not name invoices.", answering(_omits_invoices)),
]
