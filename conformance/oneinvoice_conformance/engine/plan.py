"""Plan of a run: the requests that it would send, told without sending any.

The rules are run against simulated deployments, each of which has something that makes a run ask more or less.
Requests that all of them get are certain; the others depend on earlier answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.engine.causes.observation import is_fresh
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.engine.simulated_deployment import SimulatedClock, SimulatedDeployment, Traits
from oneinvoice_conformance.history.baseline import Baseline
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.records.names import Names

_SIMULATED = (
    Traits(records=0, latency=0.01, limited=True),
    Traits(records=60, latency=0.01, limited=True, other_words=True),
    Traits(records=240, latency=0.05, limited=True),
    Traits(records=480, latency=0.05, limited=False, slashes=True),
    Traits(records=480, latency=0.05, limited=True, turn=6.0),
    Traits(records=1_200, latency=0.2, limited=True),
)
Key = tuple[str, Role]


@dataclass(frozen=True, slots=True)
class Span:
    """Range from the least to the most."""

    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Span:
        return cls(min(values), max(values))

    def __str__(self) -> str:
        least, most = round(self.least), round(self.most)
        return f"{least:,}" if least == most else f"{least:,}–{most:,}"


@dataclass(slots=True)
class Line:
    """Line of a plan: a request, the role of its credential, the requirements that it decides, and its number."""

    text: str
    role: Role
    decides: list[str] = field(default_factory=list)
    count: Span = Span(0, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """Plan: lines in the order of sending, requests by key, and seconds with a prompt deployment."""

    lines: tuple[Line, ...]
    by_key: Mapping[str, Span]
    seconds: Span

    def covers(self, request: Request) -> bool:
        """Tell whether the plan has a line for the request, or it is one that looks for a cause of what went wrong."""
        written = {(line.text, line.role) for line in self.lines}
        is_written = not written.isdisjoint({_key(request), (_template(request), request.credential.role)})
        return is_written or (request.endpoint in ENDPOINTS and is_fresh(request.query))


def plan(
    deployment: Deployment,
    contract: Contract,
    scope: Scope,
    names: Mapping[str, Names],
    limit: int,
    baseline: Baseline | None = None,
) -> Plan:
    """Return the plan of a run in that scope with the deployment's keys, at most `limit` requests a minute."""
    reports, seconds = [], []
    for traits in _SIMULATED:
        clock = SimulatedClock()
        revokes = deployment.revoke is not None
        transport = SimulatedDeployment(deployment.keys, traits, limit, clock, revoked_later=revokes)
        simulated = replace(deployment, lists={}, revoke=transport.revoke if revokes else None)
        with Client(simulated, pacer=Pacer(limit, clock), transport=transport) as client:
            reports.append(run(client, contract, scope, names, baseline=baseline))
        seconds.append(clock.now())
    by_key = {
        key: Span.of([report.requests_by_key.get(key, 0) for report in reports])
        for key in dict.fromkeys(key for report in reports for key in report.requests_by_key)
    }
    return Plan(_lines(reports), by_key, Span.of(seconds))


def _lines(reports: Sequence[Report]) -> tuple[Line, ...]:
    """Return the requests of all runs; those that depend on answers as templates."""
    written = [{_key(exchange.request) for exchange in report.exchanges} for report in reports]
    always = set.intersection(*written)
    lines: dict[Key, Line] = {}
    counts: list[Counter[Key]] = []
    for report in reports:
        decided = _decided(report)
        counts.append(Counter())
        for exchange in report.exchanges:
            key = _key(exchange.request)
            if key not in always:
                key = (_template(exchange.request), key[1])
            line = lines.setdefault(key, Line(*key))
            line.decides = list(dict.fromkeys([*line.decides, *decided.get(exchange.number, ())]))
            counts[-1][key] += 1
    for key, line in lines.items():
        line.count = Span.of([each[key] for each in counts])
    return tuple(lines.values())


def _decided(report: Report) -> dict[int, list[str]]:
    """Return the requirements that looked at each exchange, by its number."""
    decided: dict[int, list[str]] = {}
    for result in report.results:
        for exchange in result.exchanges:
            decided.setdefault(exchange.number, []).append(result.requirement.id)
    return decided


def _key(request: Request) -> Key:
    return f"{request.method} {request.canonical_target}", request.credential.role


def _template(request: Request) -> str:
    """Return the request with letters for values that earlier answers decide: an offset and a status."""
    open_values = {"offset": "N", "status": "S"}
    query = "&".join(f"{name}={open_values.get(name, value)}" for name, value in request.query)
    return f"{request.method} {request.path}{'?' if query else ''}{query}"
