"""Rule of one effect for each event, however often it comes."""

from __future__ import annotations

from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.rules.hook.effects import (
    answer_of,
    effects_of,
    never_accepted,
    proven_effects,
    without_effects,
)
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.hook.repeats import REPEATS


@rule("HOOK-4")
def has_one_effect(observed: Observed) -> Judgement:
    """Judge how repeats were answered, and how many effects their events had."""
    trial = observed.trial(REPEATS)
    repeated = trial.sent(DeliveryKind.REPEATED)
    if refused := never_accepted(repeated):
        first = refused[0]
        return failed(
            f"{first.event} {first.form} was {answer_of(first)}, so it would come for ever", shown_by(trial, refused)
        )
    effects = effects_of(trial)
    if doubled := [each for each in repeated if effects and effects.get(each.event_id, 0) > 1]:
        first = doubled[0]
        count = effects[first.event_id] if effects else 0
        return failed(f"{first.event} that came {first.form} had {count} effects", shown_by(trial, doubled))
    if proven_effects(trial) is None or effects is None:
        return without_effects("repeats were accepted; how many effects they had can't be seen")
    if lost := [each for each in repeated if not effects.get(each.event_id)]:
        return failed(f"{lost[0].event} that came {lost[0].form} had no effect", shown_by(trial, lost))
    return passed(f"each of {len({each.event_id for each in repeated})} events that were repeated had one effect")
