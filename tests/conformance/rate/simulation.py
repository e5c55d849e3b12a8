"""The rules of the rate limit against models of limiters, in time that only passes as requests take it."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import Clock, Pacer
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from oneinvoice_conformance.model.finding import Finding, Undecided
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.session.rule_context import RuleContext

from tests.conformance.judging import NAMES, rules_of
from tests.miniatures.limits import Limiter

RATE = rules_of("RATE")
KEYS = {role: f"1iv_{role}" for role in ("primary", "sibling", "other")}
_BASE = "http://deployment.example"
_LIST = json.dumps([{"id": 1}]).encode()


class VirtualClock:
    """Clock whose seconds pass by waiting and answering alone."""

    def __init__(self, time: float) -> None:
        self.time = time

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += max(seconds, 0.0)


@dataclass
class Simulated:
    """A deployment that is nothing but a limiter: `latency` seconds, of which some are jitter, and a refusal's code."""

    limiter: Limiter
    clock: VirtualClock
    latency: float
    jitter: float = 0.0
    refusal: int = 429
    retry_after: int | None = None
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    counts_bad_input: bool = True
    by_turns: bool = False  # whether what is sent together is answered one after the other
    served: list[float] = field(default_factory=list)  # when, with the primary key
    refused: int = 0

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        sent = self.clock.time
        spans = []
        for index, call in enumerate(calls):
            took = self.latency * (1 + self.jitter * self.chance.random())
            counted = sent + took * self.chance.random() if self.jitter else sent + took / 2 + index * 1e-4
            if self.by_turns:
                before = spans[-1][1] if spans else 0.0
                counted, took = counted + before, took + before
            spans.append((counted, took, index, call))
        answers = {index: self._answer(call, sent, counted, took) for counted, took, index, call in sorted(spans)}
        self.clock.time = max(answer.received for answer in answers.values())
        return [answers[index] for index in range(len(calls))]

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        role = call.headers.get("Authorization", "").removeprefix("Bearer 1iv_")
        endpoint = self.counted_as(call)
        if role not in KEYS:
            return RawResponse(sent, sent + took, 401)
        if "status=no-such" in call.url and not self.counts_bad_input:
            return RawResponse(sent, sent + took, 400)
        if self.limiter.admit(role, endpoint, counted):
            if "status=no-such" in call.url:
                return RawResponse(sent, sent + took, 400)
            if role == "primary":
                self.served.append(counted)
            return RawResponse(sent, sent + took, 200, (), _LIST)
        self.refused += 1
        asked = () if self.retry_after is None else (("Retry-After", str(self.retry_after)),)
        return RawResponse(sent, sent + took, self.refusal, asked, b'{"error": "too many requests"}')

    def counted_as(self, call: OutgoingRequest) -> str:
        """Return what the limiter takes for the endpoint."""
        return call.url.removeprefix(f"{_BASE}/api/v1/").partition("?")[0]

    def most_in_a_minute(self) -> int:
        """Return how many requests with the primary key were served within any minute, at most."""
        return max(sum(start <= time < start + 60 for time in self.served) for start in self.served)

    def close(self) -> None:
        pass


@dataclass
class OnlyPlainOrNot(Simulated):
    """A deployment whose limiter is told whether there is a query in the place of the endpoint."""

    def counted_as(self, call: OutgoingRequest) -> str:
        return "query" if "?" in call.url else "plain"


@dataclass
class Workers(Simulated):
    """Workers that count for themselves: a connection leads to one of them, and only new ones lead to others."""

    workers: Sequence[Limiter] = ()
    places: dict[int, int] = field(default_factory=dict)  # of kept-alive connections, at workers

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        self._connections = {id(call): number for number, call in enumerate(calls)}
        return super().fetch(calls, clock)

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        anywhere = self.chance.randrange(len(self.workers))
        place = anywhere if call.on_new_connection else self.places.setdefault(self._connections[id(call)], anywhere)
        self.limiter = self.workers[place]
        return super()._answer(call, sent, counted, took)


@dataclass
class SimulatedResult:
    """The findings, the requests with each key, and the seconds that it took."""

    findings: dict[str, Finding]
    requests: dict[str, int]
    seconds: float
    unplanned: int

    def outcomes(self) -> dict[str, str]:
        return {id: finding.outcome.value for id, finding in self.findings.items()}

    def __str__(self) -> str:
        return "\n".join(
            [f"{self.requests} in {self.seconds:.0f} s, {self.unplanned} unplanned"]
            + [f"{id} {finding.outcome.value}: {finding.reason}" for id, finding in self.findings.items()]
        )


def simulate(
    deployment: Simulated,
    *,
    ordinary: int = 42,
    others: int = 16,
    keys: Sequence[str] = tuple(KEYS),
    limit: int = 60,
    wanted: Sequence[str] = RATE,
    allow_load: bool = False,
    shared: bool = False,
    bad: int = 0,
) -> SimulatedResult:
    """Judge the rate limit after so many ordinary and bad requests with the key, and others with each of the others."""
    begun = deployment.clock.time
    target = Deployment(_BASE, {role: KEYS[role] for role in keys})
    with Client(target, pacer=Pacer(limit, deployment.clock), transport=deployment) as client:
        for role, count in (("primary", ordinary), *((role, others) for role in keys if role != "primary")):
            credential = target.credential(role)
            assert credential
            for number in range(count):
                endpoint = ("members", "members", "quotes", "invoices")[number % 4]
                client.ask(Request(endpoint, credential, (("offset", str(number)),)))
        for number in range(bad):
            query = (("status", f"no-such-{number}"),)
            client.ask(Request("members", target.credential("primary") or NOBODY, query, accepts_4xx=True))
        unplanned = deployment.refused
        overload = Overload(client, wanted, allow_load=allow_load, shared=shared)
        findings = {}
        for id in wanted:
            try:
                findings[id] = RULES[id].judge(RuleContext(client, NAMES, None, overload))
            except Undecided as undecided:
                findings[id] = undecided.finding
        return SimulatedResult(findings, client.requests_by_key(), deployment.clock.time - begun, unplanned)
