from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import pytest
import xmlschema
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure
from oneinvoice_conformance.reports.junit import junit_text

from tests.unit.conformance.fakes import KEYS
from tests.unit.conformance.reports.reporting import answer, redacted, report, result, with_cause

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent / "schemas" / "junit.xsd")
KNOWN = ExpectedFailure("pages of 20", "api team", date(2026, 12, 31))


def written(found: Report) -> Element:
    text = junit_text(redacted(found))
    SCHEMA.validate(text)
    return fromstring(text)  # it is our own


def case(found: Report) -> Element:
    element = written(found).find(".//testcase")
    assert element is not None
    return element


@pytest.mark.parametrize(
    ("outcome", "tag", "message"),
    [
        (Outcome.FAILED, "failure", "so it is"),
        (Outcome.ERROR, "error", "so it is"),
        (Outcome.WARNED, "skipped", "warned: so it is"),
        (Outcome.INCONCLUSIVE, "skipped", "inconclusive: so it is"),
        (Outcome.NOT_TESTED, "skipped", "not tested: so it is"),
        (Outcome.NOT_APPLICABLE, "skipped", "not applicable: so it is"),
    ],
)
def test_what_did_not_pass_says_so(outcome: Outcome, tag: str, message: str):
    [said, out] = case(report(result("MEM-1", outcome, "so it is", answer([]))))
    assert (said.tag, said.get("message"), said.get("type")) == (tag, message, outcome.value)
    assert said.text
    assert said.text.splitlines()[1] == "clause: “Returns members for your organisation.”"
    assert out.text
    assert "try: curl -i" in out.text


def test_each_case_names_the_cause_that_it_shares():
    root = written(with_cause("all of it is gone", "mend it", result("QUO-1", Outcome.FAILED, "alone")))
    messages = [failure.get("message") for failure in root.iter("failure")]
    assert messages == [
        "the first reason (cause 1: all of it is gone)",
        "the second reason (cause 1: all of it is gone)",
        "alone",
    ]
    outputs = [out.text or "" for out in root.iter("system-out")]
    assert ["cause 1, of MEM-1..3: all of it is gone; mend it" in out for out in outputs] == [True, True, True, False]


def test_a_case_for_each_requirement_in_a_suite_for_each_area():
    found = report(result("MEM-1", Outcome.PASSED), result("MEM-2", Outcome.FAILED), result("DISC-1", Outcome.ERROR))
    root = written(found)
    assert root.attrib | {"name": "", "time": ""} == {
        "name": "",
        "time": "",
        "tests": "3",
        "failures": "1",
        "errors": "1",
    }
    disc, mem = root
    assert [suite.get("name") for suite in (disc, mem)] == ["DISC Discovery", "MEM Members"]
    assert [mem.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["2", "1", "0", "0"]
    first = mem.find("testcase")
    assert first is not None
    assert (first.get("classname"), first.get("name")) == ("MEM", "MEM-1 Members are a JSON list.")
    assert [child.tag for child in first] == ["system-out"]
    told = {each.get("name"): each.get("value") for each in mem.iter("property")}
    assert told["verdict"] == "violations"
    assert told["oneinvoice-kit"]


def test_each_case_and_each_suite_says_how_long_it_took():
    seconds = {"MEM-1": 1.5, "MEM-2": 0.25, "DISC-1": 0.0004}
    root = written(report(*(replace(result(id, Outcome.PASSED), seconds=took) for id, took in seconds.items())))
    assert [each.get("time") for each in root.iter("testcase")] == ["0.000", "1.500", "0.250"]
    assert [(suite.get("time"), suite.get("timestamp")) for suite in root] == [
        ("0.000", "2026-01-01T00:00:00"),
        ("1.750", "2026-01-01T00:00:00"),
    ]


def test_an_expected_failure_is_skipped_and_one_that_does_not_hold_fails():
    [said, _] = case(report(replace(result("MEM-2", Outcome.FAILED), expected=KNOWN)))
    assert (said.tag, said.get("message")) == (
        "skipped",
        "expected failure: so it is; pages of 20 (api team, until 2026-12-31)",
    )
    outdated = replace(KNOWN, problem="it passed; remove it")
    [said, _] = case(report(replace(result("MEM-2", Outcome.PASSED), expected=outdated)))
    assert said.tag == "failure"
    assert "and it passed; remove it" in str(said.get("message"))


def test_what_came_from_the_deployment_is_neither_markup_nor_a_secret():
    hostile = f"</failure> & ]]> \x00\x1b\x0b \ud800 {KEYS['primary']} open-sesame"
    text = junit_text(redacted(report(result("MEM-1", Outcome.FAILED, hostile))))
    SCHEMA.validate(text)
    assert not [secret for secret in (*KEYS.values(), "open-sesame") if secret[:10] in text]
    assert str(fromstring(text).findall(".//failure")[0].get("message")).startswith("</failure> & ]]>")
