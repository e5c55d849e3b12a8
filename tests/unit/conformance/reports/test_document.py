import json
from dataclasses import replace
from datetime import date

import jsonschema_rs
import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.history.report_format import schema
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.model.finding import not_tested
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.ratelimit.load_profile import LoadProfile, LoadStep
from oneinvoice_conformance.reports.document import report_document

from tests.miniatures import FAULTS, Deployment
from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, NAMES, InProcess
from tests.unit.conformance.reports.reporting import DEPLOYMENT, ROWS, answer, redacted, report, result, with_cause

SCHEMA = jsonschema_rs.validator_for(schema(), validate_formats=True)


def test_the_schema_is_one():
    jsonschema_rs.meta.validate(schema())


@pytest.mark.parametrize("outcome", Outcome)
def test_a_report_of_any_outcome_is_valid(outcome: Outcome):
    written = report_document(redacted(report(result("MEM-1", outcome, "reason", answer([])), only="MEM")))
    SCHEMA.validate(written)
    assert written["counts"][outcome.value] == 1


@pytest.mark.parametrize("faulty", [None, "default-of-20", "members-open"])
def test_reports_of_real_runs_are_valid(faulty: str | None):
    miniature = FAULTS[faulty].deployment() if faulty in FAULTS else Deployment()
    found = run(InProcess(miniature), CONTRACT, Scope.parse(ROWS, None, None), NAMES)
    SCHEMA.validate(report_document(redacted(found)))


def test_what_the_report_tells():
    told = report(result("MEM-1", Outcome.FAILED, "wrong", answer(b"<html>", 500)), interrupted=True, only="mem-1")
    written = report_document(redacted(told))
    assert written["verdict"] == "incomplete"
    assert written["scope"] == {"only": ["MEM-1"], "skip": [], "strict": False, "interrupted": True}
    assert written["deployment"] == BASE
    assert written["requests"] == {"total": 1, "by_key": {"primary": 1}}
    assert written["started_at"] == "2026-01-01T00:00:00+00:00"
    [row] = written["requirements"]
    assert (row["id"], row["section"], row["outcome"], row["reason"]) == ("MEM-1", "Members", "failed", "wrong")
    assert row["clause"] == "Returns members for your organisation."
    [seen] = row["exchanges"]
    assert (seen["target"], seen["status"], seen["body"]) == ("/api/v1/members?limit=7", 500, "<html>")
    assert seen["headers"] == [["Content-Type", "text/x"], ["X-Echo", "$ONEINVOICE_KEY"]]
    assert seen["curl"].startswith('curl -i -H "Authorization: Bearer $ONEINVOICE_KEY"')


def test_shared_causes_are_told_with_what_they_explain():
    document = report_document(redacted(with_cause(f"saw {KEYS['primary']}", "mend it")))
    SCHEMA.validate(document)
    [cause] = document["causes"]
    assert cause["reason"] == "saw $ONEINVOICE_KEY; mend it"
    assert cause["requirements"] == ["MEM-1", "MEM-2", "MEM-3"]
    assert [(seen["status"], seen["body"]) for seen in cause["exchanges"]] == [(200, '[{"id": 1}]'), (502, "gone")]
    assert all("$ONEINVOICE_KEY" in seen["curl"] for seen in cause["exchanges"])
    del document["causes"]  # as a kit without them wrote it
    SCHEMA.validate(document)


def test_expected_failures_are_told_with_the_verdict_and_where_they_stand():
    known = ExpectedFailure(f"mails {KEYS['primary']}", "api team", date(2026, 12, 31))
    failed = replace(result("MEM-1", Outcome.FAILED), expected=known)
    outdated = replace(result("MEM-2", Outcome.PASSED), expected=replace(known, problem="it passed"))
    for results, verdict in (((failed,), "conforms, with 1 expected failure"), ((failed, outdated), "violations")):
        written = report_document(redacted(report(*results)))
        SCHEMA.validate(written)
        assert (written["verdict"], written["expected_failures"], written["counts"]["failed"]) == (verdict, 1, 1)
    first, second = written["requirements"]
    expected = {"reason": "mails $ONEINVOICE_KEY", "owner": "api team", "expires": "2026-12-31"}
    assert (first["outcome"], first["expected"]) == ("failed", expected)
    assert (second["outcome"], second["expected"]) == ("passed", expected | {"problem": "it passed"})


