"""Words and marks that several formats share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.outcome import Outcome, ReportedOutcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.reports.redacted import (
    RedactedCause,
    RedactedContract,
    RedactedDrift,
    RedactedEvidence,
    RedactedExpected,
    RedactedLoadProfile,
    RedactedMismatch,
    RedactedReport,
    RedactedResult,
)
from oneinvoice_conformance.wording import counted, joined, ranges

MARKS = {
    ReportedOutcome.PASSED: "✓",
    ReportedOutcome.FAILED: "✗",
    ReportedOutcome.EXCUSED: "×",
    ReportedOutcome.WARNED: "!",
    ReportedOutcome.INCONCLUSIVE: "?",
    ReportedOutcome.NOT_TESTED: "○",
    ReportedOutcome.NOT_APPLICABLE: "–",
    ReportedOutcome.ERROR: "⚠",
}
# By what a change means: the mark, and the heading over all of them.
CHANGE_MARKS = {
    ChangeSeverity.BREAKING: ("✗", "Breaking"),
    ChangeSeverity.UNSURE: ("?", "Perhaps breaking"),
    ChangeSeverity.OTHER: ("+", "Other"),
}
_BARS = "▁▂▃▄▅▆▇█"
_STRIP = 60  # characters
# The outcomes that are shown one by one.
NOTABLE = (Outcome.FAILED, Outcome.ERROR, Outcome.WARNED, Outcome.INCONCLUSIVE)


def tally(results: Sequence[RedactedResult]) -> str:
    """Return `8 passed, 1 failed`, without what is not applicable."""
    counts = Counter(result.reported for result in results if result.outcome is not Outcome.NOT_APPLICABLE)
    return ", ".join(f"{counts[outcome]} {outcome.label}" for outcome in MARKS if counts[outcome])


def by_reason(report: RedactedReport, outcome: Outcome) -> list[list[RedactedResult]]:
    """Return the results of that outcome, those with the same reason together; without what a shared cause explains."""
    groups: dict[tuple[str, tuple[str, ...], RedactedExpected | None], list[RedactedResult]] = {}
    for result in sorted(report.results, key=lambda result: result.excused):
        if result.outcome is outcome and report.cause_of(result) is None:
            expected = result.expected if result.excused else None
            groups.setdefault((result.reason, result.options, expected), []).append(result)
    return list(groups.values())


def by_outcome(report: RedactedReport, cause: RedactedCause) -> list[list[RedactedResult]]:
    """Return the results that a cause explains, those with the same outcome together, in the order of the marks."""
    results = [result for result in report.results if result.requirement.id in cause.requirements]
    groups = [[result for result in results if result.reported is outcome] for outcome in MARKS]
    return [group for group in groups if group]


def evidence_line(evidence: RedactedEvidence) -> str:
    """Return `GET /api/v1/quotes with no credentials: 200, 50 records in 9,000 bytes`, or the text of no list."""
    exchange = evidence.exchange
    line = f"{exchange.method} {exchange.target} with {exchange.role.label}: {exchange.outcome}"
    if evidence.records is None:
        return f"{line} {evidence.body.line}".strip()
    return f"{line}, {counted(evidence.records, 'records')} in {evidence.body.size:,} bytes"


def ids_of(results: Sequence[RedactedResult]) -> str:
    """Return the ids of the results as ranges."""
    return ranges([result.requirement.id for result in results])


def scope_of(report: RedactedReport) -> str:
    """Return the scope in words, and whether the run got through it."""
    return f"{scope_words(report.scope, report.contract)}{' (interrupted)' if report.interrupted else ''}"


def scope_words(scope: Scope, contract: Contract | RedactedContract) -> str:
    """Return the scope in words, with the contract unless that is today's."""
    return f"{scope}; by contract {contract.version}" if contract.is_release else str(scope)


def reason_text(result: RedactedResult) -> str:
    """Return the reason, and that of the expected failure where it is one."""
    known = f"; known: {expected_text(result.expected)}" if result.excused and result.expected else ""
    return f"{result.reason}{known}"


def untested_text(result: RedactedResult) -> str:
    """Return why a requirement was not tested, with the options that would supply what is missing."""
    named = [option for option in result.options if option not in result.reason]
    return f"{result.reason}; give {joined(named)}" if named else result.reason


def traffic_of(report: RedactedReport) -> str:
    """Return how many requests a run sent, or what came and went in the scenarios of a client."""
    if report.client is None:
        return f"{len(report.exchanges)} requests"
    trials = report.client.trials
    requests = counted(sum(len(trial.requests) for trial in trials), "requests")
    events = counted(sum(len(trial.deliveries) for trial in trials), "events")
    return f"{requests} and {events} in {counted(len(trials), 'scenarios')}"


def mismatch_text(mismatch: RedactedMismatch) -> str:
    """Return where something else stands than what was expected, in one sentence."""
    return f"at {mismatch.place}: expected {mismatch.expected}; seen {mismatch.seen}"


def expected_text(expected: RedactedExpected) -> str:
    """Return the reason of an expected failure, who mends it, and until when that will do."""
    return f"{expected.reason} ({expected.owner}, until {expected.expires})"


def earlier_reports(drift: RedactedDrift) -> str:
    """Return `old.json of 2026-05-01`, or how many they are and from when the first is."""
    first = drift.against[0]
    day = f"{first.started:%Y-%m-%d}"
    if len(drift.against) == 1:
        return f"{first.name} of {day}"
    return f"{len(drift.against)} earlier reports, the first of {day}"


def load_strip(profile: RedactedLoadProfile) -> str:
    """Return what a key got over time as a line of characters: bars for what was served, crosses for refusals alone."""
    group = max(1, math.ceil(len(profile.served) / _STRIP))
    starts = range(0, len(profile.served), group)
    counts = [
        (sum(profile.served[start : start + group]), sum(profile.refused[start : start + group])) for start in starts
    ]
    most = max((served for served, _ in counts), default=0)
    strip = "".join(
        _BARS[math.ceil(served / most * len(_BARS)) - 1] if served else "×" if refused else "·"
        for served, refused in counts
    )
    refused = sum(profile.refused)
    beside = f", {refused:,} in all" if any(served and refused for served, refused in counts) else ""
    return f"0 s {strip} {profile.seconds:.0f} s  (bars served, {most} at most; × refused{beside})"
