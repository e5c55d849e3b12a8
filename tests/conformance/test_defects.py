"""The suite against the defects that the mock can be told to have: each is caught by the rule of what it breaks."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.verdict import Outcome, Verdict
from oneinvoice_impl.mock.defects import DEFECTS

from tests.conformance import matrix
from tests.conformance.judging import told
from tests.conformance.mocks import judge_mock

_AREAS = ("DISC", "AUTH", "ORG", "MEM", "QUO", "INV", "ERR", "RATE", "HOOK")


def test_a_mock_without_a_defect_conforms() -> None:
    report = judge_mock(hooks=True)
    assert told(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE})) == {}
    assert report.verdict is Verdict.CONFORMS


@pytest.mark.parametrize("name", DEFECTS)
def test_every_defect_is_caught_by_its_rule_and_in_no_other_area(name: str) -> None:
    defect = DEFECTS[name]
    report = judge_mock(defect.components, hooks=defect.requirement.startswith("HOOK-"))
    failed = told(report, Outcome.FAILED)
    assert defect.requirement in failed, told(report, *(set(Outcome) - {Outcome.PASSED, Outcome.NOT_APPLICABLE}))
    besides = {id for id in failed if matrix.area(id) != matrix.area(defect.requirement)}
    assert besides == set(), failed
    assert told(report, Outcome.ERROR) == {}
    assert report.verdict is Verdict.VIOLATIONS


def test_every_rule_has_a_defect() -> None:
    rules = {id for id in RULES if id.startswith(_AREAS)}
    assert rules == {defect.requirement for defect in DEFECTS.values()}


def test_half_of_the_defects_are_semantic() -> None:
    assert sum(matrix.is_semantic(defect.requirement) for defect in DEFECTS.values()) * 2 >= len(DEFECTS)


def test_the_written_matrix_names_every_defect_of_both_deployments() -> None:
    written = matrix.written()
    assert {(row.deployment, row.defect, row.rule, row.does) for row in written} == {
        (case.deployment, case.name, case.rule, case.does) for case in matrix.cases()
    }
    assert matrix.FILE.read_text("utf-8") == matrix.document(written)


def test_the_written_matrix_has_every_defect_caught_and_nearly_all_in_their_area() -> None:
    written = matrix.written()
    assert len(written) >= 100
    assert all(row.failed for row in written)
    assert sum(row.is_clean for row in written) >= 0.95 * len(written)
    assert sum(matrix.is_semantic(row.rule) for row in written) * 2 >= len(written)
