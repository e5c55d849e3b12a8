"""Scenario of forgeries: deliveries that nobody signed who has the secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.scenarios.effects import settle
from oneinvoice_conformance.clients.scenarios.hook.deliveries import few, new_events, take_genuine
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means
from oneinvoice_conformance.webhooks.signing import sign

FORGERIES = "forgeries"
_OTHER_SECRET = "whsec_of_somebody_else"  # noqa: S105


def signatures(body: bytes, secret: str, accepted: Event) -> Mapping[str, str | None]:
    """Return false signatures of a body by what they are, None for no header; `accepted` is another, genuine event."""
    true = sign(body, secret)
    return {
        "without a signature": None,
        "with an empty signature": "",
        "signed with another secret": sign(body, _OTHER_SECRET),
        "with the first bit of the signature changed": _with_bit(true, 0, 8),
        "with the last bit of the signature changed": _with_bit(true, 63, 1),
        "with the first digit of the signature alone": true[:1],
        "with the first half of the signature alone": true[:32],
        "with all but the last digit of the signature": true[:63],
        "with the signature of an event that was accepted": sign(accepted.body, secret),
        "with the signature of an empty body": sign(b"", secret),
        "with 64 zeros for a signature": "0" * 64,
    }


@scenario(FORGERIES, "Deliveries are forged.", "HOOK-2", needs=(Means.HOOK,), seconds=3.0, data=few)
def forgeries(stage: Stage) -> None:
    """Deliver forged events, each with its own id, between genuine ones."""
    before = take_genuine(stage)
    stage.say("forged events come")
    kinds = list(signatures(b"", stage.sender.secret, before[0]))
    # Of each kind one event of each name: a receiver may verify some alone.
    events = new_events(stage, len(before) * len(kinds))
    parcels = []
    for number, event in enumerate(events):
        form = kinds[number // len(before)]
        signature = signatures(event.body, stage.sender.secret, before[0])[form]
        parcels.append(replace(stage.sender.parcel(event, DeliveryKind.FORGED, form), signature=signature))
    stage.sender.send_all(parcels)
    settle(stage, [event.id for event in take_genuine(stage)])


def _with_bit(signature: str, place: int, bit: int) -> str:
    """Return a signature with one bit of the digit at a place changed."""
    digit = f"{int(signature[place], 16) ^ bit:x}"
    return signature[:place] + digit + signature[place + 1 :]
