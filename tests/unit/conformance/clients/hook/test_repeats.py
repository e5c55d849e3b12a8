"""HOOK-4: an event has one effect, however often it comes."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.scenarios.control import CONTROL
from oneinvoice_conformance.clients.scenarios.hook.repeats import AT_ONCE, MUCH_LATER, REPEATS, RIGHT_AFTER, earliest
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.hook.trials import NO_ANSWER, judged, readback, repeated, sent, trial

ONCE = {"evt_1": 1, "evt_2": 1}
DELIVERIES = [sent("evt_1"), repeated("evt_1"), sent("evt_2", form=AT_ONCE), repeated("evt_2", form=AT_ONCE)]


def test_one_effect_each_is_right():
    judgement = judged("HOOK-4", trial(REPEATS, DELIVERIES, readback(ONCE)))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.PASSED,
        "each of 2 events that were repeated had one effect",
    )


@pytest.mark.parametrize("kept", [None, readback(None)], ids=["no readback", "no effects in it"])
def test_answers_alone_do_not_tell(kept):
    judgement = judged("HOOK-4", trial(REPEATS, DELIVERIES, kept))
    assert (judgement.outcome, judgement.options) == (Outcome.INCONCLUSIVE, ("--readback",))


@pytest.mark.parametrize("form", [RIGHT_AFTER, AT_ONCE, MUCH_LATER])
def test_two_effects_fail_with_when_it_was_repeated(form: str):
    deliveries = [sent("evt_1"), repeated("evt_1", form=form)]
    judgement = judged("HOOK-4", trial(REPEATS, deliveries, readback({"evt_1": 2})))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        f"invoice.paid that came {form} had 2 effects",
    )


@pytest.mark.parametrize("status", [409, 500, NO_ANSWER])
@pytest.mark.parametrize("kept", [None, readback({"evt_1": 1})], ids=["unseen", "seen"])
def test_a_repeat_that_is_always_refused_fails(status: int, kept):
    deliveries = [sent("evt_1"), repeated("evt_1", status), repeated("evt_1", status)]
    assert judged("HOOK-4", trial(REPEATS, deliveries, kept)).outcome is Outcome.FAILED


def test_a_repeat_may_be_told_to_come_later_while_the_first_is_under_way():
    deliveries = [sent("evt_1", form=AT_ONCE), repeated("evt_1", 409, AT_ONCE), repeated("evt_1", 200, AT_ONCE)]
    deliveries.append(sent("evt_2"))
    assert judged("HOOK-4", trial(REPEATS, deliveries, readback(ONCE))).outcome is Outcome.PASSED


def test_an_event_that_was_lost_between_its_repeats_fails():
    judgement = judged("HOOK-4", trial(REPEATS, DELIVERIES, readback({"evt_1": 1})))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        f"invoice.paid that came {AT_ONCE} had no effect",
    )


def test_a_client_that_does_nothing_at_all_is_not_right():
    assert judged("HOOK-4", trial(REPEATS, DELIVERIES, readback({}))).outcome is Outcome.INCONCLUSIVE


def test_events_of_the_control_are_repeated_if_they_were_accepted_and_have_an_effect():
    deliveries = [
        sent("evt_refused", 401, event="invoice.created"),  # in a form that the client doesn't take
        sent("evt_created", event="invoice.created"),
        sent("evt_sent", event="quote.sent"),
        sent("evt_paid"),
    ]
    control = trial(CONTROL, deliveries, readback({"evt_created": 1, "evt_paid": 1}))
    assert [event.id for event in earliest(control)] == ["evt_created", "evt_paid"]
    assert [event.id for event in earliest(trial(CONTROL, deliveries))] == ["evt_created", "evt_sent", "evt_paid"]
    assert earliest(None) == []
