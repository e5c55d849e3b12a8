"""The rules of the rate limit against models of limiters: no false alarm on a correct one, every broken one caught."""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse

from tests.conformance.rate.models import (
    BROKEN,
    CORRECT,
    PASSED,
    PROMPT,
    RUNS,
    SLOW,
    UNFORGIVING,
    judged_correct,
    runs,
    simulated,
)
from tests.conformance.rate.simulation import OnlyPlainOrNot, Simulated, VirtualClock, simulate
from tests.miniatures.limits import (
    CountsForever,
    FixedWindow,
    Free,
    Global,
    NeverRecovering,
    PerOrganisation,
    RefusesAll,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Uncounted,
    Unlimited,
)


@pytest.mark.parametrize("name", CORRECT)
def test_no_correct_limiter_fails_however_slow_the_deployment_is(name: str) -> None:
    for chance, latency in runs(name, (*PROMPT, *SLOW)):
        judged = judged_correct(name, chance, latency)
        assert "failed" not in judged.outcomes().values(), judged


@pytest.mark.parametrize("name", [name for name in CORRECT if name != UNFORGIVING])
def test_every_correct_limiter_passes_where_the_deployment_is_prompt(name: str) -> None:
    for chance, latency in runs(name, PROMPT):
        judged = judged_correct(name, chance, latency)
        assert judged.outcomes() == PASSED, judged


@pytest.mark.parametrize("name", BROKEN)
def test_every_broken_limiter_is_caught(name: str) -> None:
    """Where a deployment is slow, windows turn over meanwhile: a run in ten may leave it open, and none passes it."""
    rule, make = BROKEN[name]
    slow, left_open = (0.1, 0.3), 0
    for chance, latency in runs(name, (*PROMPT, *slow)):
        deployment = simulated(make(chance.uniform(0, 60)), latency, chance)
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
    assert left_open <= RUNS * len((*PROMPT, *slow)) // 6


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
    for chance, latency in runs(f"{refusal}", PROMPT):
        judged = simulate(simulated(SlidingLog(), latency, chance, refusal))
        assert judged.outcomes() == {**PASSED, "RATE-2": "failed"}, judged


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


@pytest.mark.parametrize("name", CORRECT)
def test_errors_now_and_then_fail_no_correct_limiter(name: str) -> None:
    for chance, latency in runs(f"{name} with errors", (0.02, 0.5)):
        limiter = CORRECT[name](chance.choice([60, 66]), chance.uniform(0, 60), chance.random() < 0.5)
        clock, counts = VirtualClock(chance.uniform(1_000, 2_000)), chance.random() < 0.5
        judged = simulate(_Erring(limiter, clock, latency, jitter=0.2, chance=chance, counts=counts))
        assert "failed" not in judged.outcomes().values(), judged
        assert judged.outcomes()["RATE-2"] == "passed", judged


def test_errors_now_and_then_hide_no_other_code() -> None:
    for chance, latency in runs("503 with errors", PROMPT):
        judged = simulate(_Erring(SlidingLog(), VirtualClock(0), latency, refusal=503, chance=chance))
        assert judged.outcomes()["RATE-2"] == "failed", judged


@dataclass
class _OneForm(Simulated):
    """A deployment whose limiter is told the form of a request alone: its endpoint, and whether it has a query."""

    def counted_as(self, call: OutgoingRequest) -> str:
        return f"{super().counted_as(call)}{' with a query' if '?' in call.url else ''}"


@dataclass
class _OtherCode(Simulated):
    """A deployment that refuses one endpoint with a code of its own."""

    endpoint: str = ""
    code: int = 0

    def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
        answer = super()._answer(call, sent, counted, took)
        is_other = answer.status == 429 and self.counted_as(call) == self.endpoint
        return RawResponse(answer.sent, answer.received, self.code) if is_other else answer


@pytest.mark.parametrize("form", ["members", "quotes", "invoices", "quotes with a query", "invoices with a query"])
def test_a_form_of_one_endpoint_that_is_neither_counted_nor_refused_is_found(form: str) -> None:
    for chance, latency in runs(f"free {form}", PROMPT):
        limiter, clock = Free(SlidingLog(), form), VirtualClock(chance.uniform(1_000, 2_000))
        judged = simulate(_OneForm(limiter, clock, latency, chance=chance))
        assert judged.outcomes()["RATE-5"] == "failed", judged


@pytest.mark.parametrize("code", [401, 420, 503])
@pytest.mark.parametrize("endpoint", ["quotes", "invoices"])
def test_another_code_for_one_endpoint_alone_is_found(endpoint: str, code: int) -> None:
    for chance, latency in runs(f"{code} for {endpoint}", PROMPT):
        clock = VirtualClock(chance.uniform(1_000, 2_000))
        deployment = _OtherCode(SlidingLog(), clock, latency, chance=chance, endpoint=endpoint, code=code)
        judged = simulate(deployment)
        assert judged.outcomes()["RATE-2"] == "failed", judged


@pytest.mark.parametrize("queries", [True, False])
def test_requests_that_are_not_counted_for_their_query_are_found(queries: bool) -> None:
    """Ordinary requests have queries here: if those go uncounted, more is served than two windows let."""
    for chance, latency in runs(f"queries {queries}", PROMPT):
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


