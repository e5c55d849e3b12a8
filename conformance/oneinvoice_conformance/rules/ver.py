"""Versions."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from oneinvoice_conformance.documented import ENDPOINTS, EXAMPLE_QUERIES
from oneinvoice_conformance.history.baseline import Baseline
from oneinvoice_conformance.history.changes import BaselineRef, Change, ChangeSeverity
from oneinvoice_conformance.history.snapshot import (
    GONE,
    ApiSnapshot,
    SentRequest,
    is_discovery,
    sunset_of,
    take_snapshot,
)
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import asks_for_login
from oneinvoice_conformance.http.redirect import leaves_version, moves_endpoint
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, failed, inconclusive, not_applicable, not_tested, passed
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.rule import Step, audit, probe
from oneinvoice_conformance.session.rule_context import RuleContext, unserved

_SIX_MONTHS = timedelta(days=181)  # the shortest there are
_NEXT = "v2"
_CHANGES_SHOWN = 3  # in one sentence


@probe("VER-1")
def in_the_url(context: RuleContext) -> Finding:
    answers = [context.ask(endpoint) for endpoint in ENDPOINTS]
    for answer in answers:
        if moves_endpoint(answer):
            return failed(f"{answer.request} redirects to {answer.header('Location')}, out of /api/v1", answer)
    for answer in answers:
        if asks_for_login(answer) or leaves_version(answer):
            return unserved(answer)
    if not any(each.serves_list for each in answers):
        return unserved(answers[0])
    return passed("the documented endpoints are served under /api/v1")


@audit("VER-2")
def is_stable(context: RuleContext) -> Finding:
    baseline = context.baseline
    if baseline is None:
        return not_applicable("there is no earlier report to compare with; keep one with --json and name it --baseline")
    context.key()
    unrecorded = _ask_again(context, baseline)
    now = take_snapshot(context.journal)
    drift = baseline.drift(now)
    if broken := drift.of_kind(ChangeSeverity.BREAKING):
        for _, change in broken:
            _send_again(context, change)
        now = take_snapshot(context.journal)
        drift = baseline.drift(now)
    if now.versions == {"v1": False, _NEXT: True} and runs_beside_the_next.judge(context).outcome is Outcome.PASSED:
        return not_applicable(f"v1 has ended, after six months beside {_NEXT}")
    if broken := drift.of_kind(ChangeSeverity.BREAKING):
        return failed(_sentence(broken), *_evidence(context, broken))
    if unrecorded:
        return not_tested(unrecorded)
    if unanswered := _unanswered(context, baseline, now):
        first = unanswered[0]
        return inconclusive(
            f"{len(unanswered)} requests that {baseline} has answers to are not answered now, such as {first}",
            *unanswered,
            transient=True,
        )
    if unsure := drift.of_kind(ChangeSeverity.UNSURE):
        return inconclusive(_sentence(unsure), *_evidence(context, unsure))
    if bare := baseline.endpoints_without_records():
        return inconclusive(f"{baseline} has no records of {', '.join(bare)} to compare with")
    count = len(drift.changes)
    others = f"; {count} other change{'s' if count > 1 else ''}" if count else ""
    return passed(f"everything is answered as in {baseline}{others}")


def _ask_again(context: RuleContext, baseline: Baseline) -> str | None:
    """Send the requests that only the reports have answers to; return why, where a recording has no answer to one."""
    answers, reason = take_snapshot(context.journal).answers, None
    for request in baseline.requests(context.client.deployment):
        if _sent(request) not in answers:
            before = _last(context, _sent(request))
            try:
                context.send(before.request if before else request)
            except NotRecorded as missing:
                reason = reason or str(missing)
    return reason


def _unanswered(context: RuleContext, baseline: Baseline, now: ApiSnapshot) -> list[Exchange]:
    """Return the latest exchanges of requests that the reports have a status of and this run has not one alone."""
    sent_requests = [_sent(request) for request in baseline.requests(context.client.deployment)]
    return [last for each in sent_requests if each not in now.answers and (last := _last(context, each))]


def _sent(request: Request) -> SentRequest:
    return request.canonical_target, request.credential.role


def _last(context: RuleContext, sent: SentRequest) -> Exchange | None:
    return next((each for each in reversed(context.journal) if _sent(each.request) == sent), None)


def _send_again(context: RuleContext, change: Change) -> None:
    """Send the request that shows a change as a part of this reading, so that the next one sends it anew."""
    if exchange := _showing(context, change):
        with suppress(NotRecorded):
            context.send(exchange.request)


def _showing(context: RuleContext, change: Change) -> Exchange | None:
    """Return the exchange that shows a change best, if there is one."""
    if change.target and change.role:
        return _last(context, (change.target, change.role))
    answers = [
        each
        for each in context.journal
        if each.request.endpoint == change.endpoint and each.request.version == "v1" and each.is_served
    ]
    return max(answers, key=_weight, default=None)


def _weight(exchange: Exchange) -> tuple[bool, bool, int]:
    """Return a key that sorts plain requests, those with the primary key and late ones behind others."""
    request = exchange.request
    return request.is_plain, request.credential.role == Role.PRIMARY, exchange.number


def _evidence(context: RuleContext, changes: Sequence[tuple[BaselineRef, Change]]) -> tuple[Exchange, ...]:
    shown = (_showing(context, change) for _, change in changes[:_CHANGES_SHOWN])
    return tuple(dict.fromkeys(exchange for exchange in shown if exchange))


def _sentence(changes: Sequence[tuple[BaselineRef, Change]]) -> str:
    parts = [
        f"{change.what} (since {since.name} of {since.started:%Y-%m-%d})" for since, change in changes[:_CHANGES_SHOWN]
    ]
    more = [f"{len(changes) - _CHANGES_SHOWN} more like that"] if len(changes) > _CHANGES_SHOWN else []
    return "; ".join([*parts, *more])


@probe("VER-3", Step.BAD_INPUT)
def runs_beside_the_next(context: RuleContext) -> Finding:
    discovery = context.send(Request("", NOBODY, version=_NEXT))
    if not is_discovery(discovery):
        if discovery.error or discovery.status == 429 or discovery.status >= 500:
            return unserved(discovery)
        absent = discovery.status == 404 and not context.has(Role.PRIMARY)
        if absent or not context.send(Request("members", context.key(), version=_NEXT)).serves_list:
            return _judge_without_next(context)
    answers = [context.discover(), *(context.ask(endpoint) for endpoint in ENDPOINTS)]
    gone = [answer for answer in answers if answer.status in GONE]
    history = History.from_baseline(context.baseline, _time_of(discovery))
    if history and all(answer.status in GONE for answer in answers[1:]):
        return _judge_end(history, gone[0])
    if gone:
        return failed(f"/api/{_NEXT} is served, and {gone[0].request} is not any more: {gone[0].status}", gone[0])
    for answer in (*answers, *_further_announcements(context)):
        if sunset := sunset_of(answer):
            return _judge_sunset(answer, sunset, history or History(_time_of(discovery)))
    if problem := _garbled_sunset(answers):
        return problem
    return passed(f"/api/{_NEXT} is served, and v1 beside it, without an announced sunset", discovery)


def _judge_without_next(context: RuleContext) -> Finding:
    """Judge v1 where there is no v2: it can't end yet, since it is to be served beside one for six months."""
    lists = [context.ask(endpoint) for endpoint in ENDPOINTS] if context.has(Role.PRIMARY) else []
    answers = [context.discover(), *lists, *_further_announcements(context)]
    for answer in answers:
        sunset = sunset_of(answer)
        if sunset and sunset - _time_of(answer) < _SIX_MONTHS:
            end = f"v1 is to end on {sunset:%Y-%m-%d}, in less than six months"
            reason = f"{end}, and there is no /api/{_NEXT} that it could be served beside until then"
            return failed(reason, answer, certain=_announces_again(context, answer))
    return _garbled_sunset(answers) or not_applicable(f"there is no /api/{_NEXT}")


