import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.history.changes import Change, ChangeSeverity
from oneinvoice_conformance.history.comparison import Move, compare, move, scope_of
from oneinvoice_conformance.history.saved_report import SavedReport, SavedResult, read_report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.document import report_document

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import CONTRACT, NAMES, InProcess
from tests.unit.conformance.reports.reporting import ROWS, redacted, report, result

WORSE, BETTER, CHANGED, SAME = Move


def judged(outcome: Outcome, *, excused: bool = False) -> SavedResult:
    return SavedResult(outcome, "so it is", "must", "It is so.", excused)


PASSED, NO_OCCASION, WARNED, FAILED, INCONCLUSIVE, NOT_TESTED, ERROR = map(
    judged,
    (
        Outcome.PASSED,
        Outcome.NOT_APPLICABLE,
        Outcome.WARNED,
        Outcome.FAILED,
        Outcome.INCONCLUSIVE,
        Outcome.NOT_TESTED,
        Outcome.ERROR,
    ),
)
EXCUSED = judged(Outcome.FAILED, excused=True)
ABSENT = None
OPEN = (INCONCLUSIVE, NOT_TESTED, ERROR, ABSENT)
EVERY = (PASSED, NO_OCCASION, WARNED, EXCUSED, FAILED, *OPEN)
BROKEN = (WARNED, EXCUSED, FAILED)
ALIKE = {(each, each) for each in EVERY} | {(NOT_TESTED, ABSENT), (ABSENT, NOT_TESTED)}

# Each rule of thumb, and the pairs that it holds for; together they are all pairs.
RULES: dict[str, tuple[Move, set[tuple[SavedResult | None, SavedResult | None]]]] = {
    "nothing became of it": (SAME, ALIKE),
    "it was broken or undecided, and passes": (BETTER, set(product((*BROKEN, *OPEN), (PASSED,)))),
    "there is an occasion now, or none any more": (CHANGED, {(PASSED, NO_OCCASION), (NO_OCCASION, PASSED)}),
    "it was settled, and is broken or undecided": (WORSE, set(product((PASSED, NO_OCCASION), (*BROKEN, *OPEN)))),
    "it was undecided, and is known to be broken": (WORSE, set(product(OPEN, BROKEN))),
    "it was a warning, and fails": (WORSE, {(WARNED, EXCUSED), (WARNED, FAILED)}),
    "its failure was expected, and is not any more": (WORSE, {(EXCUSED, FAILED)}),
    "its failure is expected now, or only a warning": (
        CHANGED,
        {(FAILED, EXCUSED), (FAILED, WARNED), (EXCUSED, WARNED)},
    ),
    "nobody knows any more, which mends nothing": (CHANGED, set(product(BROKEN, (NO_OCCASION, *OPEN)))),
    "it is undecided in another way": (CHANGED, set(product(OPEN, OPEN)) - ALIKE),
    "it was undecided, and has no occasion": (CHANGED, set(product(OPEN, (NO_OCCASION,)))),
}


def test_the_rules_are_of_each_pair_once():
    pairs = [pair for _, pairs in RULES.values() for pair in pairs]
    assert len(pairs) == len(set(pairs)) == len(EVERY) ** 2


@pytest.mark.parametrize("rule", RULES)
def test_each_pair(rule: str):
    expected, pairs = RULES[rule]
    assert {pair: move(*pair) for pair in pairs} == dict.fromkeys(pairs, expected)


@pytest.fixture
def earlier(tmp_path: Path) -> Any:
    """Writes a report and reads it again."""

    def earlier(*results: Result, name: str = "r.json", **changes: Any) -> SavedReport:
        document = report_document(redacted(report(*results))) | changes
        (tmp_path / name).write_text(json.dumps(document))
        return read_report(tmp_path / name)

    return earlier


def test_requirements_of_either_report_are_compared(earlier: Any):
    old = earlier(result("MEM-1", Outcome.PASSED), result("MEM-2", Outcome.FAILED), result("MEM-3", Outcome.PASSED))
    new = earlier(result("MEM-1", Outcome.PASSED), result("MEM-2", Outcome.PASSED), result("MEM-4", Outcome.FAILED))
    compared = compare(old, new)
    assert [(row.id, row.move, row.transition, row.reason) for row in compared.rows] == [
        ("MEM-1", SAME, "passed → passed", "so it is"),
        ("MEM-2", BETTER, "failed → passed", "so it is"),
        ("MEM-3", WORSE, "passed → not in scope", None),
        ("MEM-4", WORSE, "not in scope → failed", "so it is"),
    ]
    assert compared.got_worse
    assert compared.summary == "2 worse, 1 better, 1 the same"
    assert compared.rows[2].statement.startswith("A limit from 1 to 200")


def test_neither_better_nor_worse(earlier: Any):
    compared = compare(earlier(result("MEM-1", Outcome.FAILED)), earlier(result("MEM-1", Outcome.NOT_TESTED)))
    assert (compared.got_worse, compared.summary) == (False, "0 worse, 0 better, 1 changed, 0 the same")


