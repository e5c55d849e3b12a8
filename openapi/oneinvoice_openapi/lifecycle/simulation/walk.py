"""Walk of a mock through days: a sandbox of its own is set to each, and asked what it serves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from oneinvoice_openapi.contract import operations
from oneinvoice_openapi.lifecycle.entries import Kind, Lifecycle, Subject
from oneinvoice_openapi.lifecycle.simulation.served import Served
from oneinvoice_openapi.lifecycle.subjects import version_of
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.running_mock import Answer, RunningMock

_WITHOUT_DATA = {"scale": 0, "rate_limit": 10_000}
_GET = "GET "

Observed = dict[date, dict[str, Served]]
"""Answers by day, and by operation such as `GET /api/v1`."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Mock within a mock, with data and a clock of its own. `key` is one of its own."""

    id: str
    key: str


def asked(lifecycle: Lifecycle, document: dict[str, Any]) -> tuple[str, ...]:
    """Return the operations to ask for: each GET whose path is whole, and the roots of versions without one."""
    found = [f"{method} {path}" for path, method, _ in operations(document) if _is_askable(method, path)]
    for entry in lifecycle.entries:
        subject = entry.subject
        if subject.kind is Kind.OPERATION and _is_askable(*subject.name.split(" ")):
            found.append(subject.name)
        elif subject.kind is Kind.VERSION and not any(_version(each) == subject for each in found):
            found.append(_GET + subject.path)
    return tuple(dict.fromkeys(found))


def walk(
    mock: RunningMock, sandbox: Sandbox, operations: Sequence[str], first: date, last: date, step: Callable[[], None]
) -> Observed:
    """Return what is served on each day from 00:00 UTC on. `step` is called before each. Raises `Unusable`."""
    observed: Observed = {}
    for number in range((last - first).days + 1):
        step()
        day = first + timedelta(number)
        with mock.reached():
            status, content = mock.control("POST", f"/sandboxes/{sandbox.id}/clock", {"set": f"{day}T00:00:00Z"})
            if status != 200:
                told = str(content["detail"]).rstrip(".")
                raise Unusable(f"{mock.url} doesn't set its clock to {day} ({status}: {told}).")
            observed[day] = {each: _served(mock.ask(*_request(sandbox, each))) for each in operations}
    return observed


@contextmanager
def sandbox(mock: RunningMock) -> Iterator[Sandbox]:
    """Make a sandbox without records, and remove it at the end. Raises `Unusable`."""
    with mock.reached():
        status, content = mock.control("POST", "/sandboxes", _WITHOUT_DATA)
        if status != 201:
            raise mock.refused(status, str(content["detail"]), "make a sandbox")
        made = Sandbox(quote(str(content["id"]), safe=""), str(content["keys"]["primary"]))
    try:
        yield made
    finally:
        with suppress(Unusable), mock.reached():
            mock.control("DELETE", f"/sandboxes/{made.id}")


def outermost(url: str) -> str:
    """Return the URL of the mock that a sandbox is of; that of a mock itself stays."""
    return re.sub(r"/sandboxes/[^/]+/*$", "", url)


def path_of(sandbox: Sandbox, path: str) -> str:
    """Return the path below which a sandbox serves a path of its own."""
    return f"/sandboxes/{sandbox.id}{quote(path, safe='/%:@!$&()*+,;=~')}"


def _is_askable(method: str, path: str) -> bool:
    return method == "GET" and "{" not in path


def _version(operation: str) -> Subject | None:
    return version_of(Subject(Kind.OPERATION, operation))


def _request(sandbox: Sandbox, operation: str) -> tuple[str, str, None, str]:
    method, path = operation.split(" ", 1)
    return method, path_of(sandbox, path), None, sandbox.key


def _served(answer: Answer) -> Served:
    detail = ""
    if answer.status == 410:
        with suppress(ValueError, LookupError, TypeError):
            detail = str(answer.json()["detail"])
    header = answer.headers.get
    return Served(answer.status, header("Deprecation"), header("Sunset"), header("Link"), detail)
