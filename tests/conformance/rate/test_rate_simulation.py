"""The rules of the rate limit against models of limiters: no false alarm on a correct one, every broken one caught."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse

from tests.conformance.rate.simulation import (
    RATE,
    OnlyPlainOrNot,
    Simulated,
    SimulatedResult,
    VirtualClock,
    Workers,
    simulate,
)
from tests.miniatures.limits import (
    CountsForever,
    FixedWindow,
    Global,
    Hurried,
    LeakyBucket,
    Limiter,
    Lockout,
    NeverRecovering,
    PerEndpoint,
    PerOrganisation,
    RefusesAll,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Uncounted,
    Unlimited,
)
from tests.soak import SOAK

_RUNS = 60 if SOAK else 4
_PROMPT = (0.005, 0.02, 0.06)  # seconds
_SLOW = (0.1, 0.3, 0.5, 1.1)
_PASSED = dict.fromkeys(RATE, "passed")

# By name: a limiter of that limit in a minute, that begins its windows there, and counts what it refuses or doesn't.
_CORRECT: dict[str, Callable[[int, float, bool], Limiter]] = {
    "sliding log": lambda limit, phase, counts: SlidingLog(limit=limit, counts_rejected=counts),
    "sliding counter": lambda limit, phase, counts: SlidingCounter(limit=limit, counts_rejected=counts, phase=phase),
    "fixed window": lambda limit, phase, counts: FixedWindow(limit=limit, counts_rejected=counts, phase=phase),
    "token bucket of 60": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=60),
    "token bucket of 50": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=50),
    "token bucket of 10": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=10),
    "token bucket of 3": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=3),
    "token bucket of 1": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=1),
    "leaky bucket of 10": lambda limit, phase, counts: LeakyBucket(per_minute=limit, burst=10, counts_rejected=counts),
    "leaky bucket of 5": lambda limit, phase, counts: LeakyBucket(per_minute=limit, burst=5, counts_rejected=counts),
}
_UNFORGIVING = "token bucket of 1"  # nothing but even distances to the millisecond passes through it
_BROKEN: dict[str, tuple[str, Callable[[float], Limiter]]] = {
    "none": ("RATE-2", lambda phase: Unlimited()),
    "sliding log of 30": ("RATE-1", lambda phase: SlidingLog(limit=30)),
    "sliding log of 59": ("RATE-1", lambda phase: SlidingLog(limit=59)),
    "sliding counter of 30": ("RATE-1", lambda phase: SlidingCounter(limit=30, phase=phase)),
    "fixed window of 30": ("RATE-1", lambda phase: FixedWindow(limit=30, phase=phase)),
    "sliding counter of 50": ("RATE-1", lambda phase: SlidingCounter(limit=50, phase=phase)),
    "bucket of 60 that fills in an hour": ("RATE-1", lambda phase: TokenBucket(per_minute=1, burst=60)),
    "token bucket of 30 a minute": ("RATE-1", lambda phase: TokenBucket(per_minute=30, burst=10)),
    "30 a minute from a bucket of 60": ("RATE-1", lambda phase: TokenBucket(per_minute=30, burst=60)),
    "45 a minute from a bucket of 60": ("RATE-1", lambda phase: TokenBucket(per_minute=45, burst=60)),
    "sliding log of 60 in a second": ("RATE-2", lambda phase: Hurried(SlidingLog(), seconds=1)),
    "sliding log of 60 in 10 s": ("RATE-2", lambda phase: Hurried(SlidingLog(), seconds=10)),
    "sliding log of 60 in 20 s": ("RATE-2", lambda phase: Hurried(SlidingLog(), seconds=20)),
    "fixed window of 60 in a second": ("RATE-2", lambda phase: Hurried(FixedWindow(phase=phase), seconds=1)),
    "fixed window of 60 in 10 s": ("RATE-2", lambda phase: Hurried(FixedWindow(phase=phase), seconds=10)),
    "fixed window of 60 in 20 s": ("RATE-2", lambda phase: Hurried(FixedWindow(phase=phase), seconds=20)),
    "10 a second, one by one": ("RATE-2", lambda phase: TokenBucket(per_minute=600, burst=1)),
    "10 a second from a bucket of 20": ("RATE-2", lambda phase: TokenBucket(per_minute=600, burst=20)),
    "quotes not counted": ("RATE-5", lambda phase: Uncounted("quotes")),
    "invoices not counted": ("RATE-5", lambda phase: Uncounted("invoices")),
    "global sliding log": ("RATE-3", lambda phase: Global(SlidingLog())),
    "global fixed window": ("RATE-3", lambda phase: Global(FixedWindow(phase=phase))),
    "per organisation": ("RATE-3", lambda phase: PerOrganisation(SlidingLog())),
    "per organisation, counter": ("RATE-3", lambda phase: PerOrganisation(SlidingCounter(phase=phase))),
    "per endpoint": ("RATE-5", lambda phase: PerEndpoint(SlidingLog())),
    "per endpoint, fixed": ("RATE-5", lambda phase: PerEndpoint(FixedWindow(phase=phase))),
    "lockout of five minutes": ("RATE-4", lambda phase: Lockout(SlidingLog(), seconds=300)),
    "never recovering": ("RATE-4", lambda phase: NeverRecovering(FixedWindow(phase=phase))),
    "counting forever": ("RATE-4", lambda phase: CountsForever()),
}


def _runs(name: str, latencies: tuple[float, ...]) -> Iterator[tuple[random.Random, float]]:
    for latency in latencies:
        for number in range(_RUNS):
            yield random.Random(f"{name} {latency} {number}"), latency


def _deployment(limiter: Limiter, latency: float, chance: random.Random, refusal: int = 429) -> Simulated:
    return Simulated(
        limiter,
        VirtualClock(chance.uniform(1_000, 2_000)),
        latency,
        jitter=chance.choice([0.0, 0.2, 1.0]),
        refusal=refusal,
        retry_after=chance.choice([None, None, 1, 5]),
        chance=chance,
    )


def _judged(name: str, chance: random.Random, latency: float) -> SimulatedResult:
    limiter = _CORRECT[name](chance.choice([60, 60, 62, 66]), chance.uniform(0, 60), chance.random() < 0.5)
    return simulate(_deployment(limiter, latency, chance), ordinary=chance.choice([3, 42, 60]))


@pytest.mark.parametrize("name", _CORRECT)
def test_no_correct_limiter_fails_however_slow_the_deployment_is(name: str) -> None:
    for chance, latency in _runs(name, (*_PROMPT, *_SLOW)):
        judged = _judged(name, chance, latency)
        assert "failed" not in judged.outcomes().values(), judged


@pytest.mark.parametrize("name", [name for name in _CORRECT if name != _UNFORGIVING])
def test_every_correct_limiter_passes_where_the_deployment_is_prompt(name: str) -> None:
    for chance, latency in _runs(name, _PROMPT):
        judged = _judged(name, chance, latency)
        assert judged.outcomes() == _PASSED, judged


@pytest.mark.parametrize("name", _BROKEN)
def test_every_broken_limiter_is_caught(name: str) -> None:
    """Where a deployment is slow, windows turn over meanwhile: a run in ten may leave it open, and none passes it."""
    rule, make = _BROKEN[name]
    slow, left_open = (0.1, 0.3), 0
    for chance, latency in _runs(name, (*_PROMPT, *slow)):
        deployment = _deployment(make(chance.uniform(0, 60)), latency, chance)
        judged = simulate(deployment)
        failed = {id for id, outcome in judged.outcomes().items() if outcome == "failed"}
        if "RATE-2" in failed and deployment.most_in_a_minute() > 2 * 66:
            continue  # as many as no window of the limit serves, whatever else is wrong
        if latency in slow and rule not in failed:
            left_open += 1
            assert judged.outcomes()[rule] == "inconclusive", judged
            continue
        assert rule in failed, judged
        assert latency > 0.1 or failed == {rule}, judged
    assert left_open <= _RUNS * len((*_PROMPT, *slow)) // 6


@pytest.mark.parametrize("limit", [35, 45, 50, 55, 58, 59])
@pytest.mark.parametrize(("latency", "end"), [(0.005, 1), (0.06, 5)])
def test_a_window_that_is_too_small_is_caught_wherever_it_turns(limit: int, latency: float, end: int) -> None:
    for turn in range(end, 60, 2):  # but by the end of the first burst, where twice the limit really is served
        limiter = FixedWindow(limit=limit, phase=1_000 + turn)
        judged = simulate(Simulated(limiter, VirtualClock(1_000), latency), ordinary=30)
        assert judged.outcomes()["RATE-1"] == "failed", judged


def test_a_limit_that_is_too_low_is_not_taken_for_one_that_does_not_recover() -> None:
    for turn in range(120):
        limiter = SlidingCounter(limit=30, phase=1_000 + turn / 2)
        judged = simulate(Simulated(limiter, VirtualClock(1_000), latency=0.005))
        assert {id for id, outcome in judged.outcomes().items() if outcome == "failed"} == {"RATE-1"}, judged


@pytest.mark.parametrize("refusal", [503, 500, 403, 200])
def test_overload_that_gets_another_code_is_caught(refusal: int) -> None:
    for chance, latency in _runs(f"{refusal}", _PROMPT):
        judged = simulate(_deployment(SlidingLog(), latency, chance, refusal))
        assert judged.outcomes() == {**_PASSED, "RATE-2": "failed"}, judged


@dataclass
class _Erring(Simulated):
    """Deployment that answers one request of forty with 502, which the limiter counts or doesn't see."""

    counts: bool = False

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        if self.chance.random() >= 1 / 40:
            return super()._answer(call, sent, counted, took)
        if self.counts:
            super()._answer(call, sent, counted, took)
        return RawResponse(sent, sent + took, 502)


