"""Verdict over all requirements."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result


class Verdict(StrEnum):
    """Verdict on a deployment."""

    CONFORMS = "conforms"
    EXCUSED = "conforms, with expected failures"  # never said without how many; see `headline`
    VIOLATIONS = "violations"
    INCOMPLETE = "incomplete"


_SETTLED = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


def verdict(results: Sequence[Result], *, interrupted: bool = False) -> Verdict:
    """Return the verdict: `conforms` only if every MUST that can apply passed, and at least one did.

    A MUST that failed as expected leaves the verdict to the others, and is mentioned in it; an entry of the expected
    failures that does not hold counts as a failure.
    """
    musts = [result for result in results if result.requirement.level == "must"]
    outcomes = [result.outcome for result in musts if not result.excused]
    if interrupted:
        return Verdict.INCOMPLETE
    if Outcome.FAILED in outcomes or any(result.expected and result.expected.problem for result in results):
        return Verdict.VIOLATIONS
    if not all(outcome in _SETTLED for outcome in outcomes):
        return Verdict.INCOMPLETE
    if len(outcomes) < len(musts):
        return Verdict.EXCUSED
    return Verdict.CONFORMS if Outcome.PASSED in outcomes else Verdict.INCOMPLETE


def headline(results: Sequence[Result], overall: Verdict) -> str:
    """Return the verdict in words, with the number of expected failures if there are any."""
    if overall is not Verdict.EXCUSED:
        return overall.value
    count = sum(result.excused for result in results)
    return f"conforms, with {count} expected failure{'s' if count > 1 else ''}"


def exit_code(results: Sequence[Result], overall: Verdict) -> int:
    """Return 0 for conforms, 1 violations, 3 incomplete, 4 incomplete through a fault of the kit itself."""
    if overall is Verdict.INCOMPLETE and any(result.outcome is Outcome.ERROR for result in results):
        return 4
    return {Verdict.CONFORMS: 0, Verdict.EXCUSED: 0, Verdict.VIOLATIONS: 1, Verdict.INCOMPLETE: 3}[overall]
