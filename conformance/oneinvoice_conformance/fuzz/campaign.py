"""Campaign of generated requests, made from the authored document and judged by the documentation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from oneinvoice_conformance.fuzz.freedoms import documented_part, explanation
from oneinvoice_conformance.fuzz.generation import GenerationFailed, generate_requests
from oneinvoice_conformance.fuzz.suspicion import JUDGED, Suspicion, find_suspicions
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.finding import Finding, Source
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result

if TYPE_CHECKING:
    from oneinvoice_conformance.session.validator import Validator

_SIGHTINGS = 3  # of a failure, with a harmless request served between them
_GIVE_UP_AFTER = 3  # requests in a row without an answer


@dataclass(frozen=True, slots=True)
class FuzzCampaign:
    """Number of requests to generate and send, and the seed that they are generated from."""

    requests: int
    seed: int

    def judge(self, client: Client, contract: Contract, results: Sequence[Result]) -> tuple[list[Result], str]:
        """Send generated requests, and return the results with the failures that they prove, and a note on both."""
        scope = {result.requirement.id for result in results} & set(JUDGED)
        options = f"--fuzz {self.requests} --fuzz-seed {self.seed}"
        if not scope:
            return list(results), f"{options} sent nothing, since it judges {', '.join(JUDGED)} and none is in scope"
        try:
            key = client.deployment.credential(Role.PRIMARY)
            requests = generate_requests(self.requests, self.seed, key, contract)
        except GenerationFailed as error:  # which must not take the verdicts of the rules with it
            finding = Finding(Outcome.ERROR, f"{options} failed ({error}); please report it")
            return [_unless_failed(result, finding, scope) for result in results], f"{options} sent nothing"
        run = _CampaignRun(client, scope, self.requests, _validator(scope, contract))
        run.send(requests)
        return [run.judge(result, self.seed) for result in results], f"{options} sent {run.summary()}"


def _validator(scope: set[str], contract: Contract) -> Validator | None:
    if not any(id.startswith("SPEC-") for id in scope):
        return None
    from oneinvoice_conformance.session.validator import Validator  # see there why it is imported here

    return Validator(contract.document)


def _unless_failed(result: Result, finding: Finding, scope: set[str]) -> Result:
    judged = result.requirement.id in scope and result.finding.outcome is not Outcome.FAILED
    return replace(result, finding=finding) if judged else result


@dataclass(slots=True)
class _Proof:
    """Suspicion that was seen in each of these exchanges."""

    suspicion: Suspicion
    seen: list[Exchange]


@dataclass(slots=True)
class _CampaignRun:
    """State of a campaign: proofs and counts. All requests, harmless ones too, come out of the `budget`.

    One proof is enough for each requirement, endpoint and kind of suspicion.
    """

    client: Client
    scope: set[str]
    budget: int
    validator: Validator | None
    proofs: list[_Proof] = field(default_factory=list)
    explained: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    unproven: int = 0
    unanswered: int = 0
    _unanswered_in_a_row: int = 0

    def send(self, requests: Sequence[Request]) -> None:
        for request in requests:
            if self.sent >= self.budget or self._unanswered_in_a_row >= _GIVE_UP_AFTER:
                return
            exchange = self._ask(request)
            for suspicion in find_suspicions(exchange, self.validator):
                if freedom := explanation(exchange, suspicion.kind):
                    self.explained[freedom.name] += 1
                elif suspicion.requirement in self.scope and not self._is_proven(suspicion, request):
                    self._prove(suspicion, exchange)

    def judge(self, result: Result, seed: int) -> Result:
        """Return the result, failed if there are proofs; where it failed already, its reason mentions them."""
        proofs = [proof for proof in self.proofs if proof.suspicion.requirement == result.requirement.id]
        if not proofs:
            return result
        if result.finding.outcome is Outcome.FAILED:
            reason = f"{result.finding.reason}; generated input shows it too"
            return replace(result, finding=replace(result.finding, reason=reason))
        more = f" (and {len(proofs) - 1} more)" if len(proofs) > 1 else ""
        reason = f"generated input (seed {seed}): {proofs[0].suspicion.reason}, {_SIGHTINGS} times{more}"
        evidence = tuple(exchange for proof in proofs for exchange in proof.seen)
        return replace(result, finding=Finding(Outcome.FAILED, reason, evidence, certain=True, source=Source.GENERATED))

    def summary(self) -> str:
        """Return the numbers of requests and of answers that proved nothing, in words."""
        parts = [f"{self.sent} requests"]
        if self.explained:
            freedoms = ", ".join(f"{name} {count}" for name, count in sorted(self.explained.items()))
            parts.append(f"answers that the documentation leaves open: {freedoms}")
        if self.unproven:
            parts.append(f"{self.unproven} suspicious answers that did not come {_SIGHTINGS} times")
        if self.unanswered:
            parts.append(f"{self.unanswered} requests without an answer")
        return "; ".join(parts)

    def _ask(self, request: Request) -> Exchange:
        self.sent += 1
        exchange = self.client.ask_once(request)
        self._unanswered_in_a_row = self._unanswered_in_a_row + 1 if exchange.error else 0
        self.unanswered += bool(exchange.error)
        return exchange

    def _is_proven(self, suspicion: Suspicion, request: Request) -> bool:
        fault = (suspicion.requirement, suspicion.kind, request.endpoint)
        return any(
            fault == (proof.suspicion.requirement, proof.suspicion.kind, proof.seen[0].request.endpoint)
            for proof in self.proofs
        )

    def _prove(self, suspicion: Suspicion, exchange: Exchange) -> None:
        """See the suspicion again, with a harmless request served before each time, so that it is due to the input."""
        seen = [exchange]
        while len(seen) < _SIGHTINGS:
            if self.sent + 2 > self.budget or not self._serves_harmless(exchange.request, suspicion):
                self.unproven += 1
                return
            seen.append(self._ask(exchange.request))
            if not self._is_suspected(seen[-1], suspicion):
                self.unproven += 1
                return
        self.proofs.append(_Proof(suspicion, seen))

    def _serves_harmless(self, request: Request, suspicion: Suspicion) -> bool:
        """Tell whether the deployment serves the request without what is suspected in it."""
        if suspicion.requirement.startswith("AUTH"):
            harmless = Request(request.endpoint, self.client.deployment.credential(Role.PRIMARY) or NOBODY)
        elif suspicion.requirement == "ERR-1":
            harmless = documented_part(request)
        else:
            harmless = Request(request.endpoint, request.credential)
        answer = self._ask(harmless)
        is_refused = answer.status == 401 and not harmless.credential.valid
        return answer.is_served or answer.is_empty or is_refused

    def _is_suspected(self, exchange: Exchange, before: Suspicion) -> bool:
        """Tell whether the answer is suspected of the same as before, and no freedom explains it."""
        same = (
            each.kind for each in find_suspicions(exchange, self.validator) if each.requirement == before.requirement
        )
        return before.kind in same and not explanation(exchange, before.kind)
