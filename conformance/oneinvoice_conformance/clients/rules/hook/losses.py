"""Rule of losing nothing when the receiver is killed, and while its secret is rotated."""

from __future__ import annotations

from collections.abc import Callable

from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.rules.hook.effects import (
    answer_of,
    effects_of,
    never_accepted,
    proven_effects,
    without_effects,
)
from oneinvoice_conformance.clients.rules.rule import (
    Judgement,
    Observed,
    Undecided,
    failed,
    not_tested,
    passed,
    rule,
    shown_by,
)
from oneinvoice_conformance.clients.scenarios.hook.crash import CRASH
from oneinvoice_conformance.clients.scenarios.hook.rotation import DEAD, ROTATION
from oneinvoice_conformance.clients.subject import Means
from oneinvoice_conformance.model.outcome import Outcome


@rule("HOOK-7")
def loses_nothing(observed: Observed) -> Judgement:
    """Judge kills and the rotation: what fails first, then what is open, then whether both were tried."""
    halves = {Means.RESTART: _kills, Means.ROTATE: _rotation}
    given = {means: _judged(judge, observed) for means, judge in halves.items() if observed.has(means)}
    for judgement in given.values():
        if judgement.outcome is Outcome.FAILED:
            return judgement
    for judgement in given.values():
        if judgement.outcome is not Outcome.PASSED:
            return judgement
    reasons = "; ".join(judgement.reason for judgement in given.values())
    missing = [means for means in halves if means not in given]
    if missing:
        return not_tested(f"{reasons}; what {missing[0].value} shows was not tried", *missing)
    return passed(reasons)


def _judged(judge: Callable[[Observed], Judgement], observed: Observed) -> Judgement:
    try:
        return judge(observed)
    except Undecided as undecided:
        return undecided.judgement


def _kills(observed: Observed) -> Judgement:
    """Judge the events that were under way when the receiver was killed, and those that it had taken before."""
    trial = observed.trial(CRASH)
    sent = trial.sent(DeliveryKind.GENUINE, DeliveryKind.REPEATED)
    told = [each for each in sent if each.form]
    if refused := never_accepted(told):
        first = refused[0]
        return failed(f"{first.event} {first.form} was {answer_of(first)} when it came again", shown_by(trial, refused))
    effects = effects_of(trial)
    if doubled := [each for each in told if effects and effects.get(each.event_id, 0) > 1]:
        first = doubled[0]
        return failed(f"{first.event} {first.form} had more than one effect", shown_by(trial, doubled))
    if proven_effects(trial) is None or effects is None:
        return without_effects("events were accepted after kills; whether each had one effect can't be seen")
    if lost := [each for each in told if not effects.get(each.event_id)]:
        return failed(f"{lost[0].event} {lost[0].form} was accepted, and had no effect", shown_by(trial, lost))
    count = len({each.event_id for each in told})
    return passed(f"each of {count} events around kills had one effect")


def _rotation(observed: Observed) -> Judgement:
    """Judge that no genuine event was refused, and what the old secret signed once it was dead."""
    trial = observed.trial(ROTATION)
    genuine = [each for each in trial.sent(DeliveryKind.GENUINE) if each.form]
    if refused := never_accepted(genuine):
        first = refused[0]
        return failed(f"a genuine event {first.form} was {answer_of(first)}", shown_by(trial, refused))
    forged = trial.sent(DeliveryKind.FORGED)[-1:]  # before, the secret may still be about to change
    effects = effects_of(trial)
    if acted := [each for each in forged if effects and effects.get(each.event_id)]:
        return failed(f"an event {DEAD} had its effect", shown_by(trial, acted))
    if any(each.is_accepted for each in forged) and proven_effects(trial) is None:
        return without_effects(f"an event {DEAD} was answered 2xx; whether it had an effect can't be seen")
    return passed("no genuine event was refused while the secret was rotated, and the old one is dead")
