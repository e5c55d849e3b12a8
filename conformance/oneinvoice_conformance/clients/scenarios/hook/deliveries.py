"""Deliveries as a sender makes them: what isn't accepted is sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import cycle, islice

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.hooks.sender import Parcel
from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import DeliveryKind, Trial
from oneinvoice_conformance.clients.scenarios.effects import names_with_effect
from oneinvoice_conformance.clients.stage import NotPlayed, Stage

_FEW = 5  # records of each list; receivers are told of new ones
_PAUSE = 0.2  # seconds between attempts


def few(control: Trial, data: Data) -> Data:
    """Return data that is made fast, since nothing reads it."""
    return data if data.fixtures is not None else replace(data, few=_FEW)


def new_events(stage: Stage, count: int) -> list[Event]:
    """Return so many events of the names that have an effect on the client, each of another record."""
    return stage.events.make_all(list(islice(cycle(names_with_effect(stage.control)), count)))


def deliver(stage: Stage, parcels: Sequence[Parcel]) -> list[Parcel]:
    """Deliver all at once, then those that weren't accepted once more, one by one. Return those that still weren't."""
    sent = stage.sender.send_all(parcels)
    again = [parcel for parcel, delivery in zip(parcels, sent, strict=True) if not delivery.is_accepted]
    return [parcel for parcel in again if not stage.sender.send(parcel).is_accepted]


def deliver_until_accepted(stage: Stage, parcel: Parcel, seconds: float) -> bool:
    """Deliver it until it is accepted, or until it wasn't for so many seconds, and return whether it was."""
    until = stage.journal.clock() + seconds
    while not stage.sender.send(parcel).is_accepted:
        if stage.journal.clock() > until:
            return False
        stage.wait(_PAUSE, "the sender waits before it tries again")
    return True


def take_genuine(stage: Stage) -> list[Event]:
    """Deliver a plain event of each name that has an effect, and return them. Raises `NotPlayed` if one is refused.

    What a receiver refuses tells something only between events that it takes.
    """
    stage.say("genuine events come")
    events = new_events(stage, len(names_with_effect(stage.control)))
    if refused := deliver(stage, [stage.sender.parcel(event) for event in events]):
        raise NotPlayed(f"the receiver did not take a plain {refused[0].named}, so that what it refuses tells nothing")
    return events


def accepted_ids(stage: Stage) -> set[str]:
    """Return the ids of all genuine events that the receiver has accepted in the trial."""
    deliveries = stage.journal.deliveries
    return {each.event_id for each in deliveries if each.kind is DeliveryKind.GENUINE and each.is_accepted}
