"""Errors as the API answers them: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException

PROBLEM_JSON = "application/problem+json"


class Problem(HTTPException):
    """An error to answer with; `detail` is one sentence that a person can act on.

    `members` are further members of the body, such as `errors`.
    """

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(status, detail, headers)
        self.members = members or {}


def bad_parameters(errors: Mapping[str, str]) -> Problem:
    """Return 400 for parameters that are not valid: a message such as `must be 1 or 2` by the parameter's name."""
    return Problem(
        HTTPStatus.BAD_REQUEST,
        "; ".join(f"{parameter} {message}" for parameter, message in errors.items()) + ".",
        members={"errors": [{"parameter": name, "message": message} for name, message in errors.items()]},
    )


def unauthorized(detail: str, challenge: str = "Bearer") -> Problem:
    """Return 401 with the challenge of RFC 6750, section 3."""
    return Problem(HTTPStatus.UNAUTHORIZED, detail, headers={"WWW-Authenticate": challenge})


def problem_body(problem: Problem, request_id: str) -> bytes:
    """Return the body of the answer."""
    status = HTTPStatus(problem.status_code)
    content = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": problem.detail,
        "request_id": request_id,
        **problem.members,
    }
    return json.dumps(content, ensure_ascii=False).encode()
