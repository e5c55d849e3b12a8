"""One request in a run that goes wrong by chance, whichever it is, fails nothing and leaves nothing open."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import pytest
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.pacer import Clock, Pacer
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from oneinvoice_conformance.model.scope import Scope
from werkzeug.test import Client as WSGIClient
from werkzeug.wrappers import Response

from tests.conformance.judging import (
    ALARM,
    BUT_HOOKS,
    CONTRACT,
    MINIATURE_KEYS,
    NAMES,
    OPEN,
    READ_ONLY,
    REGISTER,
    reasons,
)
from tests.miniatures import FREE, RATE_FREE
from tests.miniatures import Deployment as Miniature
from tests.unit.conformance.fakes import BASE, Served, Skipping, Within

PAGE = (("Content-Type", "text/html"), ("Server", "nginx"))
CHALLENGE = (("Content-Type", "text/html"), ("cf-mitigated", "challenge"))
GLITCHES = {
    "502": (502, PAGE, b"<h1>502 Bad Gateway</h1>"),
    "503": (503, (*PAGE, ("Retry-After", "1")), b"<h1>503 Service Unavailable</h1>"),
    "504": (504, PAGE, b"<h1>504 Gateway Time-out</h1>"),
    "500": (500, (), b'{"error": "database"}'),
    "challenge": (403, CHALLENGE, b"<title>Just a moment...</title>"),
    "reset": None,
}
MOST_REQUESTS = 200


class Glitching:
    """Has a miniature answer, but for requests with these numbers, counted from 1, which get the glitch."""

    def __init__(self, miniature: Miniature, clock: Skipping, glitch: Served | None, numbers: Collection[int]) -> None:
        wsgi = WSGIClient(miniature)
        self._clock, self._glitch, self._numbers = clock, glitch, numbers
        self._sent = 0

        def answer(target: str, headers: dict[str, str]) -> Served:
            answered = wsgi.get(target, headers=headers)
            return answered.status_code, tuple(answered.headers.items()), answered.data

        self._miniature = Within(answer)

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        return [self._one(call, clock) for call in calls]

    def _one(self, call: OutgoingRequest, clock: Clock) -> RawResponse:
        self._sent += 1
        self._clock.time += 0.01
        if self._sent not in self._numbers:
            return self._miniature.fetch([call], clock)[0]
        if self._glitch is None:
            return RawResponse(clock.now(), clock.now(), error=Failure(FailureKind.BROKEN, "connection broken (reset)"))
        return RawResponse(clock.now(), clock.now(), *self._glitch)

    def close(self) -> None:
        pass


def judge(miniature: Miniature, scope: Scope, glitch: str, numbers: Collection[int]) -> Report:
    clock = Skipping()
    miniature.clock = clock.now
    transport = Glitching(miniature, clock, GLITCHES[glitch], numbers)
    with Client(Deployment(BASE, MINIATURE_KEYS), pacer=Pacer(clock=clock), transport=transport) as client:
        return run(client, CONTRACT, scope, NAMES)


@pytest.mark.parametrize("glitch", GLITCHES)
def test_a_glitch_is_no_finding(glitch: str) -> None:
    """At every sixth place, each with another beginning, so that all glitches together come at all."""
    plain = FREE["plain"].deployment
    requests = len(judge(plain(), READ_ONLY, glitch, ()).exchanges)
    for number in range(1 + list(GLITCHES).index(glitch), requests + 1, len(GLITCHES)):
        report = judge(plain(), READ_ONLY, glitch, {number})
        assert reasons(report, *ALARM, *OPEN) == {}, f"{glitch} at {number}"


@pytest.mark.parametrize("glitch", ["502", "500", "reset"])
def test_a_glitch_is_no_finding_on_the_rate_limit(glitch: str) -> None:
    limited = RATE_FREE["rate-by-sliding-log"].deployment
    requests = len(judge(limited(), BUT_HOOKS, glitch, ()).exchanges)
    for number in range(1 + list(GLITCHES).index(glitch), requests + 1, 10):
        report = judge(limited(), BUT_HOOKS, glitch, {number})
        assert reasons(report, *ALARM, *OPEN) == {}, f"{glitch} at {number}"


@pytest.mark.parametrize("first", range(2, 90, 11))
def test_a_gateway_that_restarts_fails_nothing(first: int) -> None:
    report = judge(FREE["plain"].deployment(), READ_ONLY, "502", range(first, first + 3))
    assert reasons(report, *ALARM) == {}


def test_two_gateway_errors_in_a_row_on_bad_input_are_no_failure_of_it() -> None:
    for number in range(58, 70):
        report = judge(FREE["plain"].deployment(), READ_ONLY, "502", {number, number + 1})
        assert reasons(report, *ALARM) == {}, number


class Problems(Miniature):
    """Errors are as the authored contract has them."""

    def error(self, status: int, sentence: str, **headers: str) -> Response:
        body = {"type": "about:blank", "title": "No", "status": status, "detail": sentence, "request_id": "1"}
        headers.setdefault("WWW-Authenticate", "Bearer")
        return Response(json.dumps(body), status, headers, content_type="application/problem+json")


@pytest.mark.parametrize("number", [1, 5, 6, 7, 9])
def test_a_page_of_a_gateway_is_not_held_to_the_contract(number: int) -> None:
    scope = Scope.parse(REGISTER, "AUTH-1,SPEC-2", None, strict=True)
    assert reasons(judge(Problems(), scope, "502", {number}), *ALARM, *OPEN) == {}
