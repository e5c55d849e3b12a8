"""Control: the client against an API that behaves, without which nothing that it does tells anything."""

from __future__ import annotations

from dataclasses import replace

from oneinvoice_conformance.clients.front.answer import Answer, Api, as_the_api_answers
from oneinvoice_conformance.clients.hooks.bodies import AS_JAVASCRIPT, AS_PYTHON, AS_THE_API
from oneinvoice_conformance.clients.hooks.events import Event, written
from oneinvoice_conformance.clients.observation import ClientRequest
from oneinvoice_conformance.clients.scenarios.effects import NAMES, await_effects
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

CONTROL = "well-behaved"
_LATENCY = 0.03  # seconds of an answer, as over the internet: requests that are sent at once are seen to overlap
_SLOW = 60  # requests
FORM = "form"
"""Fact of the control: the form of bodies that the receiver takes."""
# A receiver that verifies what it has written anew takes its own form alone, which it has a rule for.
_FORMS = (AS_THE_API, AS_JAVASCRIPT, AS_PYTHON)


@scenario(CONTROL, "The API behaves well.", "KEY-1", "PAGE-1", needs=())
def well_behaved(stage: Stage) -> None:
    """Run the client, and deliver three events one after the other."""
    if Means.RUN in stage.client.means:
        stage.say("the client reads everything")
        stage.front.script = _with_latency
        stage.run()
        stage.front.script = as_the_api_answers
    events: list[Event] = []
    if Means.HOOK in stage.client.means:
        stage.say("the client takes three events")
        events = stage.events.make_all(NAMES)
        _deliver(stage, events)
    await_effects(stage, [event.id for event in events])


def _deliver(stage: Stage, events: list[Event]) -> None:
    """Deliver events in the first form of which the client takes one."""
    for form in _FORMS:
        first, *others = [stage.sender.parcel(written(event.content, form)) for event in events]
        if stage.sender.send(first).is_accepted:
            stage.facts[FORM] = form
            for parcel in others:
                stage.sender.send(parcel)
            return


def _with_latency(request: ClientRequest, api: Api) -> Answer:
    """Answer as the API does, and at first as late as it does elsewhere."""
    return replace(api(), delay=_LATENCY if request.number <= _SLOW else 0.0)
