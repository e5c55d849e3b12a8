"""HOOK-7: nothing is lost or doubled by a kill, and no genuine event refused while a secret is rotated."""

from __future__ import annotations

from dataclasses import replace

import pytest
from oneinvoice_conformance.clients.rules.rule import RULES, Observed
from oneinvoice_conformance.clients.scenarios.hook.crash import ALONE, BEFORE, CRASH, STREAM
from oneinvoice_conformance.clients.scenarios.hook.rotation import BOTH, DEAD, NEW, NEW_ALONE, OLD, ROTATION
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.hook.trials import NO_ANSWER, forged, judged, readback, repeated, sent, trial

CLIENT = Client(hook="http://127.0.0.1:1/hook", restart="restart", rotate="rotate {new} {old}")
ONCE = {"evt_before": 1, "evt_alone": 1, "evt_stream": 1}


def kills(effects: dict[str, int] | None, retried: int = 200):
    deliveries = [
        sent("evt_before"),
        sent("evt_alone", NO_ANSWER, form=ALONE),
        sent("evt_alone", retried, form=ALONE),
        sent("evt_stream", form=STREAM),
        repeated("evt_before", form=BEFORE),
    ]
    return trial(CRASH, deliveries, None if effects is None else readback(effects))


def rotated(
    effects: dict[str, int] | None = None, dead: tuple[int, ...] = (401,), refused: str = "", problem: str = ""
):
    deliveries = [
        sent("evt_plain"),
        *(sent(f"evt_{form}", 401 if form == refused else 200, form=form) for form in (OLD, BOTH, NEW, NEW_ALONE)),
        *(forged(f"evt_dead_{number}", status, DEAD) for number, status in enumerate(dead)),
    ]
    return trial(ROTATION, deliveries, None if effects is None else readback(effects), problem=problem)


def test_both_halves_right():
    judgement = judged("HOOK-7", kills(ONCE), rotated(), client=CLIENT)
    assert (judgement.outcome, judgement.reason) == (
        Outcome.PASSED,
        "each of 3 events around kills had one effect; "
        "no genuine event was refused while the secret was rotated, and the old one is dead",
    )


@pytest.mark.parametrize(
    ("effects", "reason"),
    [
        (ONCE | {"evt_alone": 0}, f"invoice.paid {ALONE} was accepted, and had no effect"),
        (ONCE | {"evt_alone": 2}, f"invoice.paid {ALONE} had more than one effect"),
        (ONCE | {"evt_stream": 0}, f"invoice.paid {STREAM} was accepted, and had no effect"),
        (ONCE | {"evt_before": 2}, f"invoice.paid {BEFORE} had more than one effect"),
    ],
)
def test_a_kill_that_loses_or_doubles_fails(effects: dict[str, int], reason: str):
    judgement = judged("HOOK-7", kills(effects), rotated(), client=CLIENT)
    assert (judgement.outcome, judgement.reason) == (Outcome.FAILED, reason)


def test_an_event_that_is_refused_ever_after_fails():
    judgement = judged("HOOK-7", kills(None, retried=409), rotated(), client=CLIENT)
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        f"invoice.paid {ALONE} was answered 409 when it came again",
    )


def test_kills_without_a_readback_are_open():
    judgement = judged("HOOK-7", kills(None), rotated(), client=CLIENT)
    assert (judgement.outcome, judgement.options) == (Outcome.INCONCLUSIVE, ("--readback",))


@pytest.mark.parametrize("form", [OLD, BOTH, NEW, NEW_ALONE])
def test_a_genuine_event_that_is_refused_in_a_rotation_fails(form: str):
    judgement = judged("HOOK-7", kills(ONCE), rotated(refused=form), client=CLIENT)
    assert (judgement.outcome, judgement.reason) == (Outcome.FAILED, f"a genuine event {form} was answered 401")


@pytest.mark.parametrize(
    ("effects", "dead", "outcome"),
    [
        ({"evt_plain": 1, "evt_dead_0": 1}, (200,), Outcome.FAILED),
        ({"evt_plain": 1}, (200,), Outcome.PASSED),  # dropped silently
        (None, (200,), Outcome.INCONCLUSIVE),
        ({"evt_plain": 1, "evt_dead_0": 1}, (200, 401), Outcome.PASSED),  # the setting took hold a little later
        ({"evt_plain": 1, "evt_dead_0": 1}, (401,), Outcome.FAILED),
    ],
)
def test_what_the_dead_secret_signed(effects: dict[str, int] | None, dead: tuple[int, ...], outcome: Outcome):
    assert judged("HOOK-7", kills(ONCE), rotated(effects, dead), client=CLIENT).outcome is outcome


@pytest.mark.parametrize(
    ("client", "played", "option"),
    [
        (replace(CLIENT, rotate=None), [kills(ONCE)], "--rotate"),
        (replace(CLIENT, restart=None), [rotated()], "--restart"),
    ],
)
def test_one_half_alone_is_never_green(client: Client, played, option: str):
    judgement = judged("HOOK-7", *played, client=client)
    assert (judgement.outcome, judgement.options) == (Outcome.NOT_TESTED, (option,))
    assert judgement.reason.endswith(f"what {option} shows was not tried")


def test_one_half_alone_can_fail():
    client = replace(CLIENT, rotate=None)
    assert judged("HOOK-7", kills(ONCE | {"evt_alone": 2}), client=client).outcome is Outcome.FAILED


def test_what_fails_is_told_before_what_could_not_be_played():
    stuck = rotated(problem="--rotate did not work (exit code 1)")
    assert judged("HOOK-7", kills(ONCE | {"evt_alone": 2}), stuck, client=CLIENT).outcome is Outcome.FAILED
    judgement = judged("HOOK-7", kills(ONCE), stuck, client=CLIENT)
    assert (judgement.outcome, judgement.reason) == (Outcome.INCONCLUSIVE, "--rotate did not work (exit code 1)")


def test_a_half_that_was_interrupted_is_open():
    outcome = RULES["HOOK-7"].judge(Observed({CRASH: kills(ONCE)}, CLIENT)).outcome
    assert outcome is Outcome.INCONCLUSIVE
