"""Evidence in a trial: the requests and deliveries that show some finding."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.reports.redacted import RedactedReport, RedactedTrial


@dataclass(frozen=True, slots=True)
class Shown:
    """Numbers of the requests and deliveries of a trial that show a finding, and the ids of these requirements."""

    requests: frozenset[int]
    deliveries: frozenset[int]
    requirements: tuple[str, ...]


def shown_of(report: RedactedReport, trial: RedactedTrial) -> Shown:
    """Return what of a trial shows a finding."""
    found = [
        (result.requirement.id, each)
        for result in report.results
        for each in result.observations
        if each.scenario == trial.scenario
    ]
    return Shown(
        frozenset(number for _, each in found for number in each.requests),
        frozenset(number for _, each in found for number in each.deliveries),
        tuple(dict.fromkeys(id for id, _ in found)),
    )
