"""The suite against the defects that the mock can be told to have: each is caught by the rule of what it breaks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.verdict import Verdict
from oneinvoice_conformance.rules import RULES
from oneinvoice_impl.mock.defects import DEFECTS

from tests.conformance import matrix
from tests.conformance.defects_page import FILE, area, document, is_semantic, needs_webhook, read_rows
from tests.conformance.judging import Report, reasons
from tests.conformance.mocks import judge_mock
from tests.conformance.side_by_side import judged_side_by_side
from tests.soak import SOAK

_AREAS = ("DISC", "AUTH", "ORG", "MEM", "QUO", "INV", "ERR", "RATE", "HOOK")


def test_a_mock_without_a_defect_conforms() -> None:
    report = judge_mock(hooks=True)
    assert reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE})) == {}
    assert report.verdict is Verdict.CONFORMS


@pytest.fixture(scope="module")
def report_of(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Report]]:
    def judge(name: str) -> Report:
        defect = DEFECTS[name]
        return judge_mock(defect.components, hooks=needs_webhook(defect.requirement))

    test = test_every_defect_is_caught_by_its_rule_and_in_no_other_area.__name__
    with judged_side_by_side(request, test, judge, at_once=4) as report_of:
        yield report_of


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_is_caught_by_its_rule_and_in_no_other_area(name: str, report_of: Callable[[str], Report]) -> None:
    defect = DEFECTS[name]
    report = report_of(name)
    failed = reasons(report, Outcome.FAILED)
    assert defect.requirement in failed, reasons(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE}))
    besides = {id for id in failed if area(id) != area(defect.requirement)}
    assert besides == set(), failed
    assert reasons(report, Outcome.ERROR) == {}
    assert report.verdict is Verdict.VIOLATIONS


def test_every_rule_has_a_defect() -> None:
    rules = {id for id in RULES if id.startswith(_AREAS)}
    assert rules == {defect.requirement for defect in DEFECTS.values()}


def test_half_of_the_defects_are_semantic() -> None:
    assert sum(is_semantic(defect.requirement) for defect in DEFECTS.values()) * 2 >= len(DEFECTS)


def test_the_written_matrix_names_every_defect_of_both_deployments() -> None:
    written = read_rows(FILE.read_text("utf-8"))
    assert {(row.deployment, row.defect, row.rule, row.does) for row in written} == {
        (case.deployment, case.name, case.rule, case.does) for case in matrix.cases()
    }
    assert FILE.read_text("utf-8") == document(written)


def test_the_written_matrix_has_every_defect_caught_and_nearly_all_in_their_area() -> None:
    written = read_rows(FILE.read_text("utf-8"))
    assert len(written) >= 100
    assert all(row.failed for row in written)
    assert sum(row.is_clean for row in written) >= 0.95 * len(written)
    assert sum(is_semantic(row.rule) for row in written) * 2 >= len(written)


@pytest.mark.parametrize("case", matrix.cases() if SOAK else [], ids=lambda case: f"{case.deployment}-{case.name}")
def test_the_written_matrix_is_what_is_judged(case: matrix.Case) -> None:
    assert case.row() in read_rows(FILE.read_text("utf-8"))


def test_one_defect_is_judged_alone_and_its_rows_are_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "defects.md"
    rows = [row for row in read_rows(FILE.read_text("utf-8")) if row.defect != "discovery-needs-key"]
    page.write_text(document(rows), "utf-8")
    assert matrix.main(["--only", "discovery-needs-key,open-quotes"], page) == 0
    assert page.read_text("utf-8") == FILE.read_text("utf-8")
    assert capsys.readouterr().out.splitlines()[:3] == [
        "miniature discovery-needs-key: DISC-1 failed",
        "mock discovery-needs-key: DISC-1 failed",
        "miniature open-quotes: AUTH-1 failed",
    ]


def test_a_defect_that_there_is_not_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = shutil.copy(FILE, tmp_path)
    assert matrix.main(["--only", "open-quotes,open-quote"], Path(page)) == 2
    refusal = "Neither the mock nor the miniature has a defect 'open-quote'; did you mean open-quotes or "
    assert capsys.readouterr().err.startswith(refusal)
    assert matrix.main(["--only", "?"], Path(page)) == 2
    assert capsys.readouterr().err.endswith("docs/defects.md names all.\n")
