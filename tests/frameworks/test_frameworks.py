"""The suite, as its users run it, on deployments of stock parts: correct ones, and ones with common mistakes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.frameworks.cases import CASES, CORRECT, Case
from tests.frameworks.judging import Run, judge
from tests.frameworks.starting import DEPLOYMENTS, deployment

ALARM = ("failed", "warned", "error")
OPEN = ("inconclusive", "not_tested")


def _parameter(case: Case) -> Any:
    return pytest.param(case, id=case.id)


@pytest.mark.parametrize("case", [*map(_parameter, CORRECT)])
def test_what_is_correct_conforms(case: Case, judged: Callable[[Case], Run]) -> None:
    run = judged(case)
    assert run.reasons(*ALARM, *OPEN) == {}, run.said
    assert run.code == 0
    assert run.report["verdict"] == "conforms"


@pytest.mark.parametrize("case", [*map(_parameter, CASES)])
def test_a_mistake_fails_where_it_should_and_nowhere_else(case: Case, judged: Callable[[Case], Run]) -> None:
    run = judged(case)
    failed = run.reasons(*ALARM)
    assert case.fails <= failed.keys() <= case.fails | case.may_fail, run.said
    assert run.code == (1 if case.fails else 3)
    assert case.says in run.said
    if case.undecided is not None:
        assert run.reasons(*OPEN).keys() == case.undecided


def test_every_deployment_is_judged_whole_and_with_mistakes() -> None:
    assert {case.deployment for case in CORRECT if not case.is_quick} == set(DEPLOYMENTS)
    assert {case.deployment for case in CASES} == set(DEPLOYMENTS)


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