# Seconds of any run whose deployment answers within 60 ms: undecided ones, and decided ones, which may take two
# silences of two minutes.
_LONGEST_UNDECIDED, _LONGEST_DECIDED = 200, 400


@pytest.mark.parametrize("name", [*CORRECT, *BROKEN])
def test_no_run_takes_long_and_least_of_all_one_that_ends_undecided(name: str) -> None:
    for latency in PROMPT:
        chance = random.Random(f"time of {name} {latency}")
        if name in CORRECT:
            judged = judged_correct(name, chance, latency)
        else:
            judged = simulate(simulated(BROKEN[name][1](chance.uniform(0, 60)), latency, chance))
        outcomes = judged.outcomes().values()
        is_undecided = "inconclusive" in outcomes and "failed" not in outcomes
        assert judged.seconds <= (_LONGEST_UNDECIDED if is_undecided else _LONGEST_DECIDED), judged


@pytest.mark.parametrize("latency", [0.005, 0.02, 0.06])
def test_limits_of_each_endpoint_are_found_though_they_are_as_a_mix_is(latency: float) -> None:
    class PerShare:
        def __init__(self) -> None:
            self._limiters = {
                name: SlidingLog(limit=limit) for name, limit in (("members", 30), ("quotes", 15), ("invoices", 15))
            }

        def admit(self, key: str, endpoint: str, now: float) -> bool:
            return self._limiters[endpoint].admit(key, endpoint, now)

    judged = simulate(Simulated(PerShare(), VirtualClock(1_000), latency))
    assert "failed" in judged.outcomes().values(), judged


def test_a_verdict_takes_few_requests_and_little_more_than_a_minute() -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(1_000), latency=0.005))
    assert judged.outcomes() == PASSED
    assert judged.requests["primary"] <= 130
    assert judged.seconds <= 80
    assert judged.unplanned == 0


@pytest.mark.parametrize("ordinary", [3, 30, 36, 50])
def test_a_sliding_window_takes_few_requests_whatever_was_asked_before(ordinary: int) -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(1_000), latency=0.005), ordinary=ordinary)
    assert judged.outcomes() == PASSED
    assert judged.requests["primary"] <= 130
    assert judged.seconds <= 80


@pytest.mark.parametrize("turn", [0.1, 0.25, 0.3, 0.5, 0.55])
def test_a_fixed_window_may_turn_over_in_the_burst(turn: float) -> None:
    judged = simulate(Simulated(FixedWindow(phase=1_000 + turn), VirtualClock(1_000), latency=0.005))
    assert judged.outcomes() == PASSED
    assert judged.requests["primary"] <= 210
    assert judged.seconds <= 140
    assert judged.unplanned == 0


def test_without_other_keys_nothing_is_said_of_them() -> None:
    judged = simulate(Simulated(SlidingLog(), VirtualClock(0), latency=0.005), keys=["primary"])
    assert judged.outcomes() == {**PASSED, "RATE-3": "not_tested"}
    judged = simulate(Simulated(SlidingLog(), VirtualClock(0), latency=0.005), keys=["primary", "other"])
    assert judged.outcomes() == {**PASSED, "RATE-3": "inconclusive"}
    assert "--sibling-key" in judged.findings["RATE-3"].reason


def test_a_limit_that_was_raised_is_judged_as_agreed() -> None:
    judged = simulate(Simulated(SlidingLog(limit=120), VirtualClock(0), latency=0.005), limit=120)
    assert judged.outcomes() == PASSED
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


def test_the_limit_alone_is_measured_as_with_all() -> None:
    deployment = Simulated(SlidingLog(), VirtualClock(0), latency=0.005)
    judged = simulate(deployment, ordinary=0, others=0, keys=["primary"], wanted=["RATE-1"])
    assert judged.outcomes() == {"RATE-1": "passed"}
    assert judged.requests["primary"] <= 130
    full_once = Simulated(TokenBucket(per_minute=30, burst=60), VirtualClock(0), latency=0.005)
    judged = simulate(full_once, ordinary=0, others=0, keys=["primary"], wanted=["RATE-1"])
    assert judged.outcomes() == {"RATE-1": "failed"}


def test_a_deployment_that_falls_over_decides_nothing() -> None:
    deployment = Simulated(CountsForever(limit=70), VirtualClock(0), latency=0.005, refusal=500)
    judged = simulate(deployment)
    assert "failed" not in judged.outcomes().values(), judged
    assert judged.outcomes()["RATE-2"] == "inconclusive"


@pytest.mark.parametrize("counts", [True, False])
def test_requests_that_are_refused_as_bad_prove_no_limit(counts: bool) -> None:
    """Whether they count is up to the deployment: 60 have to be served besides them, and less may not be let pass."""
    correct = Simulated(SlidingLog(), VirtualClock(0), latency=0.005, counts_bad_input=counts)
    assert simulate(correct, ordinary=30, bad=9).outcomes() == PASSED
    broken = Simulated(SlidingLog(limit=55), VirtualClock(0), latency=0.005, counts_bad_input=counts)
    assert simulate(broken, ordinary=30, bad=9).outcomes()["RATE-1"] == "failed"
