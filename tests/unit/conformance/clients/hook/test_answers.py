"""HOOK-1: genuine events are answered in time."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.observation import SentDelivery
from oneinvoice_conformance.clients.scenarios.hook.burst import ALONE, AT_ONCE, AT_ONCE_AGAIN, BURST
from oneinvoice_conformance.clients.scenarios.hook.crash import CRASH
from oneinvoice_conformance.clients.scenarios.hook.repeats import REPEATS
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.hook.trials import NO_ANSWER, judged, sent, trial


def burst(*odd: SentDelivery, alone: SentDelivery | None = None, seconds: float = 0.1) -> list[SentDelivery]:
    usual = [sent(f"evt_{number}", form=AT_ONCE, seconds=seconds) for number in range(100 - len(odd))]
    return [alone or sent("evt_alone", form=ALONE), *usual, *odd]


def late(count: int) -> list[SentDelivery]:
    return [sent(f"late_{number}", form=AT_ONCE, seconds=5.5) for number in range(count)]


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_2xx_in_time_is_right(status: int):
    deliveries = burst(*(sent(f"odd_{number}", status, form=AT_ONCE) for number in range(50)))
    assert judged("HOOK-1", trial(BURST, deliveries)).outcome is Outcome.PASSED


def test_a_client_that_takes_its_time_within_five_seconds_is_right():
    deliveries = burst(alone=sent("evt_alone", form=ALONE, seconds=4.8), seconds=4.9)
    assert judged("HOOK-1", trial(BURST, deliveries)).outcome is Outcome.PASSED


def test_five_of_a_hundred_may_be_late_and_no_more():
    assert judged("HOOK-1", trial(BURST, burst(*late(5)))).outcome is Outcome.PASSED
    judgement = judged("HOOK-1", trial(BURST, burst(*late(6))))
    assert judgement.outcome is Outcome.FAILED
    assert judgement.reason == "95 % of 100 events at once were answered in 5.5 s"


def test_one_that_comes_alone_may_not_be_late():
    judgement = judged("HOOK-1", trial(BURST, burst(alone=sent("evt_alone", form=ALONE, seconds=6))))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        "an event that came alone was answered 200 after 6.0 s",
    )


@pytest.mark.parametrize("status", [NO_ANSWER, 503, 302])
def test_every_event_of_a_burst_is_answered_2xx(status: int):
    judgement = judged("HOOK-1", trial(BURST, burst(sent("odd", status, form=AT_ONCE))))
    assert judgement.outcome is Outcome.FAILED
    assert judgement.reason.startswith("of 100 events at once 1 were not accepted")
    assert judgement.evidence[0].deliveries == (101,)


@pytest.mark.parametrize(("seconds", "outcome"), [(1.0, Outcome.PASSED), (6.0, Outcome.FAILED)])
def test_the_second_burst_counts_if_the_first_was_late(seconds: float, outcome: Outcome):
    again = [sent(f"again_{number}", form=AT_ONCE_AGAIN, seconds=seconds) for number in range(100)]
    assert judged("HOOK-1", trial(BURST, [*burst(*late(50)), *again])).outcome is outcome


def test_a_plain_event_that_is_refused_in_another_scenario_is_told():
    refusing = trial(REPEATS, [sent("evt_1", 401), sent("evt_1", 401)], problem="the receiver did not take it")
    judgement = judged("HOOK-1", trial(BURST, burst()), refusing)
    assert (judgement.outcome, judgement.reason) == (Outcome.FAILED, "a plain, genuine invoice.paid was answered 401")


def test_a_plain_event_that_is_accepted_when_it_comes_again_is_fine():
    busy = trial(REPEATS, [sent("evt_1", 503), sent("evt_1", 200)])
    assert judged("HOOK-1", trial(BURST, burst()), busy).outcome is Outcome.PASSED


def test_refusals_around_a_kill_are_the_kill():
    killed = trial(CRASH, [sent("evt_1", NO_ANSWER)])
    assert judged("HOOK-1", trial(BURST, burst()), killed).outcome is Outcome.PASSED