@pytest.mark.parametrize("name", _CORRECT)
def test_errors_now_and_then_fail_no_correct_limiter(name: str) -> None:
    for chance, latency in _runs(f"{name} with errors", (0.02, 0.5)):
        limiter = _CORRECT[name](chance.choice([60, 66]), chance.uniform(0, 60), chance.random() < 0.5)
        clock, counts = VirtualClock(chance.uniform(1_000, 2_000)), chance.random() < 0.5
        judged = simulate(_Erring(limiter, clock, latency, jitter=0.2, chance=chance, counts=counts))
        assert "failed" not in judged.outcomes().values(), judged
        assert judged.outcomes()["RATE-2"] == "passed", judged


def test_errors_now_and_then_hide_no_other_code() -> None:
    for chance, latency in _runs("503 with errors", _PROMPT):
        judged = simulate(_Erring(SlidingLog(), VirtualClock(0), latency, refusal=503, chance=chance))
        assert judged.outcomes()["RATE-2"] == "failed", judged


class _Nodes:
    """Nodes that don't know of each other, with a balancer that throws dice."""

    def __init__(self, count: int, limit: int, chance: random.Random) -> None:
        self._nodes = [SlidingLog(limit=limit) for _ in range(count)]
        self._chance = chance

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self._chance.choice(self._nodes).admit(key, endpoint, now)


