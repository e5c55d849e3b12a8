"""Rule of verifying the bytes as they came."""

from __future__ import annotations

from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.rules.hook.effects import answer_of, never_accepted, proven_effects
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.hook.bodies import BODIES


@rule("HOOK-3")
def verifies_raw_bytes(observed: Observed) -> Judgement:
    """Judge how truly signed bodies in the bytes of several writers were answered, and their effects."""
    trial = observed.trial(BODIES)
    written = [each for each in trial.sent(DeliveryKind.GENUINE) if each.form]
    if refused := never_accepted(written):
        first = refused[0]
        return failed(f"a truly signed body {first.form} was {answer_of(first)}", shown_by(trial, refused))
    effects = proven_effects(trial)
    if effects is not None and (lost := [each for each in written if not effects.get(each.event_id)]):
        return failed(f"a truly signed body {lost[0].form} was accepted, and had no effect", shown_by(trial, lost))
    count = len({each.form for each in written})
    return passed(f"bodies in the bytes of {count} writers were accepted{' and had their effects' if effects else ''}")
