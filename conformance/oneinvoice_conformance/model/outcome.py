"""Outcomes of single requirements."""

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
