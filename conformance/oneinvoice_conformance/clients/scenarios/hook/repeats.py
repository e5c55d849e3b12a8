"""Scenario of repeats: events come again at once, at the same time, and after many others."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.observation import DeliveryKind, Trial
from oneinvoice_conformance.clients.scenarios.effects import names_with_effect, settle
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

REPEATS = "repeats"
RIGHT_AFTER = "again right after it"
AT_ONCE = "twice at once"
MUCH_LATER = "again after many others"
_PAIRS = 6
_OTHERS = 12
_LATER = 4.0  # seconds from the first time that an event came to the last


@scenario(REPEATS, "Events are repeated.", "HOOK-4", needs=(Means.HOOK,), seconds=6.0, data=few)
def repeats(stage: Stage) -> None:
    """Deliver events again: right after, at the same time, and after others, with those of the control."""
    early = [*earliest(stage.control), *take_genuine(stage)]
    began = stage.journal.clock()
    stage.say("events are repeated")
    # Each event is repeated in one way alone, so that it is known which of them doubled its effect.
    _repeat(stage, take_genuine(stage), RIGHT_AFTER)
    for event in new_events(stage, _PAIRS):
        # Two deliveries of one event, as where its sender took the first for lost.
        first = stage.sender.parcel(event, form=AT_ONCE)
        deliver(stage, [first, stage.sender.parcel(event, DeliveryKind.REPEATED, AT_ONCE)])
    deliver(stage, [stage.sender.parcel(event) for event in new_events(stage, _OTHERS)])
    stage.wait(max(0.0, began + _LATER - stage.journal.clock()), "some time goes by before events are repeated")
    _repeat(stage, early, MUCH_LATER)
    take_genuine(stage)
    settle(stage, accepted_ids(stage))


def _repeat(stage: Stage, events: Sequence[Event], form: str) -> None:
    deliver(stage, [stage.sender.parcel(event, DeliveryKind.REPEATED, form) for event in events])


def earliest(control: Trial | None) -> list[Event]:
    """Return the events that the client accepted in the control, if they have an effect on it."""
    names = names_with_effect(control)
    deliveries = control.sent(DeliveryKind.GENUINE) if control else []
    return [
        Event(each.event_id, each.event, each.body) for each in deliveries if each.is_accepted and each.event in names
    ]
