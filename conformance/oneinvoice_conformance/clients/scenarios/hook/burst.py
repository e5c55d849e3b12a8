"""Scenario of a burst: one event alone, then a hundred at once."""

from __future__ import annotations

from oneinvoice_conformance.clients.scenarios.hook.deliveries import few, new_events
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

BURST = "burst"
ALONE, AT_ONCE = "alone", "at once"
_COUNT = 100


@scenario(BURST, "A hundred events come at once.", "HOOK-1", needs=(Means.HOOK,), seconds=3.0, data=few)
def burst(stage: Stage) -> None:
    """Deliver one event, then a hundred."""
    stage.say("a hundred events come at once")
    first, *others = [stage.sender.parcel(event, form=AT_ONCE) for event in new_events(stage, 1 + _COUNT)]
    stage.sender.send(stage.sender.parcel(first.event, form=ALONE))
    stage.sender.send_all(others)
