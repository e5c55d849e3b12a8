"""Rule of refusing what nobody signed who has the secret."""

from __future__ import annotations

from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.rules.hook.effects import effects_of, proven_effects, without_effects
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.hook.forgeries import FORGERIES


@rule("HOOK-2")
def refuses_forgeries(observed: Observed) -> Judgement:
    """Judge the effects of forgeries, or their answers where effects can't be seen."""
    trial = observed.trial(FORGERIES)
    forged = trial.sent(DeliveryKind.FORGED)
    effects = effects_of(trial)
    if acted := [each for each in forged if effects and effects.get(each.event_id)]:
        first = acted[0]
        reason = f"{first.event} {first.form} had its effect, and was answered {first.status or 'not at all'}"
        return failed(reason, shown_by(trial, acted))
    if proven_effects(trial) is not None:
        return passed(f"none of {len(forged)} forgeries had an effect, while the genuine events around them had theirs")
    if taken := [each for each in forged if each.is_accepted]:
        forms = ", ".join(dict.fromkeys(each.form for each in taken))
        what = f"all {len(forged)} forgeries" if len(taken) == len(forged) else f"what came {forms}"
        return without_effects(f"it answered 2xx to {what}; whether that had an effect can't be seen")
    return passed(f"each of {len(forged)} forgeries was refused, and the genuine events around them were accepted")
