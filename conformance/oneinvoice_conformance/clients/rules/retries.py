"""Rules of trying again: after 429 that doesn't say when, after 500, and never after 400 and 404."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from oneinvoice_openapi.client_bounds import EARLY, MOST_TRIES, TRIES_SECONDS, UNTOLD_WAIT

from oneinvoice_conformance.clients.observation import ClientRequest, Mark, Trial
from oneinvoice_conformance.clients.rules.rule import (
    Judgement,
    Observed,
    Undecided,
    failed,
    inconclusive,
    passed,
    rule,
    shown_by,
)
from oneinvoice_conformance.clients.scenarios.pace import DATE, SECONDS
from oneinvoice_conformance.clients.scenarios.retries import (
    BAD_REQUEST,
    LONG,
    NOT_FOUND,
    OUTAGE,
    UNTOLD,
    grows,
    is_bounded,
    is_constant,
    is_too_often,
    repeated,
)
from oneinvoice_conformance.clients.timing import waits

_SHOWN = 8  # requests
_PAUSE = 0.1  # seconds; less is none


@rule("PACE-3")
def waits_untold(observed: Observed) -> Judgement:
    """Judge how long the client waits where 429 doesn't say it: a second at least, and longer each time.

    Who waits long from the start need not wait longer.
    """
    trial = observed.trial(UNTOLD)
    refused = trial.marked(Mark.LIMITED)
    if not refused:
        return inconclusive("no request got 429")
    evidence = shown_by(trial, refused[:_SHOWN])
    found = [each for each in waits(trial.requests, refused, observed.control) if each]
    if found and (shortest := min(min(each) for each in found)) < UNTOLD_WAIT - EARLY:
        return failed(
            f"it asks again {shortest:.2f} s after a 429 without Retry-After; wait a second or more", evidence
        )
    growing = [each for each in found if grows(each, trial.delay)]
    if growing:
        return passed(f"it waits {_told(growing[0])} after a 429 without Retry-After", evidence)
    if constant := [each for each in found if is_constant(each)]:
        reason = f"it waits {_told(constant[0])} after a 429 without Retry-After; wait longer each time"
        return failed(reason, evidence)
    silence = trial.seconds - refused[-1].at
    if trial.requests[-1] is refused[-1] and _was_running(trial) and silence >= LONG and _asks_again(observed):
        return passed(f"it waits more than {int(silence)} s after a 429 without Retry-After", evidence)
    return inconclusive("the client asked again too seldom, so that it does not show whether its waits grow", evidence)


def _was_running(trial: Trial) -> bool:
    return trial.program is None or trial.program.code is None


def _asks_again(observed: Observed) -> bool:
    """Tell whether the client is known to ask again after a 429, and doesn't hang there."""
    trial = observed.trials.get(SECONDS)
    return trial is not None and bool(trial.marked(Mark.LIMITED)) and not _left_out(trial)


def _told(pauses: Iterable[float]) -> str:
    *others, last = (f"{pause:.2f}" for pause in pauses)
    return f"{', '.join(others)} and {last} s" if others else f"{last} s"


@rule("PACE-5", passive=True)
def asks_again_for_each_page(observed: Observed) -> Judgement:
    """Judge whether each page that got 429 is asked for again, until the lists are as complete as without a 429.

    A client may give up instead, if it says so by its exit code: it then takes nothing for complete that isn't.
    """
    refused = again = reported = 0
    for trial in _limited(observed):
        left_out = _left_out(trial)
        count = len({request.page for request in trial.requests if request.status == 429})
        refused += count
        if trial.program is not None and trial.program.is_well and (loss := _loss(trial, observed.control, left_out)):
            return loss
        if not left_out:
            again += count
        elif trial.program is not None and trial.program.code:
            reported += 1
    if not refused:
        return inconclusive("no request got 429")
    if reported:
        return passed("it gives up after a 429, and says so by its exit code")
    if not again:
        return inconclusive("the trials ended before each page that got 429 was asked for again")
    return passed(f"each of {again} pages that got 429 was asked for again")


def _limited(observed: Observed) -> list[Trial]:
    if observed.is_passive:
        return list(observed)
    played = [observed.trials[name] for name in (SECONDS, DATE, UNTOLD) if name in observed.trials]
    if played and all(trial.problem for trial in played):
        raise Undecided(inconclusive(played[0].problem))
    return [trial for trial in played if not trial.problem]


def _left_out(trial: Trial) -> list[ClientRequest]:
    """Return the requests that got 429 and whose page was neither asked for again nor came as a part of others."""
    last = {request.page: request for request in trial.requests if request.page}
    refused = [request for request in last.values() if request.status == 429]
    return [each for each in refused if not _is_covered(each, trial) and not _was_asked_before(each, trial)]


