"""HOOK-2: forgeries are refused, or have no effect at least; and which signatures are forged."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.hooks.events import Event
from oneinvoice_conformance.clients.scenarios.hook.forgeries import FORGERIES, signatures
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.webhooks.signing import sign, verify_signature

from tests.unit.conformance.clients.hook.trials import NO_ANSWER, forged, judged, readback, sent, trial

AROUND = {"evt_before": 1, "evt_after": 1}
BODY, OTHER, SECRET = b'{"id":"evt_1"}', Event("evt_2", "invoice.paid", b'{"id":"evt_2"}'), "whsec_1"


def attempt(*deliveries, effects: dict[str, int] | None, settled: bool = True):
    around = [sent("evt_before"), *deliveries, sent("evt_after")]
    return trial(FORGERIES, around, readback(effects) if settled else None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 302, NO_ANSWER])
@pytest.mark.parametrize("effects", [AROUND, None], ids=["effects seen", "effects not told"])
def test_any_refusal_will_do(status: int, effects: dict[str, int] | None):
    judgement = judged("HOOK-2", attempt(forged("evt_1", status), effects=effects))
    assert judgement.outcome is Outcome.PASSED


def test_what_is_dropped_silently_has_no_effect():
    assert judged("HOOK-2", attempt(forged("evt_1", 200), effects=AROUND)).outcome is Outcome.PASSED


def test_an_answer_2xx_tells_nothing_where_effects_cannot_be_seen():
    judgement = judged("HOOK-2", attempt(forged("evt_1", 200), forged("evt_2", 401, "cut"), effects=None))
    assert (judgement.outcome, judgement.options) == (Outcome.INCONCLUSIVE, ("--readback",))
    assert judgement.reason == (
        "it answered 2xx to what came without a signature; whether that had an effect can't be seen"
    )


def test_a_receiver_that_answers_2xx_to_whatever_comes_may_drop_it_silently():
    judgement = judged("HOOK-2", attempt(forged("evt_1", 200), forged("evt_2", 204, "cut"), effects=None))
    assert (judgement.outcome, judgement.reason) == (
        Outcome.INCONCLUSIVE,
        "it answered 2xx to all 2 forgeries; whether that had an effect can't be seen",
    )


@pytest.mark.parametrize("status", [200, 401])
def test_an_effect_is_a_failure_whatever_the_answer_was(status: int):
    judgement = judged("HOOK-2", attempt(forged("evt_1", status), effects={**AROUND, "evt_1": 1}))
    assert judgement.outcome is Outcome.FAILED
    assert judgement.reason == f"invoice.paid without a signature had its effect, and was answered {status}"
    assert judgement.evidence[0].deliveries == (2,)


def test_an_effect_counts_though_the_genuine_events_show_none():
    assert judged("HOOK-2", attempt(forged("evt_1", 200), effects={"evt_1": 1})).outcome is Outcome.FAILED


def test_no_effect_proves_nothing_unless_genuine_events_have_theirs():
    judgement = judged("HOOK-2", attempt(forged("evt_1", 401), effects={"evt_before": 1}))
    assert judgement.outcome is Outcome.INCONCLUSIVE
    assert "no effect of a plain invoice.paid either" in judgement.reason


def test_a_receiver_that_refuses_genuine_events_is_not_judged_by_its_refusals():
    refusing = trial(FORGERIES, [sent("evt_before", 401)], problem="the receiver did not take a plain invoice.paid")
    assert judged("HOOK-2", refusing).outcome is Outcome.INCONCLUSIVE


def test_a_readback_that_fails_decides_nothing():
    kept = readback(None)
    broken = trial(FORGERIES, [forged("evt_1", 401)], type(kept)(problem="it printed no JSON"))
    judgement = judged("HOOK-2", broken)
    assert (judgement.outcome, judgement.reason) == (
        Outcome.INCONCLUSIVE,
        "--readback can't be used: it printed no JSON",
    )


def test_no_forged_signature_is_the_true_one_in_any_letter_case():
    forms = signatures(BODY, SECRET, OTHER)
    assert not any(verify_signature(BODY, signature or "", SECRET) for signature in forms.values())


def test_bits_are_changed_at_both_ends():
    true, forms = sign(BODY, SECRET), signatures(BODY, SECRET, OTHER)
    first, last = (str(forms[f"with the {end} bit of the signature changed"]) for end in ("first", "last"))
    assert (first[1:], last[:-1]) == (true[1:], true[:-1])
    assert int(first, 16) ^ int(true, 16) == 1 << 255
    assert int(last, 16) ^ int(true, 16) == 1


def test_cut_signatures_are_what_the_true_one_begins_with():
    true, forms = sign(BODY, SECRET), signatures(BODY, SECRET, OTHER)
    cut = [value for value in forms.values() if value and len(value) < 64]
    assert sorted(map(len, cut)) == [1, 32, 63]
    assert all(true.startswith(value) for value in cut)


def test_the_signature_of_an_accepted_event_is_true_for_that_one():
    signature = signatures(BODY, SECRET, OTHER)["with the signature of an event that was accepted"]
    assert verify_signature(OTHER.body, signature or "", SECRET)
