"""A key to put under load: models of limiters behind a client, in time that only passes as requests take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad

from tests.conformance.rate.simulation import KEYS, Simulated, VirtualClock
from tests.miniatures.limits import Limiter
from tests.unit.conformance.fakes import BASE, VALID

MEMBERS = Request("members", VALID)
PROMPT = 0.005  # seconds that an answer takes
CAP = 133


def limited(limiter: Limiter, latency: float = PROMPT, refusal: int = 429, *, by_turns: bool = False) -> Simulated:
    """A deployment that is nothing but a limiter."""
    return Simulated(limiter, VirtualClock(1_000), latency, refusal=refusal, by_turns=by_turns)


@dataclass
class Scripted(Simulated):
    """A limited deployment that errs first of all, once it is told to: with these codes, one after the other."""

    errors: Sequence[int] = ()

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        if self.errors:
            status, *self.errors = self.errors
            return RawResponse(sent, sent + took, status)
        return super()._answer(call, sent, counted, took)


def key_under_load(
    deployment: Simulated, *, before: int = 1, limit: int = 60, cap: int = CAP, roles: Sequence[str] = tuple(KEYS)
) -> KeyUnderLoad:
    """The primary key, after so many requests of a run."""
    target = Deployment(BASE, {role: KEYS[role] for role in roles})
    client = Client(target, pacer=Pacer(limit, deployment.clock), transport=deployment)
    credential = target.credential(Role.PRIMARY)
    assert credential
    request = Request("members", credential)
    for _ in range(before):
        client.ask_once(request)
    return KeyUnderLoad(client, request, cap)
