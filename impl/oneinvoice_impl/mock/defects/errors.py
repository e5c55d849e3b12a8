"""Input that crashes the server, and errors that nobody documented."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import Defect
from oneinvoice_impl.mock.defects.wrapping import API, Answer, answering


def _bad_limit_crashes(request: Request, answer: Answer) -> None:
    if answer.status == HTTPStatus.BAD_REQUEST and "limit" in request.query_params:
        answer.become(HTTPStatus.INTERNAL_SERVER_ERROR)


def _inactive_not_found(request: Request, answer: Answer) -> None:
    inactive = request.url.path == f"{API}/members" and request.query_params.get("status") == "inactive"
    if inactive and answer.status == HTTPStatus.OK:
        answer.become(HTTPStatus.NOT_FOUND)


DEFECTS = [
    Defect("bad-limit-crashes", "ERR-1", "A bad limit gets 500.", answering(_bad_limit_crashes)),
    Defect(
        "inactive-not-found", "ERR-2", "The filter status=inactive on members gets 404.", answering(_inactive_not_found)
    ),
]
