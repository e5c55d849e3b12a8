"""Input that crashes the server, and errors that nobody documented."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request

from oneinvoice_impl.mock.defects.defect import defect
from oneinvoice_impl.mock.defects.middleware import API, Answer, changes_answer


@defect("ERR-1", changes_answer)
def bad_limit_crashes(request: Request, answer: Answer) -> None:
    """A bad limit gets 500."""
    if answer.status == HTTPStatus.BAD_REQUEST and "limit" in request.query_params:
        answer.become(HTTPStatus.INTERNAL_SERVER_ERROR)


@defect("ERR-2", changes_answer)
def inactive_not_found(request: Request, answer: Answer) -> None:
    """The filter status=inactive on members gets 404."""
    inactive = request.url.path == f"{API}/members" and request.query_params.get("status") == "inactive"
    if inactive and answer.status == HTTPStatus.OK:
        answer.become(HTTPStatus.NOT_FOUND)