def test_what_passed_keeps_no_bodies():
    fine = report(result("MEM-1", Outcome.PASSED, "fine", answer([])))
    [row] = report_document(redacted(fine))["requirements"]
    assert row["exchanges"][0].keys().isdisjoint({"body", "headers", "curl"})


def test_an_error_stands_in_the_place_of_a_status():
    broken = answer(b"", 0, error=Failure(FailureKind.BROKEN, "connection broken"))
    lost = report(result("MEM-1", Outcome.INCONCLUSIVE, "lost", broken))
    [row] = report_document(redacted(lost))["requirements"]
    assert (row["exchanges"][0]["status"], row["exchanges"][0]["error"]) == (None, "connection broken")
    assert row["exchanges"][0]["failure"] == "broken"


def test_bodies_are_cut_and_so_many():
    many = [answer(b"\xff" + b"x" * 5000, number=number) for number in range(1, 9)]
    [row] = report_document(redacted(report(result("MEM-1", Outcome.FAILED, "wrong", *many))))["requirements"]
    assert len(row["exchanges"]) == 8
    assert [len(each.get("body", "")) for each in row["exchanges"]] == [2000] * 5 + [0] * 3


@pytest.mark.parametrize("value", ["passed", "members", "application/json", "deployment.example", "oneinvoice"])
def test_a_header_with_a_common_value_breaks_nothing(value: str):
    deployment = type(DEPLOYMENT)(BASE, KEYS, (("X-Gate", value),))
    found = report(result("MEM-1", Outcome.FAILED, "wrong", answer([1])))
    written = report_document(redacted(found, deployment))
    SCHEMA.validate(written)
    assert written["deployment"] == BASE
    assert BASE in written["requirements"][0]["exchanges"][0]["curl"]


def test_a_lone_surrogate_does_no_harm():
    odd = report(result("MEM-1", Outcome.FAILED, "status '\ud800'", answer(b"[]")))
    assert json.loads(json.dumps(report_document(redacted(odd)), ensure_ascii=False))


def test_the_schema_refuses_what_is_no_report():
    written = report_document(redacted(report(result("MEM-1", Outcome.PASSED))))
    for name, wrong in (
        ("verdict", "green"),
        ("verdict", "conforms, with 0 expected failures"),
        ("counts", {"fine": 1}),
        ("requirements", [{}]),
    ):
        assert not SCHEMA.is_valid(written | {name: wrong})
    assert all(not SCHEMA.is_valid({k: v for k, v in written.items() if k != name}) for name in schema()["required"])


def test_what_would_supply_what_is_missing_is_named():
    finding = not_tested("give a key of another organisation with --other-key", "--other-key")
    written = report_document(redacted(report(Result(ROWS["ORG-1"], finding), result("MEM-1", Outcome.PASSED))))
    SCHEMA.validate(written)
    assert [row.get("remedy") for row in written["requirements"]] == [["--other-key"], None]


def test_the_measured_limiter_is_told():
    profile = LoadProfile("60 in a minute", (LoadStep(60, 7), LoadStep(0, 1)))
    written = report_document(redacted(replace(report(), load_profile=profile)))
    SCHEMA.validate(written)
    assert written["rate_limit"] == {
        "limit": 60,
        "measured": "60 in a minute",
        "step_seconds": 2.0,
        "served": [60, 0],
        "refused": [7, 1],
    }
    without = report_document(redacted(report()))
    SCHEMA.validate(without)
    assert without["rate_limit"] is None