def _was_asked_before(refused: ClientRequest, trial: Trial) -> bool:
    """Tell whether the page got 429 earlier, so that this was the client asking again."""
    return any(each.page == refused.page and each.status == 429 for each in trial.requests if each.at < refused.at)


def _is_covered(refused: ClientRequest, trial: Trial) -> bool:
    offset = refused.offset or 0
    return any(
        request.endpoint == refused.endpoint
        and request.at > refused.at
        and request.records
        and (request.offset or 0) <= offset < (request.offset or 0) + request.records
        for request in trial.requests
    )


def _loss(trial: Trial, control: Trial | None, left_out: list[ClientRequest]) -> Judgement | None:
    """Return the judgement on a run that ended well although something is missing for a 429; None if nothing is."""
    if left_out:
        first = left_out[0]
        reason = (
            f"{first.method} {first.target} got 429 and was not asked for again, and the run ended with exit code 0"
        )
        return failed(reason, shown_by(trial, left_out[:_SHOWN]))
    refused = [request for request in trial.requests if request.status == 429]
    for name in dict.fromkeys(request.endpoint for request in refused if request.endpoint):
        if control is None:
            continue
        evidence = shown_by(trial, [request for request in refused if request.endpoint == name])
        if _reach(control, name) and _reach(trial, name) is False:
            return failed(f"{name} were not read to the end after a 429, and the run ended with exit code 0", evidence)
        if missing := _missing(trial, control, name):
            return failed(f"{missing} of the {name} are missing from what it keeps, after a 429", evidence)
    return None


def _reach(trial: Trial, name: str) -> bool | None:
    """Tell whether the pages of a list without a filter have all of it; None if no page came."""
    pages = [each for each in trial.requests if each.endpoint == name and each.records is not None]
    pages = [each for each in pages if each.page and not each.page[2]]
    if not pages:
        return None
    reached = 0
    for page in sorted(pages, key=lambda each: each.offset or 0):
        if (page.offset or 0) <= reached:
            reached = max(reached, (page.offset or 0) + (page.records or 0))
    return reached >= (pages[-1].total or 0)


def _missing(trial: Trial, control: Trial, name: str) -> int:
    """Return how many records of a list the client doesn't keep, if it kept all of the control's; else 0."""
    if trial.readback is None or control.readback is None:
        return 0
    kept, kept_before = trial.readback.lists.get(name), control.readback.lists.get(name)
    if kept is None or kept_before is None or _unkept(control, kept_before, name):
        return 0
    return _unkept(trial, kept, name)


def _unkept(trial: Trial, kept: Mapping[str, object], name: str) -> int:
    return len(trial.truth.stood.get(name, frozenset()) - set(kept))


@rule("PACE-6")
def retries_500_alone(observed: Observed) -> Judgement:
    """Judge how often 500, 400 and 404 are asked for again (RFC 9110, sections 9.2.2 and 15.5)."""
    for name in (BAD_REQUEST, NOT_FOUND):
        trial = observed.trial(name)
        refused = trial.marked(Mark.REFUSED)
        if not refused:
            return inconclusive("no request got 400 or 404")
        if again := repeated(refused):
            reason = f"it asks again for {again[0].target}, which got {again[0].status}"
            return failed(f"{reason}; the same request gets the same answer", shown_by(trial, refused[:_SHOWN]))
    return _retries_500(observed.trial(OUTAGE))


def _retries_500(trial: Trial) -> Judgement:
    asked = trial.marked(Mark.OUTAGE)
    if not asked:
        return inconclusive("no request got 500")
    evidence = shown_by(trial, asked[:_SHOWN])
    times = [request.at for request in asked]
    pauses = [after - before for before, after in pairwise(times)]
    if not pauses and _was_running(trial):
        return inconclusive("the client was still waiting after a 500 when the trial ended; raise --run-timeout")
    if not pauses and trial.program is not None and trial.program.is_well:
        # Who takes a 500 for an answer has nothing to retry: TOL-3 judges that.
        return inconclusive(
            f"{asked[0].target} got 500, and the run ended with exit code 0 as if that was a page", evidence
        )
    if not pauses:
        return failed(f"{asked[0].target} got 500 and was not asked for again", evidence)
    if is_too_often(times):
        seconds = min(TRIES_SECONDS, times[-1] - times[0])
        return failed(
            f"it asks {len(pauses)} times again in {seconds:.1f} s for what got 500; {MOST_TRIES} are enough", evidence
        )
    if len(pauses) > 1 and max(pauses) < _PAUSE:
        return failed(f"it asks {len(pauses)} times again for what got 500 without any pause", evidence)
    if _was_running(trial) and not is_bounded(times, trial.seconds):
        return inconclusive(
            f"the trial ended before {TRIES_SECONDS:.0f} s of retries were seen; raise --run-timeout", evidence
        )
    return passed(f"it asks again after {_told(pauses)} for what got 500, and never for what got 400 or 404", evidence)
