"""Scenario of bodies: one content in the bytes of many writers of JSON, all of them signed truly."""

from __future__ import annotations

from oneinvoice_conformance.clients.hooks.bodies import FORMS
from oneinvoice_conformance.clients.scenarios.effects import settle
from oneinvoice_conformance.clients.scenarios.hook.deliveries import (
    accepted_ids,
    deliver,
    few,
    new_events,
    take_genuine,
)
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

BODIES = "bodies"


@scenario(BODIES, "Bodies are written in other ways.", "HOOK-3", needs=(Means.HOOK,), seconds=3.0, data=few)
def bodies(stage: Stage) -> None:
    """Deliver genuine events in all forms."""
    take_genuine(stage)
    stage.say("genuine events come in other bytes")
    events = new_events(stage, len(FORMS))
    deliver(
        stage,
        [
            stage.sender.parcel(event, form=form, body=write(event.content))
            for event, (form, write) in zip(events, FORMS.items(), strict=True)
        ],
    )
    settle(stage, accepted_ids(stage))
