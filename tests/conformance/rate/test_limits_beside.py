"""Limits beside the documented one: of all that comes from an address, or for each second."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NO_KEY
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse

from tests.conformance.rate.models import CORRECT, PROMPT, SLOW, runs, simulated
from tests.conformance.rate.simulation import Simulated, VirtualClock, simulate
from tests.miniatures.limits import Limiter, SlidingLog, TokenBucket


class _Flood:
    """A limit on all that comes from one address, in front of one for each key; what that refuses counts on it."""

    def __init__(self, inner: Limiter, most: int) -> None:
        self._inner = inner
        self._guard: Limiter = SlidingLog(limit=most, counts_rejected=True)
        self.is_guard = False

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        self.is_guard = not self._guard.admit("address", endpoint, now)
        return not self.is_guard and self._inner.admit(key, endpoint, now)


@dataclass
class _Guarded(Simulated):
    """A deployment whose flood limit answers with a code of its own."""

    guard: int = 429

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        answer = super()._answer(call, sent, counted, took)
        assert isinstance(self.limiter, _Flood)
        if answer.status == 429 and self.limiter.is_guard:
            return RawResponse(sent, sent + took, self.guard)
        return answer


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("most", [100, 300])
@pytest.mark.parametrize("name", ["sliding log", "sliding counter", "fixed window", "token bucket of 60"])
def test_a_flood_limit_in_front_of_the_key_fails_no_sound_deployment(name: str, most: int, code: int) -> None:
    for chance, latency in runs(f"{name} behind {most} {code}", PROMPT):
        limiter = _Flood(CORRECT[name](60, chance.uniform(0, 60), chance.random() < 0.5), most)
        clock = VirtualClock(chance.uniform(1_000, 2_000))
        deployment = _Guarded(limiter, clock, latency, jitter=chance.choice([0.0, 0.2]), chance=chance, guard=code)
        judged = simulate(deployment, ordinary=chance.choice([3, 36]), others=chance.choice([4, 16]))
        assert "failed" not in judged.outcomes().values(), judged


class _Seconds:
    """60 requests in a minute, and so many in a second at most."""

    def __init__(self, most: int) -> None:
        self._most, self._minute = most, SlidingLog()
        self._times: dict[str, list[float]] = {}

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        recent = self._times[key] = [time for time in self._times.get(key, []) if time > now - 1]
        admitted = len(recent) < self._most and self._minute.admit(key, endpoint, now)
        if admitted:
            recent.append(now)
        return admitted


@pytest.mark.parametrize("most", [2, 3, 5, 30])
def test_a_limit_for_each_second_besides_fails_nothing(most: int) -> None:
    for chance, latency in runs(f"{most} a second", (*PROMPT, *SLOW)):
        judged = simulate(simulated(_Seconds(most), latency, chance), ordinary=30)
        assert "failed" not in judged.outcomes().values(), judged


class _Hasty(_Flood):
    """A limit for each second on all that comes from one address, as nginx has it, in front of one for each key."""

    def __init__(self, inner: Limiter, per_second: int, burst: int) -> None:
        super().__init__(inner, most=0)
        self._guard = TokenBucket(per_minute=60 * per_second, burst=burst)


@pytest.mark.parametrize(("per_second", "burst", "latency"), [(10, 20, 0.005), (10, 1, 0.005), (10, 5, 0.06)])
@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("name", ["sliding log", "sliding counter", "fixed window", "token bucket of 60"])
def test_a_limit_for_each_second_on_the_address_fails_no_sound_deployment(
    name: str, code: int, per_second: int, burst: int, latency: float
) -> None:
    for chance, _ in runs(f"{name} behind {per_second} {burst} {code}", (latency,)):
        limiter = _Hasty(CORRECT[name](60, chance.uniform(0, 60), chance.random() < 0.5), per_second, burst)
        clock = VirtualClock(chance.uniform(1_000, 2_000))
        judged = simulate(_Guarded(limiter, clock, latency, chance=chance, guard=code))
        assert "failed" not in judged.outcomes().values(), judged


def test_a_second_minute_that_is_left_out_for_a_guard_passes_no_limit() -> None:
    outcomes = list[str]()
    for number in range(12):
        chance = random.Random(f"half {number}")
        guarded = _Hasty(TokenBucket(per_minute=30, burst=60), chance.choice([2, 3]), 5)
        clock = VirtualClock(chance.uniform(1_000, 2_000))
        judged = simulate(_Guarded(guarded, clock, chance.choice(PROMPT), chance=chance, guard=503))
        outcomes.append(judged.outcomes()["RATE-1"])
    assert set(outcomes) <= {"inconclusive", "failed"}, outcomes


_MOST_SLOW = 3  # of the guards below take more than 200 s to end undecided


@pytest.mark.parametrize("code", [429, 503])
def test_guards_by_second_fail_no_sound_deployment_and_take_no_longer_than_it_is_worth(code: int) -> None:
    chance, slow = random.Random(f"guards {code}"), list[str]()
    for name in CORRECT:
        per_second, burst, latency = chance.choice([2, 3, 5, 20]), chance.choice([1, 5, 20, 50]), chance.choice(PROMPT)
        limiter = _Hasty(CORRECT[name](60, chance.uniform(0, 60), chance.random() < 0.5), per_second, burst)
        clock = VirtualClock(chance.uniform(1_000, 2_000))
        judged = simulate(_Guarded(limiter, clock, latency, chance=chance, guard=code))
        outcomes = judged.outcomes().values()
        assert "failed" not in outcomes, (name, per_second, burst, judged)
        assert judged.seconds < 400, (name, per_second, burst, judged)
        if "inconclusive" in outcomes and judged.seconds > 200:
            slow.append(f"{name} behind {per_second} a second and {burst}")
    assert len(slow) <= _MOST_SLOW, slow


@dataclass
class _WrongKeysLimited(Simulated):
    """A deployment that answers so many wrong keys in a minute with 401, and the others with 429."""

    most: int = 10

    def __post_init__(self) -> None:
        self._wrong = SlidingLog(limit=self.most)

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        answer = super()._answer(call, sent, counted, took)
        if answer.status == 401 and not self._wrong.admit("address", "", counted):
            return RawResponse(sent, sent + took, 429)
        return answer


@pytest.mark.parametrize("most", [1, 5, 10, 20])
def test_a_limit_on_wrong_keys_is_not_waited_out_again_and_again(most: int) -> None:
    clock, waits = VirtualClock(1_000), set[str]()
    deployment = _WrongKeysLimited(SlidingLog(), clock, latency=0.005, most=most)
    pacer = Pacer(60, clock, lambda what, seconds: waits.add(what))
    with Client(Deployment("http://deployment.example", {}), pacer=pacer, transport=deployment) as client:
        answers = [client.ask(Request("members", NO_KEY, (("offset", str(number)),))) for number in range(40)]
    assert clock.now() - 1_000 < 190
    assert [each.status for each in answers].count(401) >= min(40, 3 * most) - 1
    assert f"/api/v1/members got 429 with {NO_KEY.label}, asking again" in waits
    assert client.is_rarely_answered(NO_KEY)
