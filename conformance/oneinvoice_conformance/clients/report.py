"""Report of a client's verdict, before anything in it is made printable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from oneinvoice_conformance.clients.observation import Evidence, Trial
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict, verdict


@dataclass(frozen=True, slots=True)
class ClientReport:
    """Report of a client: the results, and the trials that show them. `started` is in seconds since 1970.

    `client` is it in words, `depth` how deep it was looked at: watch, run, readback or recording. `evidence` tells by
    the id of a requirement what shows the finding on it, `configuration` has the options that decide verdicts, as JSON.
    """

    client: str
    depth: str
    contract: Contract
    scope: Scope
    results: tuple[Result, ...]
    trials: tuple[Trial, ...]
    evidence: Mapping[str, tuple[Evidence, ...]]
    started: float
    seconds: float
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        return verdict(self.results, interrupted=self.interrupted)

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome is outcome for result in self.results)
