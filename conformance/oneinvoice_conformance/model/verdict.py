"""Outcomes of single requirements, and the verdict over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.exchange import Exchange


class Outcome(StrEnum):
    """What is known of one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"  # a SHOULD that was not met
    INCONCLUSIVE = "inconclusive"  # looked at, and the answers allow no judgement
    NOT_TESTED = "not_tested"  # not looked at; the reason says what to supply
    NOT_APPLICABLE = "not_applicable"  # nothing outside can observe it, or its condition did not arise
    ERROR = "error"  # the kit's own fault


class Verdict(StrEnum):
    """What is known of the deployment."""

    CONFORMS = "conforms"
    EXCUSED = "conforms, with expected failures"  # never said without how many; see `headline`
    VIOLATIONS = "violations"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule says: an outcome, the reason in one sentence, and the exchanges that show it.

    `certain` marks a failure that one answer proves, whatever the data does meanwhile; any other failure is read
    again before it counts. `transient` marks a finding that a second try may turn into another.
    """

    outcome: Outcome
    reason: str
    telling: tuple[Exchange, ...] = ()
    certain: bool = False
    transient: bool = False
    deliveries: tuple[Delivery, ...] = ()

    def showing(self, *deliveries: Delivery) -> Finding:
        """The same, with webhook deliveries that show it."""
        return replace(self, deliveries=deliveries)


class Undecided(Exception):
    """Raised where a rule can't be judged; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.reason)
        self.finding = finding


def passed(reason: str, *telling: Exchange) -> Finding:
    return Finding(Outcome.PASSED, reason, telling)


def failed(reason: str, *telling: Exchange, certain: bool = False) -> Finding:
    return Finding(Outcome.FAILED, reason, telling, certain=certain)


def inconclusive(reason: str, *telling: Exchange, transient: bool = False) -> Finding:
    return Finding(Outcome.INCONCLUSIVE, reason, telling, transient=transient)


def not_tested(reason: str) -> Finding:
    return Finding(Outcome.NOT_TESTED, reason)


def not_applicable(reason: str) -> Finding:
    return Finding(Outcome.NOT_APPLICABLE, reason)


@dataclass(frozen=True, slots=True)
class Expected:
    """Why a requirement is known to fail, who mends that, and the last day on which it is excused.

    `problem` says why the entry does not hold any more, which fails the run whatever the deployment does.
    """

    reason: str
    owner: str
    expires: date
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One row of the register and what was found of it. `exchanges` are all that the rule looked at."""

    requirement: Requirement
    finding: Finding
    exchanges: tuple[Exchange, ...] = ()
    expected: Expected | None = None

    @property
    def outcome(self) -> Outcome:
        """The finding's outcome; a SHOULD that failed is a warning."""
        if self.finding.outcome is Outcome.FAILED and self.requirement.level == "should":
            return Outcome.WARNED
        return self.finding.outcome

    @property
    def excused(self) -> bool:
        """Whether it failed as expected."""
        return self.outcome is Outcome.FAILED and self.expected is not None and self.expected.problem is None


_SETTLED = (Outcome.PASSED, Outcome.NOT_APPLICABLE)


def verdict(results: Sequence[Result], *, interrupted: bool = False) -> Verdict:
    """`conforms` only if every MUST passed but those that can't apply, and at least one did pass.

    A MUST that failed as expected leaves that to the others, and is told with the verdict; an entry of the expected
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
    """The verdict in words; one that excuses failures says how many."""
    if overall is not Verdict.EXCUSED:
        return overall.value
    count = sum(result.excused for result in results)
    return f"conforms, with {count} expected failure{'s' if count > 1 else ''}"


def exit_code(results: Sequence[Result], overall: Verdict) -> int:
    """0 conforms, 1 violations, 3 incomplete, 4 incomplete through a fault of the kit itself."""
    if overall is Verdict.INCOMPLETE and any(result.outcome is Outcome.ERROR for result in results):
        return 4
    return {Verdict.CONFORMS: 0, Verdict.EXCUSED: 0, Verdict.VIOLATIONS: 1, Verdict.INCOMPLETE: 3}[overall]
