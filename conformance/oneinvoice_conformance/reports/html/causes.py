"""Causes that several requirements share, as the HTML report shows them."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.model.outcome import ReportedOutcome
from oneinvoice_conformance.reports.html.excerpt import Excerpts, ShownExchange
from oneinvoice_conformance.reports.phrases import MARKS, by_outcome
from oneinvoice_conformance.reports.redacted import RedactedCause, RedactedReport


@dataclass(frozen=True, slots=True)
class ShownOutcome:
    """Outcome of some of the requirements that a cause explains: as a class, a mark and words, with their ids."""

    name: str
    mark: str
    label: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownCause:
    """A cause with the requirements that it explains, by outcome, and the exchanges that show it."""

    number: int
    seen: str
    remedy: str
    outcomes: tuple[ShownOutcome, ...]
    exchanges: tuple[ShownExchange, ...]

    @property
    def kind(self) -> str:
        """Worst outcome of those that it explains, as the name of a class."""
        return self.outcomes[0].name if self.outcomes else ""

    @property
    def count(self) -> int:
        """Number of requirements that it explains."""
        return sum(len(outcome.ids) for outcome in self.outcomes)


def class_name(outcome: ReportedOutcome) -> str:
    """Return the outcome as the name of a class of the page's style."""
    return outcome.value.replace("_", "-")


def shown_causes(report: RedactedReport, excerpts: Excerpts) -> list[ShownCause]:
    return [_shown(report, cause, excerpts) for cause in report.causes]


def _shown(report: RedactedReport, cause: RedactedCause, excerpts: Excerpts) -> ShownCause:
    outcomes = [
        ShownOutcome(
            class_name(group[0].reported),
            MARKS[group[0].reported],
            group[0].reported.label,
            tuple(result.requirement.id for result in group),
        )
        for group in by_outcome(report, cause)
    ]
    exchanges = excerpts.wholes(cause.shown, cause.seen)
    seen, remedy = excerpts.sentence(cause.seen), excerpts.sentence(cause.remedy)
    return ShownCause(cause.number, seen, remedy, tuple(outcomes), tuple(exchanges))