@pytest.mark.parametrize(("count", "limit"), [(2, 60), (3, 40), (2, 45)])
def test_nodes_that_count_for_themselves_fail_nothing(count: int, limit: int) -> None:
    for number in range(10 * _RUNS):
        chance = random.Random(f"{count} nodes {number}")
        judged = simulate(_deployment(_Nodes(count, limit, chance), chance.choice(_PROMPT), chance), ordinary=30)
        assert "failed" not in judged.outcomes().values(), judged


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("window", ["log", "fixed"])
def test_workers_that_count_for_themselves_are_found_over_new_connections(count: int, window: str) -> None:
    """Two of them serve no more than a window that turns over; all new connections lead to one of them now and then."""
    passed = 0
    for chance, latency in _runs(f"{count} workers {window}", _PROMPT):
        phase = chance.uniform(0, 60)
        workers = [SlidingLog() if window == "log" else FixedWindow(phase=phase) for _ in range(count)]
        deployment = Workers(
            workers[0], VirtualClock(chance.uniform(1_000, 2_000)), latency, chance=chance, workers=workers
        )
        judged = simulate(deployment, ordinary=30)
        failed = {id for id, outcome in judged.outcomes().items() if outcome == "failed"}
        if deployment.most_in_a_minute() > 2 * 66:
            assert failed == {"RATE-2"}, judged
            continue
        assert failed == set(), judged
        assert count == 2, judged
        passed += judged.outcomes()["RATE-2"] == "passed"
    assert passed <= _RUNS * len(_PROMPT) // 4


