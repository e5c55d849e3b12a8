"""Scenario of a burst: one event alone, then a hundred at once."""

from __future__ import annotations

import math
from collections.abc import Sequence

from oneinvoice_openapi.client_bounds import ANSWER_SECONDS

from oneinvoice_conformance.clients.observation import SentDelivery
from oneinvoice_conformance.clients.scenarios.hook.deliveries import few, new_events
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

BURST = "burst"
ALONE, AT_ONCE, AT_ONCE_AGAIN = "alone", "at once", "at once, a second time"
_COUNT = 100
_CALM = 2.0  # seconds


@scenario(BURST, "A hundred events come at once.", "HOOK-1", needs=(Means.HOOK,), seconds=3.0, data=few)
def burst(stage: Stage) -> None:
    """Deliver one event, then a hundred; and another hundred if the first were late, as on a machine that is busy."""
    stage.say("a hundred events come at once")
    stage.sender.send(stage.sender.parcel(new_events(stage, 1)[0], form=ALONE))
    if time_of_95(_sent_at_once(stage, AT_ONCE)) > ANSWER_SECONDS:
        stage.wait(_CALM, "the receiver comes to rest")
        _sent_at_once(stage, AT_ONCE_AGAIN)


def seconds_of(delivery: SentDelivery) -> float:
    """Return how long the answer took, in seconds; infinite without one."""
    return delivery.answered - delivery.at if delivery.answered is not None else math.inf


def time_of_95(deliveries: Sequence[SentDelivery]) -> float:
    """Return the time within which 95 of 100 were answered, in seconds."""
    times = sorted(map(seconds_of, deliveries))
    return times[math.ceil(len(times) * 0.95) - 1]


def _sent_at_once(stage: Stage, form: str) -> list[SentDelivery]:
    return stage.sender.send_all([stage.sender.parcel(event, form=form) for event in new_events(stage, _COUNT)])
