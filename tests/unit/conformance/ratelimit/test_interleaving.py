"""Interleaved probes: what another key or endpoint gets between two refusals, and what it takes to believe it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.interleaving import (
    ANOTHER_ENDPOINT,
    ANOTHER_KEY,
    InterleavedProbe,
    Interleaving,
    Round,
    Target,
    Threshold,
    judge,
    stays_refused,
)
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.others import targets

from tests.conformance.rate.simulation import Simulated, VirtualClock
from tests.miniatures.limits import (
    FixedWindow,
    Global,
    Limiter,
    PerEndpoint,
    PerOrganisation,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Unlimited,
)
from tests.unit.conformance.fakes import exchange
from tests.unit.conformance.ratelimit.loading import key_under_load, limited


def _answer(status: int) -> Exchange:
    return exchange([{"id": 1}] if status == 200 else b"", status)


def _round(*statuses: int, had_quota_left: bool = True) -> Round:
    return Round(_answer(429), tuple(map(_answer, statuses)), _answer(429), had_quota_left)


def _judged(threshold: Threshold, *rounds: Round, chance: float = 1.0, let_in: int = 0) -> tuple[bool, bool, bool]:
    probe = judge(rounds, threshold, {429}, chance=chance, let_in=let_in)
    return probe.refused, probe.served, probe.is_conclusive


OPEN = (False, False, False)
REFUSED = (True, False, True)
REFUSED_FOR_ITSELF = (True, False, False)
SERVED = (False, True, True)


def test_a_key_has_to_be_refused_twice() -> None:
    assert _judged(ANOTHER_KEY, _round(429)) == OPEN
    assert _judged(ANOTHER_KEY, _round(429), _round(200, 429)) == REFUSED
    assert _judged(ANOTHER_KEY, _round(503), _round(503)) == OPEN, "which is not how the overload is refused"


def test_a_refusal_of_what_may_be_used_up_says_nothing() -> None:
    used_up = _round(429, had_quota_left=False)
    assert _judged(ANOTHER_KEY, used_up, used_up) == REFUSED_FOR_ITSELF
    assert _judged(ANOTHER_KEY, used_up, _round(429)) == OPEN
    assert _judged(ANOTHER_ENDPOINT, used_up) == REFUSED_FOR_ITSELF


def test_more_has_to_be_served_than_chance_lets_in() -> None:
    assert _judged(ANOTHER_KEY, _round(200), chance=1.2) == OPEN
    assert _judged(ANOTHER_KEY, _round(200, 200), chance=1.2) == SERVED
    assert _judged(ANOTHER_KEY, _round(200, 502), _round(200, 502), chance=1.2) == OPEN, "no round in full"


def test_an_endpoint_has_to_be_served_ten_times_in_three_rounds() -> None:
    four = _round(200, 200, 200, 200)
    assert _judged(ANOTHER_ENDPOINT, four, four) == OPEN
    assert _judged(ANOTHER_ENDPOINT, _round(200), _round(200), _round(200)) == OPEN
    assert _judged(ANOTHER_ENDPOINT, four, four, four) == SERVED


def test_a_key_that_is_let_in_by_turns_is_on_several_nodes() -> None:
    four = _round(200, 200, 200, 200)
    assert _judged(ANOTHER_ENDPOINT, four, four, four, let_in=1) == SERVED
    assert _judged(ANOTHER_ENDPOINT, four, four, four, let_in=2) == OPEN
    assert _judged(ANOTHER_KEY, four, let_in=2) == SERVED


def test_the_refusals_round_the_last_requests_are_shown() -> None:
    rounds = [_round(429), _round(429)]
    probe = judge(rounds, ANOTHER_KEY, {429}, chance=1.0, let_in=0)
    assert probe.exchanges == (rounds[1].opening, *rounds[0].answers, *rounds[1].answers, rounds[1].closing)
    assert judge(rounds[:1], ANOTHER_KEY, {429}, chance=1.0, let_in=0).exchanges == rounds[0].answers


# Against limiters


def _request(key: KeyUnderLoad, endpoint: str = "members", role: Role = Role.PRIMARY) -> Request:
    credential = key.client.deployment.credential(role)
    assert credential
    return Request(endpoint, credential)


def _key(key: KeyUnderLoad, role: Role) -> Target:
    return Target(role, _request(key, role=role), ANOTHER_KEY)


def _endpoint(key: KeyUnderLoad) -> Target:
    return Target("quotes", _request(key, "quotes"), ANOTHER_ENDPOINT)


def _probe(
    limiter: Limiter, threshold: Threshold, *, role: Role = Role.PRIMARY, endpoint: str = "members", others: int = 0
) -> InterleavedProbe:
    """The outcome of a probe after a burst, and after so many requests of what is probed."""
    key = key_under_load(limited(limiter))
    request = _request(key, endpoint, role)
    for _ in range(others):
        key.client.ask_once(request)
    burst = send_burst(key)
    return Interleaving(key, burst.refusal_statuses).probe([Target("it", request, threshold)])["it"]


_KINDS: list[Callable[[], Limiter]] = [SlidingLog, FixedWindow, SlidingCounter, lambda: TokenBucket(burst=20)]


@pytest.mark.parametrize("make", _KINDS)
def test_a_key_with_a_limit_of_its_own_is_served(make: Callable[[], Limiter]) -> None:
    assert _probe(make(), ANOTHER_KEY, role=Role.OTHER).served


@pytest.mark.parametrize("make", _KINDS)
def test_a_key_on_the_same_limit_is_refused(make: Callable[[], Limiter]) -> None:
    probe = _probe(Global(make()), ANOTHER_KEY, role=Role.OTHER)
    assert probe.refused
    assert probe.is_conclusive
    assert _probe(PerOrganisation(make()), ANOTHER_KEY, role=Role.SIBLING).refused
    assert _probe(PerOrganisation(make()), ANOTHER_KEY, role=Role.OTHER).served


@pytest.mark.parametrize("make", _KINDS)
def test_an_endpoint_is_served_only_on_a_limit_of_its_own(make: Callable[[], Limiter]) -> None:
    assert _probe(PerEndpoint(make()), ANOTHER_ENDPOINT, endpoint="quotes").served
    probe = _probe(make(), ANOTHER_ENDPOINT, endpoint="quotes")
    assert probe.refused
    assert probe.is_conclusive


def test_a_key_that_is_used_up_is_not_taken_for_one_on_the_same_limit() -> None:
    probe = _probe(SlidingLog(), ANOTHER_KEY, role=Role.OTHER, others=60)
    assert probe.refused
    assert not probe.had_quota_left
    assert not probe.is_conclusive


def test_a_key_that_is_not_refused_opens_no_probe() -> None:
    key = key_under_load(limited(Unlimited()))
    sent = len(key.journal)
    assert Interleaving(key, {429}).probe([_key(key, Role.OTHER)]) == {"other": InterleavedProbe()}
    assert {each.request.credential.account for each in key.journal[sent:]} == {"primary"}


def test_a_key_that_has_got_all_that_it_may_is_not_loaded_further() -> None:
    key = key_under_load(limited(Unlimited()), before=60, cap=30)
    assert Interleaving(key, {429}).probe([_key(key, Role.OTHER)]) == {"other": InterleavedProbe()}
    assert len(key.journal) == 60


def test_a_refusal_that_closes_one_round_opens_the_next() -> None:
    key = key_under_load(limited(SlidingLog()))
    statuses = send_burst(key).refusal_statuses
    first = len(key.journal) - 1  # the burst's refusal opens the first
    probes = Interleaving(key, statuses).probe([_key(key, Role.OTHER), _key(key, Role.SIBLING), _endpoint(key)])
    assert (probes["other"].served, probes["sibling"].served, probes["quotes"].refused) == (True, True, True)
    asked = [(each.request.credential.account, each.request.endpoint) for each in key.journal[first:]]
    refusal, quotes = ("primary", "members"), ("primary", "quotes")
    assert asked[0] == asked[-1] == refusal
    assert set(asked) == {refusal, quotes, ("other", "members"), ("sibling", "members")}
    assert asked.count(refusal) == 3, "for two rounds, since chance may have let in one"
    assert asked.count(quotes) == 1, "which is enough to be refused, and is not asked again"


@pytest.mark.parametrize("make", [SlidingLog, lambda: FixedWindow(phase=50), lambda: SlidingCounter(phase=50)])
def test_what_is_answered_by_turns_is_asked_one_after_the_other(make: Callable[[], Limiter]) -> None:
    """A round of all of them would take so long that a limiter in common could have let in as many."""
    key = key_under_load(limited(make(), 0.25, by_turns=True), before=9)
    statuses = send_burst(key).refusal_statuses
    wanted = targets(key.client, key.request, {"RATE-3", "RATE-5"})
    probes = Interleaving(key, statuses).probe(wanted)
    assert {name for name, probe in probes.items() if probe.served} == {"other", "sibling"}
    assert all(probe.is_conclusive for probe in probes.values())


def test_an_endpoint_of_its_own_is_found_where_answers_come_by_turns() -> None:
    key = key_under_load(limited(PerEndpoint(SlidingLog()), 0.25, by_turns=True), before=9)
    statuses = send_burst(key).refusal_statuses
    probes = Interleaving(key, statuses).probe([_key(key, Role.OTHER), _key(key, Role.SIBLING), _endpoint(key)])
    assert (probes["other"].served, probes["sibling"].served, probes["quotes"].served) == (True, True, True)


def test_an_endpoint_that_gets_another_code_is_not_asked_on_and_on() -> None:
    class Other(Simulated):
        def _answer(self, call: OutgoingRequest, sent: float, counted: float, took: float) -> RawResponse:
            answer = super()._answer(call, sent, counted, took)
            return RawResponse(sent, sent + took, 503) if answer.status == 429 and "quotes" in call.url else answer

    key = key_under_load(Other(SlidingLog(), VirtualClock(1_000), latency=0.005))
    statuses = send_burst(key).refusal_statuses
    assert not Interleaving(key, statuses).probe([_endpoint(key)])["quotes"].is_conclusive
    assert [each.status for each in key.journal if each.request.endpoint == "quotes"] == [503] * 3


def test_nothing_is_sent_where_there_is_nothing_to_probe() -> None:
    key = key_under_load(limited(SlidingLog()), before=60)
    assert Interleaving(key, {429}).probe([]) == {}
    assert len(key.journal) == 60


def test_what_a_slow_run_sent_before_may_let_the_key_in_meanwhile() -> None:
    key = key_under_load(limited(SlidingLog(), latency=0.3))
    for _ in range(50):
        key.client.ask_once(key.request)
    assert stays_refused(key), "nothing is a minute old yet"
    key.stay_silent(50, "for a test")
    assert not stays_refused(key)
