"""Control: the client against an API that behaves, without which nothing that it does tells anything."""

from __future__ import annotations

from oneinvoice_conformance.clients.scenarios.effects import NAMES, await_effects
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

CONTROL = "well-behaved"


@scenario(CONTROL, "The API behaves well.", "KEY-1", "PAGE-1", needs=())
def well_behaved(stage: Stage) -> None:
    """Run the client, and deliver three events one after the other."""
    if Means.RUN in stage.client.means:
        stage.say("the client reads everything")
        stage.run()
    ids = []
    if Means.HOOK in stage.client.means:
        stage.say("the client takes three events")
        for event in stage.events.make_all(NAMES):
            stage.sender.send(stage.sender.parcel(event))
            ids.append(event.id)
    await_effects(stage, ids)
