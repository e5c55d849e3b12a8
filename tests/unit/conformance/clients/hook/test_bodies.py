"""HOOK-3: the bytes as they came are verified; and in which bytes bodies come."""

from __future__ import annotations

import json

import pytest
from oneinvoice_conformance.clients.hooks.bodies import AS_JAVASCRIPT, AS_PYTHON, AS_THE_API, FORMS
from oneinvoice_conformance.clients.hooks.events import written
from oneinvoice_conformance.clients.scenarios.hook.bodies import BODIES
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.hook.trials import judged, readback, sent, trial

CONTENT = {
    "id": "evt_1",
    "event": "invoice.paid",
    "created_at": "2026-04-01T10:00:00Z",
    "data": {"id": "inv_1", "customer": {"name": "Fjord Trading AS", "email": None}, "total": "1250.00"},
}


@pytest.mark.parametrize("form", FORMS)
def test_a_form_says_the_same_in_bytes_of_its_own(form: str):
    body = FORMS[form](CONTENT)
    said = json.loads(body)
    name = said["data"]["customer"].pop("name")
    assert said == json.loads(json.dumps(CONTENT)) | {"data": said["data"]}
    assert said["data"] | {"customer": CONTENT["data"]["customer"]} == CONTENT["data"]  # type: ignore[index]
    assert name
    assert sum(FORMS[other](CONTENT) == body for other in FORMS) == 1


def test_the_forms_have_what_breaks_those_that_write_anew():
    bodies = {form: write(CONTENT) for form, write in FORMS.items()}
    assert max(map(len, bodies.values())) == 2**20
    assert any(body.endswith(b"\n") for body in bodies.values())
    assert any(b"\r\n" in body for body in bodies.values())
    assert any(b"\\u" in body and body.isascii() for body in bodies.values())
    assert any(not body.isascii() for body in bodies.values())
    assert list(json.loads(bodies["with its keys in the order of the alphabet"])) == sorted(CONTENT)


@pytest.mark.parametrize("form", [AS_THE_API, AS_JAVASCRIPT, AS_PYTHON])
def test_the_forms_of_the_control_are_in_ascii(form: str):
    assert FORMS[form](CONTENT).isascii()


def test_an_event_is_told_anew_in_its_own_form():
    event = written(CONTENT, AS_PYTHON).told(event="invoice.voided")
    assert (event.id, event.name, event.form) == ("evt_1", "invoice.voided", AS_PYTHON)
    assert event.body == json.dumps(CONTENT | {"event": "invoice.voided"}).encode()


def test_all_forms_accepted_is_right_with_and_without_a_readback():
    deliveries = [sent("evt_1"), sent("evt_2", form="indented"), sent("evt_3", 202, form="of 1 MiB")]
    seen = judged("HOOK-3", trial(BODIES, deliveries, readback({"evt_1": 1, "evt_2": 1, "evt_3": 1})))
    assert (seen.outcome, seen.reason) == (
        Outcome.PASSED,
        "bodies in the bytes of 2 writers were accepted and had their effects",
    )
    assert judged("HOOK-3", trial(BODIES, deliveries)).outcome is Outcome.PASSED


def test_a_refused_form_fails_with_its_name():
    deliveries = [sent("evt_1"), sent("evt_2", 401, form="indented"), sent("evt_2", 401, form="indented")]
    judgement = judged("HOOK-3", trial(BODIES, deliveries))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        "a truly signed body indented was answered 401",
    )
    assert judgement.evidence[0].deliveries == (3,)


def test_a_form_that_is_accepted_when_it_comes_again_is_fine():
    deliveries = [sent("evt_2", 503, form="indented"), sent("evt_2", form="indented")]
    assert judged("HOOK-3", trial(BODIES, deliveries)).outcome is Outcome.PASSED


def test_an_accepted_form_without_an_effect_fails():
    deliveries = [sent("evt_1"), sent("evt_2", form="indented")]
    judgement = judged("HOOK-3", trial(BODIES, deliveries, readback({"evt_1": 1})))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.FAILED,
        "a truly signed body indented was accepted, and had no effect",
    )


def test_effects_are_not_asked_of_a_client_that_shows_none():
    deliveries = [sent("evt_1"), sent("evt_2", form="indented")]
    assert judged("HOOK-3", trial(BODIES, deliveries, readback({}))).outcome is Outcome.INCONCLUSIVE
