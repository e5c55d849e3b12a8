"""The suite, as its users run it, on deployments of stock parts: correct ones, and ones with common mistakes.

Run by `tox run -e frameworks`, which has what they are made of.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.frameworks.cases import CASES, Case
from tests.frameworks.judging import Run, judge
from tests.frameworks.starting import DEPLOYMENTS, deployment

ALARM = ("failed", "warned", "error")
OPEN = ("inconclusive", "not_tested")
WORKERS = {"flask": 4}
HONO = 'AUTH-4 fails: another scheme gets 400, with `WWW-Authenticate: Bearer error="invalid_request"`'
UNUSUAL = {
    "django-append-slash": "each path redirects to one with a slash",
    "django-cache-page": "pages are cached, with a Vary that keeps keys apart",
    "fastapi-redirect-slashes": "lists redirect to a path with a slash, by an absolute URL",
    "flask-strict-slashes": "each path redirects to one with a slash, by an absolute URL",
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.xfail(reason=HONO) if name == "hono" else ()) for name in DEPLOYMENTS]
)
def test_a_correct_deployment_conforms(name: str, tmp_path: Path) -> None:
    with deployment(name, "", tmp_path, WORKERS.get(name, 1)) as url:
        run = judge(url, tmp_path, "--skip", "HOOK")
    assert_conforms(run)


def _parameter(case: Case) -> Any:
    reason = case.wrong_today or case.wrong_at_times
    marks = [pytest.mark.xfail(reason=reason, strict=not case.wrong_at_times)] if reason else []
    return pytest.param(case, id=case.id, marks=marks)


@pytest.mark.parametrize("case", [*map(_parameter, CASES)])
def test_a_mistake_fails_where_it_should_and_nowhere_else(case: Case, tmp_path: Path) -> None:
    with deployment(case.deployment, case.mistake, tmp_path, case.workers) as url:
        run = judge(url, tmp_path, *case.options.split())
    failed = run.reasons(*ALARM)
    assert case.fails <= failed.keys() <= case.fails | case.may_fail, run.said
    assert run.code == 1
    assert case.says in run.said
    if case.undecided is not None:
        assert run.reasons(*OPEN).keys() == case.undecided


@pytest.mark.parametrize("name", UNUSUAL)
def test_what_is_unusual_and_allowed_conforms(name: str, tmp_path: Path) -> None:
    with deployment(*name.split("-", 1), tmp_path) as url:
        run = judge(url, tmp_path, "--skip", "RATE,HOOK")
    assert_conforms(run)


def test_a_redirect_to_a_port_that_is_not_the_deployments_is_told_in_one_sentence(tmp_path: Path) -> None:
    with deployment("nginx", "port-dropped", tmp_path) as url:
        run = judge(url, tmp_path)
    assert run.code == 4
    assert f"{url} only redirects: GET /api/v1/members to http://127.0.0.1/api/v1/members/" in run.said


def test_a_redirect_of_lists_past_the_proxy_is_told_once(tmp_path: Path) -> None:
    with deployment("nginx", "past-the-proxy", tmp_path) as url:
        run = judge(url, tmp_path, "--skip", "RATE,HOOK")
    assert run.code == 3
    assert run.said.count("only redirect") == 1, run.said
    assert run.reasons("passed").keys().isdisjoint({"AUTH-6", "MEM-1", "QUO-1", "INV-1"})


def assert_conforms(run: Run) -> None:
    assert run.reasons(*ALARM, *OPEN) == {}, run.said
    assert run.code == 0
    assert run.report["verdict"] == "conforms"
