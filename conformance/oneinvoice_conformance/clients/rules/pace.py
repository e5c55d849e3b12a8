"""Rules of waiting where 429 says for how long."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from oneinvoice_openapi.client_bounds import EARLY

from oneinvoice_conformance.clients.observation import ClientRequest, Trial
from oneinvoice_conformance.clients.rules.rule import (
    Judgement,
    Observed,
    Undecided,
    failed,
    inconclusive,
    not_applicable,
    passed,
    rule,
    shown_by,
)
from oneinvoice_conformance.clients.scenarios.pace import DATE, SECONDS, WORKERS
from oneinvoice_conformance.clients.timing import is_concurrent, sent_knowing, slack

_SHOWN = 5  # requests
_DAY = 86_400.0  # seconds; who is to wait longer is not waited for


@dataclass(frozen=True, slots=True)
class _Hold:
    """Wait that a 429 asks for: its answer, when it is over, and how it was told.

    `after` are the requests that came knowing of it.
    """

    refused: ClientRequest
    until: float
    told: str
    after: Sequence[ClientRequest]

    @property
    def early(self) -> list[ClientRequest]:
        return [request for request in self.after if request.at < self.until - EARLY]


End = Callable[[Trial, ClientRequest], float | None]


@rule("PACE-1", passive=True)
def waits_for_seconds(observed: Observed) -> Judgement:
    """Judge what comes before the seconds of Retry-After are over (RFC 9110, section 10.2.3; RFC 6585, section 4)."""
    return _judged(observed, SECONDS, _after_seconds)


@rule("PACE-2", passive=True)
def waits_for_a_date(observed: Observed) -> Judgement:
    """Judge what comes before the date of Retry-After (RFC 9110, section 10.2.3).

    Who asks again after a number of seconds, and never after a date, has not read that.
    """
    try:
        return _judged(observed, DATE, _at_date)
    except Undecided:
        seconds = observed.trials.get(SECONDS)
        if seconds is None or not any(hold.after for hold in _holds(seconds, observed.control, _after_seconds)):
            raise
        trial = observed.trial(DATE)
        holds = _holds(trial, observed.control, _at_date)
        if not holds or trial.program is None or trial.program.code is None:
            raise
    reason = f"it asks again after a number of seconds, but ended ({trial.program}) after Retry-After: {holds[0].told}"
    return failed(reason, shown_by(trial, [holds[0].refused]))


def _judged(observed: Observed, scenario: str, end: End) -> Judgement:
    """Judge the waits of a scenario, or of traffic that happened. Raises `Undecided` if none was seen to its end."""
    trials = list(observed) if observed.is_passive else [observed.trial(scenario)]
    waits: list[float] = []
    holds = 0
    for trial in trials:
        for hold in _holds(trial, observed.control, end):
            holds += 1
            if hold.early:
                return _failed(trial, hold)
            waits += [hold.after[0].at - (hold.refused.answering or hold.refused.at)] if hold.after else []
    if not holds:
        raise Undecided(inconclusive("no request got 429 with such a Retry-After"))
    if not waits:
        raise Undecided(inconclusive(_unseen(observed, trials[0])))
    told = "its wait was over" if len(waits) == 1 else f"each of {len(waits)} waits was over"
    return passed(f"nothing came before {told}; the shortest pause is {min(waits):.2f} s")


def _failed(trial: Trial, hold: _Hold) -> Judgement:
    first = hold.early[0]
    pause = first.at - (hold.refused.answering or hold.refused.at)
    more = f", and {len(hold.early) - 1} more" if len(hold.early) > 1 else ""
    reason = f"{first.method} {first.target} came {pause:.2f} s after a 429 with Retry-After: {hold.told}{more}"
    return failed(reason, shown_by(trial, [hold.refused, *hold.early[:_SHOWN]]))


def _unseen(observed: Observed, trial: Trial) -> str:
    if observed.is_passive or (trial.program and trial.program.code is not None):
        return "the client sent nothing after the 429, so that its wait can't be seen"
    return "the client was still waiting when the trial ended; raise --run-timeout"


def _holds(trial: Trial, control: Trial | None, end: End) -> list[_Hold]:
    """Return the waits that a trial's 429 ask for. What gets 429 while it is to wait already starts none."""
    return list(_found_holds(trial, slack(trial, control), end))


def _found_holds(trial: Trial, slack: float, end: End) -> Iterator[_Hold]:
    over = float("-inf")
    for request in trial.requests:
        if request.status != 429 or request.at < over:
            continue
        until = end(trial, request)
        if until is not None and until - request.at < _DAY:
            over = until
            told = request.answer_header("Retry-After") or ""
            yield _Hold(request, until, told, sent_knowing(trial.requests, request, slack))


def _after_seconds(trial: Trial, refused: ClientRequest) -> float | None:
    """Return the time at which a Retry-After in seconds is over, in seconds of the trial; None if it is no number."""
    told = (refused.answer_header("Retry-After") or "").strip()
    if not (told.isascii() and told.isdecimal() and len(told) < 7):
        return None
    return (refused.at if refused.answering is None else refused.answering) + int(told)


def _at_date(trial: Trial, refused: ClientRequest) -> float | None:
    """Return the time at which a Retry-After that is a date is over, in seconds of the trial; None if it is none.

    Of traffic that happened it is known from the answer's Date alone, which may be cut by a second.
    """
    told = _date(refused.answer_header("Retry-After"))
    if told is None:
        return None
    if trial.started:
        return told - trial.started
    answered = _date(refused.answer_header("Date"))
    handed_over = refused.at if refused.answering is None else refused.answering
    return None if answered is None else handed_over + told - answered - 1.0


def _date(text: str | None) -> float | None:
    with suppress(ValueError, TypeError):
        date = parsedate_to_datetime(text or "")
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    return None


@rule("PACE-4", passive=True)
def holds_all_workers(observed: Observed) -> Judgement:
    """Judge what else begins while one of several workers has to wait: a limit is one "per key"."""
    trials = list(observed) if observed.is_passive else [observed.trial(WORKERS)]
    seen = [*trials, *([observed.control] if observed.control else [])]
    if not any(is_concurrent(trial.requests) for trial in seen):
        return not_applicable("the client never has two requests under way at once")
    came_later = False
    for trial in trials:
        for hold in _holds(trial, observed.control, _after_seconds) if is_concurrent(trial.requests) else ():
            others = [each for each in hold.early if each.page not in (None, hold.refused.page)]
            if others:
                return _others_went_on(trial, hold, others)
            came_later = came_later or bool(hold.after)
    if not came_later:
        return inconclusive("no request got 429 while others were under way, and was followed by another one")
    return passed("while one request had to wait after its 429, no worker began another one")


def _others_went_on(trial: Trial, hold: _Hold, others: Sequence[ClientRequest]) -> Judgement:
    first = others[0]
    pause = first.at - (hold.refused.answering or hold.refused.at)
    reason = (
        f"{hold.refused.target} got 429 with Retry-After: {hold.told}, and {len(others)} requests for other pages "
        f"began before that was over, the first after {pause:.2f} s: {first.method} {first.target}"
    )
    return failed(reason, shown_by(trial, [hold.refused, *others[:_SHOWN]]))
