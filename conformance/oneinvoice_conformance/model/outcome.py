"""Outcomes of single requirements, as rules judge them and as reports show them."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """Outcome of judging one requirement."""

    PASSED = "passed"
    FAILED = "failed"
    WARNED = "warned"  # a SHOULD that was not met
    INCONCLUSIVE = "inconclusive"  # looked at, and the answers allow no judgement
    NOT_TESTED = "not_tested"  # not looked at; the reason says what to supply
    NOT_APPLICABLE = "not_applicable"  # nothing outside can observe it, or its condition did not arise
    ERROR = "error"  # the kit's own fault


class ReportedOutcome(StrEnum):
    """Outcome as reports show and compare it: failures that are excused as expected are apart from the others."""

    PASSED = "passed"
    FAILED = "failed"
    EXCUSED = "failed_as_expected"
    WARNED = "warned"
    INCONCLUSIVE = "inconclusive"
    NOT_TESTED = "not_tested"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"

    @classmethod
    def from_outcome(cls, outcome: Outcome, *, excused: bool) -> ReportedOutcome:
        return cls.EXCUSED if excused else cls(outcome.value)

    @property
    def label(self) -> str:
        """Outcome in words, for people."""
        return self.value.replace("_", " ")
