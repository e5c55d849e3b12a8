"""Rule of answering genuine events in time."""

from __future__ import annotations

from oneinvoice_openapi.client_bounds import ANSWER_SECONDS

from oneinvoice_conformance.clients.observation import DeliveryKind
from oneinvoice_conformance.clients.rules.hook.effects import answer_of, never_accepted
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.hook.burst import (
    ALONE,
    AT_ONCE,
    AT_ONCE_AGAIN,
    BURST,
    seconds_of,
    time_of_95,
)
from oneinvoice_conformance.clients.scenarios.hook.crash import CRASH
from oneinvoice_conformance.clients.scenarios.hook.rotation import ROTATION

_DISTURBED = (CRASH, ROTATION)  # where a receiver may refuse for reasons that another rule judges


@rule("HOOK-1")
def answers_in_time(observed: Observed) -> Judgement:
    """Judge the answers to one event, to a hundred at once, and whether plain events are taken all along."""
    if judgement := _refused_somewhere(observed):
        return judgement
    trial = observed.trial(BURST)
    alone = [each for each in trial.deliveries if each.form == ALONE]
    again = [each for each in trial.deliveries if each.form == AT_ONCE_AGAIN]
    at_once = again or [each for each in trial.deliveries if each.form == AT_ONCE]
    for each in alone:
        if not each.is_accepted or seconds_of(each) > ANSWER_SECONDS:
            took = f" after {seconds_of(each):.1f} s" if each.answered is not None else ""
            return failed(f"an event that came alone was {answer_of(each)}{took}", shown_by(trial, alone))
    if refused := [each for each in at_once if not each.is_accepted]:
        reason = (
            f"of {len(at_once)} events at once {len(refused)} were not accepted, the first: {answer_of(refused[0])}"
        )
        return failed(reason, shown_by(trial, refused))
    late = time_of_95(at_once)
    if late > ANSWER_SECONDS:
        return failed(f"95 % of {len(at_once)} events at once were answered in {late:.1f} s", shown_by(trial, at_once))
    return passed(f"95 % of {len(at_once)} events at once were answered 2xx within {late:.2f} s")


def _refused_somewhere(observed: Observed) -> Judgement | None:
    """Return the judgement on a plain event that no attempt had accepted in any scenario."""
    for trial in observed.trials.values():
        plain = [each for each in trial.sent(DeliveryKind.GENUINE) if not each.form]
        if trial.scenario not in _DISTURBED and (refused := never_accepted(plain)):
            first = refused[0]
            return failed(f"a plain, genuine {first.event} was {answer_of(first)}", shown_by(trial, refused))
    return None