def _announces_again(context: RuleContext, answer: Exchange) -> bool:
    """Tell whether the same request, asked again, gets an announcement of an end too."""
    again = context.ask_again_if_possible(answer)
    return again is not None and sunset_of(again) is not None


def _further_announcements(context: RuleContext) -> list[Exchange]:
    """Return what the request gets, asked again, that announced the soonest end; none where only plain ones did.

    A filter or a later page may announce what the plain list doesn't.
    """
    if context.has(Role.PRIMARY):  # which a whole run asks anyway
        examples = [Request(endpoint, context.key(), EXAMPLE_QUERIES[endpoint]) for endpoint in ENDPOINTS]
        for _ in context.ask_if_recorded(examples):
            pass  # the journal has it
    announced = [
        each
        for each in context.journal
        if each.is_served and each.header("Sunset") and each.request.endpoint in ENDPOINTS
        if each.request.credential.valid and each.request.version == "v1" and not each.request.is_plain
    ]
    if not announced:
        return []
    soonest = min(announced, key=lambda each: sunset_of(each) or datetime.max.replace(tzinfo=UTC))
    return [context.ask_again_if_possible(soonest) or soonest]


def _garbled_sunset(answers: Sequence[Exchange]) -> Finding | None:
    """Return a doubt on a Sunset header that can't be read; None if there is none."""
    for answer in answers:
        if (sunset := answer.header("Sunset")) and sunset_of(answer) is None:
            reason = f"'{sunset}' in the Sunset of {answer.request} is no date of HTTP (RFC 8594)"
            return inconclusive(f"{reason}, so that nobody knows when v1 is to end", answer)
    return None