@pytest.mark.parametrize("queries", [True, False])
def test_requests_that_are_not_counted_for_their_query_are_found(queries: bool) -> None:
    """Ordinary requests have queries here: if those go uncounted, more is served than two windows let."""
    for chance, latency in _runs(f"queries {queries}", _PROMPT):
        limiter = Uncounted("query" if queries else "plain")
        deployment = OnlyPlainOrNot(limiter, VirtualClock(chance.uniform(1_000, 2_000)), latency, chance=chance)
        judged = simulate(deployment, ordinary=36 if queries else 12)
        failed = {id for id, outcome in judged.outcomes().items() if outcome == "failed"}
        assert failed & {"RATE-2", "RATE-5"}, judged
        assert failed <= {"RATE-2", "RATE-5"}, judged


def test_a_limiter_that_refuses_everything_is_told_to() -> None:
    judged = simulate(Simulated(RefusesAll(), VirtualClock(0), latency=0.005))
    assert set(judged.outcomes().values()) == {"inconclusive"}
    assert judged.seconds < 200
    for finding in judged.findings.values():
        assert "none of " in finding.reason
        assert "429 from the first on" in finding.reason


class _Flood:
    """A limit on all that comes from one address, in front of one for each key; what that refuses counts on it."""

    def __init__(self, inner: Limiter, most: int) -> None:
        self._inner, self._guard = inner, SlidingLog(limit=most, counts_rejected=True)
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
    for chance, latency in _runs(f"{name} behind {most} {code}", _PROMPT):
        limiter = _Flood(_CORRECT[name](60, chance.uniform(0, 60), chance.random() < 0.5), most)
        clock = VirtualClock(chance.uniform(1_000, 2_000))
        deployment = _Guarded(limiter, clock, latency, jitter=chance.choice([0.0, 0.2]), chance=chance, guard=code)
        judged = simulate(deployment, ordinary=chance.choice([3, 36]), others=chance.choice([4, 16]))
        assert "failed" not in judged.outcomes().values(), judged


def test_a_verdict_takes_few_requests_and_little_more_than_a_minute() -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(1_000), latency=0.005))
    assert judged.outcomes() == _PASSED
    assert judged.requests["primary"] <= 130
    assert judged.seconds <= 80
    assert judged.unplanned == 0


@pytest.mark.parametrize("ordinary", [3, 30, 36, 50])
def test_a_sliding_window_takes_few_requests_whatever_was_asked_before(ordinary: int) -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(1_000), latency=0.005), ordinary=ordinary)
    assert judged.outcomes() == _PASSED
    assert judged.requests["primary"] <= 130
    assert judged.seconds <= 80


@pytest.mark.parametrize("turn", [0.1, 0.25, 0.3, 0.5, 0.55])
def test_a_fixed_window_may_turn_over_in_the_burst(turn: float) -> None:
    judged = simulate(Simulated(FixedWindow(phase=1_000 + turn), VirtualClock(1_000), latency=0.005))
    assert judged.outcomes() == _PASSED
    assert judged.requests["primary"] <= 210
    assert judged.seconds <= 140
    assert judged.unplanned == 0


def test_without_other_keys_nothing_is_said_of_them() -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(0), latency=0.005), keys=["primary"])
    assert judged.outcomes() == {**_PASSED, "RATE-3": "not_tested"}
    judged = simulate(Simulated(SlidingLog(), VirtualClock(0), latency=0.005), keys=["primary", "other"])
    assert judged.outcomes() == {**_PASSED, "RATE-3": "inconclusive"}
    assert "--sibling-key" in judged.findings["RATE-3"].reason


def test_a_limit_that_was_raised_is_judged_as_agreed() -> None:
    judged = simulate(Simulated(SlidingLog(limit=120), VirtualClock(0), latency=0.005), limit=120)
    assert judged.outcomes() == _PASSED
    judged = simulate(Simulated(SlidingLog(), VirtualClock(0), latency=0.005), limit=120)
    assert judged.outcomes()["RATE-1"] == "failed", judged


