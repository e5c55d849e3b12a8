"""Scenario of names: events that nobody has heard of, and a header that contradicts the body."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.hooks.sender import Parcel
from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.scenarios.effects import names_with_effect, settle
from oneinvoice_conformance.clients.scenarios.hook.deliveries import deliver, few, new_events, take_genuine
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

NAMES = "names"
PING, NOTICE = "ping", "api.change_announced"
KNOWN_IN_BODY = "known in the body alone"
KNOWN_IN_HEADER = "known in the header alone"
SENT_NOT_PAID = "invoice.sent in the body"
SENT = "sent"
"""Fact of this scenario: the id of the invoice that the header alone says to be paid."""
_VERBS = ("voided", "reminded", "refunded", "viewed", "reopened", "archived")


@scenario(NAMES, "Events have unknown names.", "HOOK-6", needs=(Means.HOOK,), seconds=3.0, data=few)
def names(stage: Stage) -> None:
    """Deliver events of unknown names, then some whose header is of another name than their body."""
    take_genuine(stage)
    stage.say("events of unknown names come")
    invoice, quote, other = (
        event.told(event=name)
        for event, name in zip(
            stage.events.make_all(["invoice.created", "quote.created", "invoice.created"]),
            _unknown(stage),
            strict=True,
        )
    )
    notice = stage.events.make(NOTICE)
    unknown = [invoice, quote, other, notice, _ping(notice)]
    deliver(stage, [stage.sender.parcel(event, DeliveryKind.UNKNOWN_EVENT) for event in unknown])
    stage.say("headers contradict bodies")
    deliver(stage, _contradictions(stage))
    settle(stage, [event.id for event in take_genuine(stage)])


def _ping(notice: Event) -> Event:
    """Return the test of an endpoint, as its owner may ask for one."""
    return notice.told(id=f"{notice.id}0", event=PING, data={"endpoint_id": "we_of_a_test"})


def _unknown(stage: Stage) -> tuple[str, str, str]:
    """Return names of no event, one of an invoice, one of a quote and one of neither."""
    first, second, third = stage.random.sample(_VERBS, 3)
    return f"invoice.{first}", f"quote.{second}", f"contract.{third}"


def _contradictions(stage: Stage) -> list[Parcel]:
    """Return events whose header says another name than the signed body."""
    known = names_with_effect(stage.control)[-1]
    unknown = _unknown(stage)[0]
    by_body, by_header = new_events(stage, 1)[0], stage.events.make(known)
    sent = stage.events.make("invoice.sent")
    stage.facts[SENT] = str(sent.record["id"])
    return [
        _parcel(stage, by_body, unknown, KNOWN_IN_BODY),
        _parcel(stage, by_header.told(event=unknown), known, KNOWN_IN_HEADER),
        _parcel(stage, sent, "invoice.paid", SENT_NOT_PAID),
    ]


def _parcel(stage: Stage, event: Event, named: str, form: str) -> Parcel:
    return replace(stage.sender.parcel(event, DeliveryKind.OTHER_HEADER, form), named=named)
