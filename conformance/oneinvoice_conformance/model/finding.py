"""Findings: judgements of rules on single requirements, with reasons and evidence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.outcome import Outcome


class Source(StrEnum):
    """Origin of a finding."""

    RULE = "rule"
    GENERATED = "generated"  # generated requests alone showed it


@dataclass(frozen=True, slots=True)
class Remedy:
    """Options of a run that would supply what is missing, such as `--other-key`."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Place in an answer or a delivery, what was expected there, and what was there.

    `pointer` is a JSON Pointer (RFC 6901) into the body, empty for all of it; or `status`, `method` or `header NAME`.
    """

    source: Exchange | Delivery
    pointer: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Judgement of a rule: an outcome, the reason in one sentence, and the exchanges that show it.

    `certain` marks a failure that one answer proves, however the data changes meanwhile; any other failure is read
    again before it counts. `transient` marks a finding that a second try may turn into another. `remedy` names options
    of the run that would settle it, and `source` is its origin. `mismatch` is where a failure shows, if it is a place.
    """

    outcome: Outcome
    reason: str
    evidence: tuple[Exchange, ...] = ()
    certain: bool = False
    transient: bool = False
    deliveries: tuple[Delivery, ...] = ()
    remedy: Remedy | None = None
    source: Source = Source.RULE
    mismatch: Mismatch | None = None

    def with_deliveries(self, *deliveries: Delivery) -> Finding:
        """Return the finding with webhook deliveries that show it."""
        return replace(self, deliveries=deliveries)

    def at(self, source: Exchange | Delivery, pointer: str, expected: object, seen: object) -> Finding:
        """Return the finding with the place that shows it."""
        return replace(self, mismatch=Mismatch(source, pointer, str(expected), str(seen)))


class Undecided(Exception):
    """Raised where a requirement can't be judged, with the finding to report instead."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.reason)
        self.finding = finding


def passed(reason: str, *evidence: Exchange) -> Finding:
    return Finding(Outcome.PASSED, reason, evidence)


def failed(reason: str, *evidence: Exchange, certain: bool = False) -> Finding:
    return Finding(Outcome.FAILED, reason, evidence, certain=certain)


def inconclusive(reason: str, *evidence: Exchange, transient: bool = False) -> Finding:
    return Finding(Outcome.INCONCLUSIVE, reason, evidence, transient=transient)


def not_tested(reason: str, *options: str) -> Finding:
    """Return a finding on something that was not looked at; `options` of a run would supply what is missing."""
    return Finding(Outcome.NOT_TESTED, reason, remedy=Remedy(options) if options else None)


def not_applicable(reason: str) -> Finding:
    return Finding(Outcome.NOT_APPLICABLE, reason)
