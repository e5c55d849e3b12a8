"""Rule of ending right when events come out of order."""

from __future__ import annotations

from collections.abc import Sequence

from oneinvoice_conformance.clients.observation import Readback
from oneinvoice_conformance.clients.rules.hook.effects import effects_of, without_effects
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.hook.order import ORDER, TOLD, Told, status_of

_STATUSES = {"draft", "sent", "paid", "accepted", "rejected"}


@rule("HOOK-5")
def ends_right_out_of_order(observed: Observed) -> Judgement:
    """Judge the statuses that records have in the readback, of lists that hold those which came in order."""
    trial = observed.trial(ORDER)
    effects_of(trial)  # if the readback can't be used, its lists can't either
    kept = trial.readback or Readback()
    told: Sequence[Told] = trial.facts[TOLD]
    followed = {each.list for each in told if each.in_order and status_of(kept, each) in _STATUSES}
    if not followed:
        return without_effects("which status its records have after webhooks can't be seen")
    for each in told:
        if each.list in followed and (status := status_of(kept, each)) != each.status:
            came = ", ".join(each.events)
            state = f"has the status {status}" if status else "is missing"
            return failed(f"after {came} in this order a record that is {each.status} {state}", shown_by(trial))
    names = " and ".join(sorted(followed))
    count = sum(not each.in_order for each in told if each.list in followed)
    return passed(f"{count} records of {names} have their newest status, though events came out of order")