def test_more_than_300_a_minute_have_to_be_allowed() -> None:
    judged = simulate(Simulated(Unlimited(), VirtualClock(0), latency=0.005), limit=600)
    assert max(judged.requests.values()) <= 300 + 42
    assert judged.outcomes()["RATE-1"] == judged.outcomes()["RATE-2"] == "inconclusive"
    assert "--allow-load" in judged.findings["RATE-2"].reason
    judged = simulate(Simulated(Unlimited(), VirtualClock(0), latency=0.005), limit=600, allow_load=True)
    assert (judged.outcomes()["RATE-1"], judged.outcomes()["RATE-2"]) == ("passed", "failed")


@pytest.mark.parametrize("limit", [10, 20, 26, 30])
def test_fewer_than_the_documentation_grants_prove_nothing(limit: int) -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(0), latency=0.005), limit=limit, ordinary=5)
    assert judged.outcomes()["RATE-1"] == "inconclusive", judged
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
    for chance, latency in _runs(f"{most} a second", (*_PROMPT, *_SLOW)):
        judged = simulate(_deployment(_Seconds(most), latency, chance), ordinary=30)
        assert "failed" not in judged.outcomes().values(), judged


def test_overload_that_mostly_gets_another_code_is_caught() -> None:
    class Mostly(Simulated):
        def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
            self.refusal = 429 if self.refused % 3 == 2 else 503
            return super()._answer(call, sent, counted, took)

    judged = simulate(Mostly(SlidingLog(), VirtualClock(0), latency=0.005))
    assert judged.outcomes()["RATE-2"] == "failed", judged


def test_a_key_that_is_never_firmly_refused_is_not_loaded_on_and_on() -> None:
    judged = simulate(Simulated(FixedWindow(limit=130, phase=1), VirtualClock(0), latency=0.02))
    assert judged.requests["primary"] < 2 * 133 + 60


def test_without_the_other_key_a_limit_per_organisation_is_caught() -> None:
    limiter = PerOrganisation(SlidingLog())
    judged = simulate(Simulated(limiter, VirtualClock(0), latency=0.005), keys=["primary", "sibling"])
    assert judged.outcomes()["RATE-3"] == "failed", judged


def test_what_others_may_cause_on_a_shared_key_is_no_failure() -> None:
    for limiter in (SlidingLog(limit=30), Global(SlidingLog()), NeverRecovering(SlidingLog())):
        judged = simulate(Simulated(limiter, VirtualClock(0), latency=0.005), shared=True)
        assert "failed" not in judged.outcomes().values(), judged


def test_only_the_limit_itself_takes_no_overload() -> None:
    deployment = Simulated(SlidingLog(), VirtualClock(0), latency=0.005)
    judged = simulate(deployment, ordinary=0, others=0, keys=["primary"], wanted=["RATE-1"])
    assert judged.outcomes() == {"RATE-1": "passed"}
    assert judged.requests["primary"] <= 61
    assert deployment.refused == 0


def test_a_deployment_that_falls_over_decides_nothing() -> None:
    deployment = Simulated(CountsForever(limit=70), VirtualClock(0), latency=0.005, refusal=500)
    judged = simulate(deployment)
    assert "failed" not in judged.outcomes().values(), judged
    assert judged.outcomes()["RATE-2"] == "inconclusive"


@pytest.mark.parametrize("counts", [True, False])
def test_requests_that_are_refused_as_bad_prove_no_limit(counts: bool) -> None:
    """Whether they count is up to the deployment: 60 have to be served besides them, and less may not be let pass."""
    correct = Simulated(SlidingLog(), VirtualClock(0), latency=0.005, counts_bad_input=counts)
    assert simulate(correct, ordinary=30, bad=9).outcomes() == _PASSED
    broken = Simulated(SlidingLog(limit=55), VirtualClock(0), latency=0.005, counts_bad_input=counts)
    assert simulate(broken, ordinary=30, bad=9).outcomes()["RATE-1"] == "failed"
