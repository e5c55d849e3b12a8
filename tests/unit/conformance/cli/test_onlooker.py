"""What one exchange decides, live: nothing for what is free, and what is wrong by its requirement."""

import io
from typing import Any

import pytest
from oneinvoice_conformance.cli.onlooker import Judged, Onlooker, judge
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.forwarding.archive import entry_of
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.secrets import Secrets
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.options.run_options import JudgingOptions
from rich.console import Console
from werkzeug.test import Client

from tests.miniatures import FAULTS, FREE, Deployment
from tests.unit.conformance.fakes import BASE, KEYS

BEARER = f"Bearer {KEYS['primary']}"
TARGETS = (
    "/api/v1",
    "/api/v1/members?limit=10",
    "/api/v1/members?status=pending&limit=7&offset=3",
    "/api/v1/members?limit=300",
    "/api/v1/members?limit=5&limit=300&sort=name",
    "/api/v1/quotes?status=accepted",
    "/api/v1/invoices?status=paid",
)
# Variants of each kind of freedom, and those by which one exchange was once judged wrongly.
VARIANTS = sorted({*list(FREE)[::8], "status-in-words-of-payment", "status-tells-all", "lenient-script"})


def observed(deployment: Deployment, target: str, authorization: str | None = BEARER) -> Observed:
    headers = {"Authorization": authorization} if authorization else {}
    answer = Client(deployment).get(target, headers=headers)
    it = Observed(1, "GET", target, tuple(headers.items()), seconds=0.01)
    it.status, it.headers = answer.status_code, tuple(answer.headers.items())
    it.body.add(answer.data)
    return it


def judged(it: Observed, **options: Any) -> Judged:
    secrets = Secrets()
    secrets.learn(it)
    return judge(entry_of(it, BASE, secrets), JudgingOptions(**options))


@pytest.mark.parametrize("name", VARIANTS)
def test_no_freedom_is_a_failure(name: str):
    deployment = FREE[name].deployment()
    for target in TARGETS:
        try:
            it = observed(deployment, target)
        except OSError:
            continue  # some drop connections on purpose
        assert judged(it).ids(Outcome.FAILED) == (), (target, judged(it))


@pytest.mark.parametrize(
    ("fault", "target", "id"),
    [
        ("limit-ignored", "/api/v1/members?limit=10", "MEM-3"),
        ("limit-ignored", "/api/v1/members?limit=10&_=1", "MEM-3"),
        ("no-maximum", "/api/v1/members?limit=300", "MEM-4"),
        ("default-of-all", "/api/v1/members", "MEM-2"),
        ("member-listed-twice", "/api/v1/members", "MEM-5"),
        ("member-filter-ignored", "/api/v1/members?status=inactive", "MEM-7"),
        ("quote-filter-ignored", "/api/v1/quotes?status=accepted", "QUO-2"),
        ("quotes-without-token", "/api/v1/quotes", "QUO-4"),
        ("invoice-filter-ignored", "/api/v1/invoices?status=paid", "INV-2"),
        ("invoices-without-payment-state", "/api/v1/invoices", "INV-3"),
        ("invoices-without-due-date", "/api/v1/invoices", "INV-4"),
        ("due-on-thirtieth-of-february", "/api/v1/invoices", "INV-5"),
    ],
)
def test_what_one_exchange_shows(fault: str, target: str, id: str):
    found = judged(observed(FAULTS[fault].deployment(), target))
    assert id in found.ids(Outcome.FAILED)
    assert found.mark == "✗"
    assert judged(observed(Deployment(), target)).mark == "✓"


def test_a_list_without_a_key_is_wrong_and_a_401_decides_nothing():
    assert judged(observed(FAULTS["open-quotes"].deployment(), "/api/v1/quotes", None)).ids(Outcome.FAILED) == (
        "AUTH-1",
    )
    for authorization in (None, BEARER[:-1], "Bearer undefined"):
        found = judged(observed(Deployment(), "/api/v1/quotes", authorization))
        assert (found.mark, found.why_not) == ("·", "it decides nothing by itself")


def test_an_error_of_one_moment_is_left_open():
    found = judged(observed(FAULTS["members-crash"].deployment(), "/api/v1/members"))
    assert found.ids(Outcome.FAILED) == ()
    assert found.mark in "?·"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"target": "/login"}, "no request of this API"),
        ({"method": "POST"}, "another method than GET"),
        ({"status": 304}, "answered by a cache"),
        ({"status": 200, "headers": (("Content-Type", "application/json"),)}, "without the body"),
    ],
)
def test_what_is_not_judged_says_why(changes: dict[str, Any], why: str):
    it = Observed(1, "GET", "/api/v1/members", status=200)
    for name, value in changes.items():
        setattr(it, name, value)
    assert why in judged(it).why_not
    assert judged(it).mark == "·"


def shown(*items: Observed | str) -> tuple[Onlooker, list[str]]:
    out = io.StringIO()
    onlooker = Onlooker(BASE, JudgingOptions(), Console(file=out, width=200), None)
    for item in items:
        onlooker.take(item)
    return onlooker, out.getvalue().splitlines()


def test_each_exchange_is_a_line_and_each_problem_one_below():
    faulty = FAULTS["limit-ignored"].deployment()
    onlooker, lines = shown(observed(Deployment(), "/api/v1/quotes"), observed(faulty, "/api/v1/members?limit=10"))
    assert [line[9:] for line in lines[:2]] == [
        "✓ 200 GET /api/v1/quotes  10 ms  QUO-1, QUO-3, QUO-4, QUO-5",
        "✗ 200 GET /api/v1/members?limit=10  10 ms  MEM-1",
    ]
    assert lines[2:] == [" " * 11 + "✗ MEM-3: GET /api/v1/members?limit=10 gives 50 members"]
    assert [*onlooker.summary()] == [
        "2 exchanges: 2 judged.",
        "✗ MEM-3 failed by 1 exchange",
        "✓ MEM-1, QUO-1, QUO-3, QUO-4, QUO-5 are kept by what passed",
    ]
    assert onlooker.exit_code == 1


def test_foreign_text_is_printable_and_secrets_are_gone():
    it = observed(Deployment(), f"/api/v1/members?x=%1b\x1b[2J{KEYS['other']}")
    it.method = "GE\u202eT"
    _, lines = shown(it, "\x1b]0;x\x07")
    assert [line.isprintable() for line in lines] == [True, True]
    assert r"GE\u202eT /api/v1/members?x=%1b\x1b[2J1iv_…" in lines[0]


def test_the_exit_code_tells_a_deployment_that_answers_nothing():
    def failure(*, is_of_deployment: bool) -> Observed:
        it = Observed(1, "GET", "/api/v1/members")
        it.end(Failure(FailureKind.CONNECT, "connection failed (so)"), is_of_deployment=is_of_deployment)
        return it

    assert shown()[0].exit_code == 0
    assert shown(failure(is_of_deployment=True))[0].exit_code == 4
    assert shown(failure(is_of_deployment=True), observed(Deployment(), "/api/v1"))[0].exit_code == 0
    onlooker, lines = shown(failure(is_of_deployment=False))
    assert onlooker.exit_code == 0
    assert "connection failed (so)" in lines[0]
