"""Findings: what a rule says of one requirement, and why."""

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
    """The options of a run that would supply what is missing, such as `--other-key`."""

    options: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """Judgement of a rule: an outcome, the reason in one sentence, and the exchanges that show it.

    `certain` marks a failure that one answer proves, whatever the data does meanwhile; any other failure is read
    again before it counts. `transient` marks a finding that a second try may turn into another. `remedy` names what
    would settle it, where that is an option of the run, and `source` what found it.
    """

    outcome: Outcome
    reason: str
    evidence: tuple[Exchange, ...] = ()
    certain: bool = False
    transient: bool = False
    deliveries: tuple[Delivery, ...] = ()
    remedy: Remedy | None = None
    source: Source = Source.RULE

    def with_deliveries(self, *deliveries: Delivery) -> Finding:
        """Return the same, with webhook deliveries that show it."""
        return replace(self, deliveries=deliveries)


class Undecided(Exception):
    """Raised where a rule can't be judged; carries the finding."""

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
    """Return a finding of what was not looked at; `options` are those of a run that would supply what is missing."""
    return Finding(Outcome.NOT_TESTED, reason, remedy=Remedy(options) if options else None)


def not_applicable(reason: str) -> Finding:
    return Finding(Outcome.NOT_APPLICABLE, reason)
