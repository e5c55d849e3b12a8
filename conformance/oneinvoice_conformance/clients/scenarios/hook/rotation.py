"""Scenario of a rotation: the receiver gets a new secret, holds both for a while, and the old one dies."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.hooks.sender import Parcel
from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.scenarios.effects import settle
from oneinvoice_conformance.clients.scenarios.hook.deliveries import (
    deliver_until_accepted,
    few,
    new_events,
    take_genuine,
)
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import NotPlayed, Stage
from oneinvoice_conformance.clients.subject import Means
from oneinvoice_conformance.webhooks.signing import sign

ROTATION = "rotation"
OLD = "signed with the old secret while both hold"
BOTH = "signed with both secrets"
NEW = "signed with the new secret while both hold"
NEW_ALONE = "signed with the new secret once the old one is dead"
DEAD = "signed with the old secret once that is dead"
PREVIOUS_HEADER = "X-1Invoice-Signature-Previous"
_TAKES_HOLD = 2.0  # seconds in which a new setting does


@scenario(ROTATION, "The secret is rotated.", "HOOK-7", needs=(Means.HOOK, Means.ROTATE), seconds=5.0, data=few)
def rotation(stage: Stage) -> None:
    """Rotate the secret, and give the receiver the one that it had back, whatever happens."""
    take_genuine(stage)
    try:
        _overlap(stage)
        last = _end(stage)
    finally:
        stage.give_back()
    if not deliver_until_accepted(stage, stage.sender.parcel(new_events(stage, 1)[0]), _TAKES_HOLD):
        raise NotPlayed("the receiver did not get its secret back by --rotate; set it by hand")
    settle(stage, [last.id])


def _overlap(stage: Stage) -> None:
    """Deliver events signed with either secret, and with both as the deployment does, while both hold."""
    stage.rotate(stage.new_secret, stage.sender.secret)
    old, both, new = new_events(stage, 3)
    previous = (PREVIOUS_HEADER, sign(both.body, stage.sender.secret))
    parcels = [
        stage.sender.parcel(old, form=OLD),
        replace(_signed_anew(stage, both, BOTH), headers=(previous,)),
        _signed_anew(stage, new, NEW),
    ]
    for parcel in parcels:
        deliver_until_accepted(stage, parcel, _TAKES_HOLD)


def _end(stage: Stage) -> Event:
    """End the overlap, and deliver what the old secret signs between what the new one does. Return the last event."""
    stage.rotate(stage.new_secret, "")
    before, after = new_events(stage, 2)
    deliver_until_accepted(stage, _signed_anew(stage, before, NEW_ALONE), _TAKES_HOLD)
    until = stage.journal.clock() + _TAKES_HOLD
    while stage.sender.send(_signed_before(stage)).is_accepted:
        if stage.journal.clock() > until:
            break
        stage.wait(0.3, "the old secret dies")
    deliver_until_accepted(stage, _signed_anew(stage, after, NEW_ALONE), _TAKES_HOLD)
    return after


def _signed_before(stage: Stage) -> Parcel:
    """Return an event that the old secret alone signs, in both places where a signature may stand."""
    parcel = stage.sender.parcel(new_events(stage, 1)[0], DeliveryKind.FORGED, DEAD)
    return replace(parcel, headers=((PREVIOUS_HEADER, sign(parcel.body, stage.sender.secret)),))


def _signed_anew(stage: Stage, event: Event, form: str) -> Parcel:
    return stage.sender.parcel(event, form=form, secret=stage.new_secret)
