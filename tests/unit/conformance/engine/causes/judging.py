"""Runs on miniatures in the same process, for the causes that they name."""

from __future__ import annotations

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_openapi.register import register

from tests.miniatures import FAULTS, FREE, Deployment
from tests.unit.conformance.fakes import CONTRACT, KEYS, NAMES, InProcess

ROWS = register().of("deployment")
READING = Scope.parse(ROWS, None, "HOOK,RATE,NEWS")


def judged(miniature: str | Deployment, keys: dict[str, str] = KEYS, scope: Scope = READING) -> Report:
    """Return the report on a miniature, by its name or as it is."""
    deployment = (FAULTS | FREE)[miniature].deployment() if isinstance(miniature, str) else miniature
    return run(InProcess(deployment, keys), CONTRACT, scope, NAMES)


def explained(report: Report) -> list[list[str]]:
    """Return the requirements that each cause explains."""
    return [list(cause.requirements) for cause in report.causes]
