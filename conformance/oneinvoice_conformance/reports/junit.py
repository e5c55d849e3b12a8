"""JUnit XML for a CI server: a test case for each requirement, as Jenkins' schema (junit-10.xsd) has them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.reports.phrases import expected_text, mismatch_text, scope_of, untested_text
from oneinvoice_conformance.reports.redacted import RedactedCause, RedactedReport, RedactedResult
from oneinvoice_conformance.wording import ranges

_ELEMENTS = {Outcome.FAILED: "failure", Outcome.ERROR: "error"}


def junit_text(report: RedactedReport) -> str:
    """Return the report as JUnit XML: a suite for each area, in it a case for each requirement.

    The `time` of a case is how long it took to judge: a request that several need is counted on the first of them.
    What was neither met nor broken is skipped, with its outcome and the reason. The schema knows no properties of a
    case: the clause, its section and a `curl` line stand in its `system-out`, what holds for all in the suite's.
    """
    root = Element("testsuites", name="oneinvoice-conform", time=_seconds(report.seconds))
    for area, name in report.contract.areas.items():
        results = [result for result in report.results if result.requirement.area == area]
        if results:
            suite = SubElement(root, "testsuite", {"name": f"{area} {name}", **_counts(results)})
            suite.set("time", _seconds(sum(result.seconds for result in results)))
            suite.set("timestamp", datetime.fromtimestamp(report.started, UTC).strftime("%Y-%m-%dT%H:%M:%S"))
            _add_properties(suite, report)
            for result in results:
                _add_case(suite, result, report.cause_of(result))
    counts = _counts(report.results)
    for total in ("tests", "failures", "errors"):  # here the schema has no `skipped`
        root.set(total, counts[total])
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"


def _counts(results: Sequence[RedactedResult]) -> dict[str, str]:
    elements = [_sort(result) for result in results]
    counted = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    return {"tests": str(len(results))} | {name: str(elements.count(sort)) for name, sort in counted.items()}


def _sort(result: RedactedResult) -> str | None:
    """Return the element that says how it went, None if it passed."""
    if result.problem:
        return "failure"  # as it fails the run
    if result.excused:
        return "skipped"
    return None if result.outcome is Outcome.PASSED else _ELEMENTS.get(result.outcome, "skipped")


def _add_properties(suite: Element, report: RedactedReport) -> None:
    facts = {
        "verdict": report.headline,
        "client" if report.client else "deployment": report.base,
        "scope": scope_of(report),
        "oneinvoice-kit": kit()["version"],
        "kit-sha256": kit()["sha256"],
        "contract": report.contract.version,
        "contract-sha256": report.contract.sha256,
        "configuration-sha256": report.configuration["sha256"],
    }
    properties = SubElement(suite, "properties")
    for name, value in facts.items():
        SubElement(properties, "property", name=name, value=_clean(value))


def _add_case(suite: Element, result: RedactedResult, cause: RedactedCause | None) -> None:
    row = result.requirement
    name, seconds = f"{row.id} {row.statement}", _seconds(result.seconds)
    case = SubElement(suite, "testcase", classname=row.area, name=name, time=seconds)
    lines = [f"clause: “{row.clause}”", f"section: {row.section}"]
    lines += [f"source: {row.source}"] if row.source else []
    lines += [f"seen in {each.scenario}: {line}" for each in result.observations for line in each.lines]
    lines += [mismatch_text(result.mismatch)] if result.mismatch else []
    lines += [f"cause {cause.number}, of {ranges(list(cause.requirements))}: {cause.reason}"] if cause else []
    lines += [f"try: {evidence.curl}" for evidence in result.shown[:1]]
    if sort := _sort(result):
        message = _clean(f"{_message(result)}{f' (cause {cause.number}: {cause.seen})' if cause else ''}")
        element = SubElement(case, sort, message=message, type=result.outcome.value)
        element.text = "\n".join([message, *map(_clean, lines)])
    SubElement(case, "system-out").text = _clean("\n".join([f"seen: {result.reason}", *lines]))


def _message(result: RedactedResult) -> str:
    if result.problem:
        return f"listed as an expected failure, and {result.problem}; seen: {result.reason}"
    if result.expected and result.excused:
        return f"expected failure: {result.reason}; {expected_text(result.expected)}"
    if result.outcome in _ELEMENTS:
        return result.reason
    return f"{result.outcome.value.replace('_', ' ')}: {untested_text(result)}"


def _clean(text: str) -> str:
    """Return the text without what no XML may hold, or may command a terminal or the reader of a log."""
    return printable(text, keep="\n\t")
