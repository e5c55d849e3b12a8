"""Control: the client against an API that behaves, without which nothing that it does tells anything."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_conformance.clients.hooks.events import WRITINGS
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

CONTROL = "well-behaved"
# A receiver that takes no other letters has its own rule.
_ASCII = {"customer.name": "Nordlys AS", "customer.email": "post@nordlys.example"}
WRITING = "writing"
"""Fact of the control: the writing of JSON that the receiver takes, one of `WRITINGS`."""


@scenario(CONTROL, "The API behaves well.", "KEY-1", "PAGE-1", needs=())
def well_behaved(stage: Stage) -> None:
    """Run the client, and deliver three events one after the other."""
    if Means.RUN in stage.client.means:
        stage.say("the client reads everything")
        stage.run()
    if Means.HOOK in stage.client.means:
        stage.say("the client takes three events")
        _deliver(stage)
    if Means.READBACK in stage.client.means:
        stage.readback()


def _deliver(stage: Stage) -> None:
    """Deliver three events, written as the client takes them if it takes one writing alone."""
    first, *others = stage.events.make_all(["invoice.created", "quote.sent", "invoice.paid"], set=_ASCII)
    for writing, written in WRITINGS.items():
        event = replace(first, body=written(first.body))
        if stage.sender.send(stage.sender.parcel(event)).is_accepted:
            stage.facts[WRITING] = writing
            for other in others:
                stage.sender.send(stage.sender.parcel(replace(other, body=written(other.body))))
            return
