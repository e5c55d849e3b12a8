"""Report of a run, before anything in it is redacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from oneinvoice_conformance.documented import RATE_LIMIT
from oneinvoice_conformance.engine.effective_options import EffectiveOptions
from oneinvoice_conformance.history.changes import Drift
from oneinvoice_conformance.history.snapshot import ApiSnapshot
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.model.verdict import Verdict, verdict
from oneinvoice_conformance.ratelimit.load_profile import LoadProfile


@dataclass(frozen=True, slots=True)
class Report:
    """Report of a run: results, all exchanges, and what else is shown; `started` is in seconds since 1970.

    `causes` are those that several of the results share.
    """

    base: str
    contract: Contract
    scope: Scope
    results: tuple[Result, ...]
    exchanges: tuple[Exchange, ...]
    requests_by_key: Mapping[str, int]
    started: float
    seconds: float
    interrupted: bool = False
    notes: tuple[str, ...] = ()
    rate_limit: int = RATE_LIMIT
    observed: ApiSnapshot = field(default_factory=ApiSnapshot)
    drift: Drift | None = None
    causes: tuple[Cause, ...] = ()
    load_profile: LoadProfile | None = None
    configuration: EffectiveOptions = field(default_factory=EffectiveOptions)

    @property
    def verdict(self) -> Verdict:
        return verdict(self.results, interrupted=self.interrupted)

    def count(self, outcome: Outcome) -> int:
        return sum(result.outcome is outcome for result in self.results)