@dataclass(frozen=True, slots=True)
class History:
    """Times at which earlier runs saw v2 first, and before that saw it absent last, and saw v1 served beside it last.

    The last two may be unknown.
    """

    first_seen: datetime
    last_absent: datetime | None = None
    last_beside: datetime | None = None

    @classmethod
    def from_baseline(cls, baseline: Baseline | None, now: datetime) -> History | None:
        """Return the history by the deployment's own reports, where v2 is served `now`; None without reports."""
        if baseline is None or not baseline.own_reports:
            return None
        versions = [(report.started, report.snapshot.versions) for report in baseline.own_reports]
        seen = min((started for started, known in versions if known[_NEXT]), default=now)
        absent = [started for started, known in versions if known[_NEXT] is False and started < seen]
        beside = [started for started, known in versions if known["v1"] and started >= seen]
        return cls(seen, max(absent, default=None), max(beside, default=None))


def _judge_end(history: History, answer: Exchange) -> Finding:
    """Judge whether v1, which is gone, was served for six months beside v2, by earlier reports."""
    start = f"v1 is gone ({answer.request} gets {answer.status})"
    if history.last_absent and _time_of(answer) - history.last_absent < _SIX_MONTHS:
        return failed(
            f"{start}, and v2 was not there on {history.last_absent:%Y-%m-%d}, less than six months ago", answer
        )
    if history.last_beside and history.last_beside - history.first_seen >= _SIX_MONTHS:
        return passed(
            f"{start}; both were served from {history.first_seen:%Y-%m-%d} to {history.last_beside:%Y-%m-%d}", answer
        )
    return inconclusive(
        f"{start}; v2 was first seen on {history.first_seen:%Y-%m-%d}, and no earlier reports show whether both were "
        "served for six months",
        answer,
    )


def _judge_sunset(answer: Exchange, sunset: datetime, history: History) -> Finding:
    """Judge whether v1 will have been served for six months beside v2 when it ends."""
    start = f"v1 is to end on {sunset:%Y-%m-%d}"
    if sunset - _time_of(answer) >= _SIX_MONTHS:
        return passed(f"{start}, at least six months from now", answer)
    if sunset - history.first_seen >= _SIX_MONTHS:
        return passed(f"{start}, at least six months after v2 was seen on {history.first_seen:%Y-%m-%d}", answer)
    if history.last_absent and sunset - history.last_absent < _SIX_MONTHS:
        return failed(
            f"{start}, and v2 was not there on {history.last_absent:%Y-%m-%d}, less than six months before", answer
        )
    return inconclusive(f"{start}, in less than six months; see whether v2 began six months before that", answer)


def _time_of(exchange: Exchange) -> datetime:
    return datetime.fromtimestamp(exchange.started, UTC)
