"""Results: requirements with the findings on them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.model.outcome import Outcome


@dataclass(frozen=True, slots=True)
class ExpectedFailure:
    """Entry of the expected failures: the reason, who mends it, and the last day on which it is excused.

    `problem` says why the entry does not hold any more, which fails the run whatever the deployment does.
    """

    reason: str
    owner: str
    expires: date
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Row of the register with the finding on it. `exchanges` are all that the rule looked at.

    `left_out` says that an extended run would have sent more requests for it; `seconds` is how long judging it took,
    with the requests that no other had asked before.
    """

    requirement: Requirement
    finding: Finding
    exchanges: tuple[Exchange, ...] = ()
    expected: ExpectedFailure | None = None
    left_out: bool = False
    seconds: float = field(default=0.0, compare=False)

    @property
    def outcome(self) -> Outcome:
        """Outcome of the finding; a SHOULD that failed is a warning."""
        if self.finding.outcome is Outcome.FAILED and self.requirement.level == "should":
            return Outcome.WARNED
        return self.finding.outcome

    @property
    def excused(self) -> bool:
        """Tell whether the requirement failed as expected."""
        return self.outcome is Outcome.FAILED and self.expected is not None and self.expected.problem is None
