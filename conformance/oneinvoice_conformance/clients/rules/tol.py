"""Rules of tolerance of what may differ."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from oneinvoice_conformance.clients.observation import ClientRequest, Mark, Trial
from oneinvoice_conformance.clients.rules.passes import ids_got, keeps_whole, kept_ids
from oneinvoice_conformance.clients.rules.rule import Judgement, Observed, failed, inconclusive, passed, rule, shown_by
from oneinvoice_conformance.clients.scenarios.bodies import BAD_BODIES, RUNS, BadBody, BadKind, BadRun
from oneinvoice_conformance.clients.scenarios.tol import GREASE, LAST_GREASED, NEW_VALUES, ODD, SUSPECTS


@rule("TOL-1")
def reads_what_differs_in_form(observed: Observed) -> Judgement:
    """Judge whether the client got and kept under grease what it got and kept in the control."""
    trial, control = observed.trial(GREASE), observed.control
    requests = [each for each in trial.requests if each.number <= trial.facts.get(LAST_GREASED, each.number)]
    if not any(request.mark is Mark.GREASE for request in requests) or control is None:
        return inconclusive("it asked for nothing that could differ", shown_by(trial))
    suspects, last = trial.facts.get(SUSPECTS, ()), requests[-1:]
    by = f"; it fails by {' or '.join(suspects)}" if suspects else ""
    if trial.program is None or not trial.program.is_well:
        return failed(f"it ended with {trial.program}, which it did not in the control{by}", shown_by(trial, last))
    for name in observed.client.lists:
        stood = trial.truth.stood.get(name, frozenset())
        if control.truth.stood.get(name, frozenset()) - ids_got(control.requests, name):
            continue  # it doesn't read that list whole in the control either
        if lost := stood - ids_got(requests, name):
            return failed(f"it got {len(stood) - len(lost)} of {len(stood)} {name}{by}", shown_by(trial, last))
        kept = kept_ids(trial, name)
        if kept is not None and keeps_whole(control, name) and (lost := stood - kept):
            return failed(f"it keeps {len(stood) - len(lost)} of {len(stood)} {name}{by}", shown_by(trial))
        if field := _changed_field(control, trial, name):
            return failed(f"it keeps another {field} of {name} than it got{by}", shown_by(trial))
    return passed(f"it read {len(requests)} answers that differ in form as it read those of the control")


def _changed_field(control: Trial, trial: Trial, name: str) -> str:
    """Return a field that the client keeps as it came in the control, and not in a trial; nothing if there is none."""
    if control.readback is None or trial.readback is None or not keeps_whole(control, name):
        return ""
    truth, kept = control.truth.records[name], control.readback.lists[name]
    fields = {field for record in truth.values() for field in record}
    for field in sorted(fields):
        if all(_is_kept(kept.get(id), record, field) for id, record in truth.items()) and not all(
            _is_kept(trial.readback.lists.get(name, {}).get(id), record, field)
            for id, record in trial.truth.records[name].items()
        ):
            return field
    return ""


def _is_kept(kept: Any, record: Mapping[str, Any], field: str) -> bool:
    return isinstance(kept, dict) and field in kept and _says_all(kept[field], record.get(field))


def _says_all(kept: Any, told: Any) -> bool:
    """Tell whether a value is what was told, perhaps with more fields in its objects."""
    if isinstance(told, dict):
        return isinstance(kept, dict) and all(name in kept and _says_all(kept[name], told[name]) for name in told)
    return bool(kept == told)


@rule("TOL-2")
def reads_the_others(observed: Observed) -> Judgement:
    """Judge whether the records beside those with a new value arrived."""
    trial, control = observed.trial(NEW_VALUES), observed.control
    changed = trial.marked(Mark.UNKNOWN_VALUE)
    if not changed or control is None:
        return inconclusive("it got no record with a value that is new", shown_by(trial))
    told = True
    for name in observed.client.lists:
        others = trial.truth.stood.get(name, frozenset()) - trial.facts[ODD].get(name, frozenset())
        kept = kept_ids(trial, name)
        if kept is not None and keeps_whole(control, name):
            if lost := others - kept:
                reason = f"beside {name} with a new status, or null, it keeps {len(others - lost)} of {len(others)}"
                return failed(f"{reason}, and ended with {trial.program}", shown_by(trial, changed))
            continue
        told = False
        reads_whole = not control.truth.stood.get(name, frozenset()) - ids_got(control.requests, name)
        if reads_whole and (lost := others - ids_got(trial.requests, name)):
            reason = f"beside {name} with a new status, or null, it got {len(others - lost)} of {len(others)}"
            return failed(f"{reason}, and ended with {trial.program}", shown_by(trial, changed))
    if told:
        return passed("it keeps all records beside those with a status that is new, or null")
    if trial.program is None or not trial.program.is_well:
        return failed(f"it ended with {trial.program} where a status is new, or null", shown_by(trial, changed))
    return inconclusive("it got all records; whether it keeps those beside one with a new value is not told")


@rule("TOL-3")
def takes_no_bad_body(observed: Observed) -> Judgement:
    """Judge what the client did after each bad body: it asks again, or it ends with another exit code than 0."""
    trial, control = observed.trial(BAD_BODIES), observed.control
    again, reported, open_kinds = 0, 0, set(BadKind)
    for run in trial.facts.get(RUNS, ()):
        requests = {each.number: each for each in trial.requests if run.first <= each.number <= run.last}
        for bad in run.bodies:
            asked = requests[bad.request]
            if problem := _taken(bad, run, asked, requests.values(), control):
                return failed(problem, shown_by(trial, [asked]))
            if is_got := bad.hidden <= ids_got(requests.values(), asked.endpoint or ""):
                again += 1
            elif run.end.code is not None:
                reported += 1
            if is_got or run.end.code is not None:
                open_kinds.discard(bad.kind)
    if open_kinds == set(BadKind):
        return inconclusive("no bad body could be sent in the place of a page", shown_by(trial))
    if open_kinds:
        kinds = ", ".join(sorted(open_kinds))
        return inconclusive(f"what it does with {kinds} was not seen in {trial.seconds:.0f} s", shown_by(trial))
    return passed(f"it took none of {again + reported} bad bodies: asked again {again} times, reported {reported}")


def _taken(
    bad: BadBody, run: BadRun, asked: ClientRequest, requests: Collection[ClientRequest], control: Trial | None
) -> str:
    """Return how a bad body was taken for data, in words; nothing if it was not, as far as is seen."""
    name = asked.endpoint or ""
    kept = None if run.kept is None else run.kept.lists.get(name)
    if kept is not None and bad.invented & kept.keys():
        return f"it keeps {len(bad.invented & kept.keys())} records that came in {bad.kind} alone, for {asked.target}"
    if not run.end.is_well:
        return ""
    lost = bad.hidden - ids_got(requests, name)
    if lost:
        what = f"it got {bad.kind} for {asked.target}, never got {len(lost)} records that it hid"
        return f"{what}, and ended with 0"
    if kept is not None and keeps_whole(control, name) and (missing := bad.hidden - kept.keys()):
        return f"it got {bad.kind} for {asked.target}, and keeps all but {len(missing)} of the records that it hid"
    return ""