@pytest.mark.parametrize(
    ("kind", "worse"), [(ChangeSeverity.BREAKING, True), (ChangeSeverity.UNSURE, False), (ChangeSeverity.OTHER, False)]
)
def test_only_a_breaking_change_of_the_surface_is_worse(earlier: Any, kind: ChangeSeverity, worse: bool):
    same = earlier(result("MEM-1", Outcome.PASSED))
    compared = replace(compare(same, same), api_changes=(Change(kind, "what"),) * 2)
    assert compared.got_worse is worse
    assert compared.summary == f"0 worse, 0 better, 1 the same; changes of the surface: 2 {kind}"


def test_the_surfaces_are_compared(earlier: Any):
    found = run(InProcess(Deployment()), CONTRACT, Scope.parse(ROWS, "MEM", None), NAMES)
    observed = found.observed.as_json(lambda text: text)
    members = [field for field in observed["fields"]["members"] if not field["path"].endswith("email")]
    assert len(members) == len(observed["fields"]["members"]) - 1
    old = earlier(*found.results, observed=observed)
    new = earlier(*found.results, observed=observed | {"fields": observed["fields"] | {"members": members}})
    [change] = compare(old, new).api_changes
    assert change.kind is ChangeSeverity.BREAKING
    assert "email" in change.what
    assert compare(old, new).got_worse
    assert [each.kind for each in compare(new, old).api_changes] == [ChangeSeverity.OTHER]
    assert not compare(new, old).got_worse


def by(version: str) -> dict[str, Any]:
    return {"contract": {"version": version, "sha256": version[0] * 64}}


def test_what_another_contract_asks_for_is_no_regression(earlier: Any):
    stricter = replace(ROWS["MEM-2"], statement="It has to be so.")
    renamed = replace(ROWS["INV-4"], names={"says": ("förfallodag",)})
    old = earlier(
        result("MEM-1", Outcome.PASSED), result("MEM-2", Outcome.PASSED), result("MEM-3", Outcome.PASSED),
        result("INV-4", Outcome.PASSED), result("SPEC-1", Outcome.PASSED), **by("1.0.0"),
    )  # fmt: skip
    new = earlier(
        result("MEM-1", Outcome.FAILED), replace(result("MEM-2", Outcome.FAILED), requirement=stricter),
        replace(result("INV-4", Outcome.FAILED), requirement=renamed), result("SPEC-1", Outcome.FAILED),
        result("MEM-4", Outcome.FAILED), **by("1.1.0"),
    )  # fmt: skip
    assert [(row.id, row.move, row.transition) for row in compare(old, new).rows] == [
        ("MEM-1", WORSE, "passed → failed"),
        ("MEM-2", CHANGED, "passed by 1.0.0 → failed by 1.1.0"),
        ("MEM-3", CHANGED, "passed by 1.0.0 → not asked for by 1.1.0"),
        ("INV-4", CHANGED, "passed by 1.0.0 → failed by 1.1.0"),
        ("SPEC-1", CHANGED, "passed by 1.0.0 → failed by 1.1.0"),
        ("MEM-4", CHANGED, "not asked for by 1.0.0 → failed by 1.1.0"),
    ]
    assert [note for note in compare(old, new).notes() if "contract" in note] == [
        "the old report was judged by contract 1.0.0, and the new one by 1.1.0; what only one of them asks for, or "
        "they ask for differently, is neither better nor worse"
    ]


def test_what_was_left_out_of_a_scope_is_no_other_contract(earlier: Any):
    old = earlier(result("MEM-1", Outcome.PASSED), **by("1.0.0"))
    narrower = old.document["scope"] | {"only": ["QUO"]}
    [row] = compare(old, earlier(**by("1.1.0"), scope=narrower)).rows
    assert (row.move, row.transition) == (WORSE, "passed → not in scope")


def test_what_else_differs_is_noted(earlier: Any):
    found = result("MEM-1", Outcome.PASSED)
    document = earlier(found).document
    changed = {name: document[name] | {"sha256": "0" * 64} for name in ("kit", "contract", "configuration")}
    changed["configuration"] |= {"timeout": 20.0, "keys": []}
    old, new = earlier(found), earlier(found, **changed, started_at="2025-01-01T00:00:00Z")
    assert list(compare(old, old).notes()) == []
    assert list(compare(old, new).notes()) == [
        "the kits differ",
        "the contracts differ",
        "the configurations differ in timeout, keys",
        "the run of the new report was before that of the old one",
    ]


def test_the_scope_is_told_in_words(earlier: Any):
    found = result("MEM-1", Outcome.PASSED)
    assert scope_of(earlier(found)) == "every requirement of the documentation"
    scope = {"only": ["MEM", "QUO-1"], "skip": ["MEM-2"], "strict": True, "interrupted": True}
    told = "only MEM, QUO-1; without MEM-2; with the authored contract (interrupted)"
    assert scope_of(earlier(found, scope=scope)) == told
