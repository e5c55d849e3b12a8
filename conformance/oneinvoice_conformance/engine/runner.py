"""Run: judge requirement after requirement, and read again before anything fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.engine.causes.finder import find_causes
from oneinvoice_conformance.engine.preflight import preflight
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import Unreachable, UsageError, kit_failure
from oneinvoice_conformance.fuzz.campaign import FuzzCampaign
from oneinvoice_conformance.history.baseline import Baseline
from oneinvoice_conformance.history.snapshot import take_snapshot
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import answer_of, intermediary, is_page, tells_of_outage
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.cause import Cause
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.model.finding import Finding, Undecided, inconclusive, not_applicable, not_tested
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.ratelimit.overload import Overload
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.rule import Rule, Step, without_rule
from oneinvoice_conformance.session.list_reader import ReadLists
from oneinvoice_conformance.session.rule_context import Depth, RuleContext
from oneinvoice_conformance.webhooks.collector import WebhookCollector
from oneinvoice_conformance.wording import counted, joined, ranges

_READINGS = 3
_TRIES = 5  # of one request in a run, where it isn't served
_SLOW_TRIES = 2  # of one that a whole time-out was waited for


@dataclass(slots=True)
class _RunState:
    """Results of a run as they come, and its progress.

    `ruled` is the number of exchanges of the rules, before any that are generated; None until they are through.
    """

    client: Client
    contract: Contract
    requirements: Sequence[Requirement]
    on_result: Callable[[Result], None]
    results: list[Result] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    ruled: int | None = None
    causes: tuple[Cause, ...] = ()
    interrupted: bool = False

    def judge_by_rules(self, context_with: Callable[[ReadLists], RuleContext]) -> None:
        new_context = partial(context_with, ReadLists())
        for requirement in self.requirements:
            begun = time.monotonic()
            result = _judge(requirement, self.contract, new_context)
            self.results.append(replace(result, seconds=time.monotonic() - begun))
            self.on_result(self.results[-1])
        self.ruled = len(self.client.journal)

    def judge_by_generated_requests(self, fuzz: FuzzCampaign | None) -> None:
        if fuzz:
            self.results, note = fuzz.judge(self.client, self.contract, self.results)
            self.notes.append(note)

    def explain(self, rows: Sequence[Requirement]) -> None:
        """Find the causes that results share, which take no verdict with them, with the results in order."""
        self.results.sort(key=lambda result: rows.index(result.requirement))
        try:
            self.causes = find_causes(self.client, self.results)
        except KeyboardInterrupt:
            self.notes.append("causes that results share were not looked for to the end, since that was interrupted")
        except Exception as error:
            self.notes.append(f"causes that results share could not be looked for: {kit_failure(error)}")

    def interrupt(self) -> None:
        self.interrupted = True
        finding = not_tested("the run was interrupted before it was judged; run it again")
        self.results += [Result(requirement, finding) for requirement in self.requirements[len(self.results) :]]


def run(
    client: Client,
    contract: Contract,
    scope: Scope,
    names: Mapping[str, Names],
    collector: WebhookCollector | None = None,
    on_result: Callable[[Result], None] = lambda result: None,
    *,
    fuzz: FuzzCampaign | None = None,
    overload: Overload | None = None,
    baseline: Baseline | None = None,
    preflight: Callable[[Client, bool], None] = preflight,
) -> Report:
    """Judge every requirement of the contract that is in scope. Raises `KitError` if there is nothing to judge.

    `preflight` finds that out; it is told whether v1 was once served there, since its end is for rules to judge.
    Ctrl-C ends the run early: what was not judged by then is `not_tested`, and the verdict `incomplete`.
    """
    started, clock = time.time(), time.monotonic()
    rows = scope.requirements(contract.register)
    requirements = _by_step(rows)
    overload = overload or Overload(client, {row.id for row in requirements})
    depth = _depth(scope, requirements)
    context = partial(RuleContext, client, names, collector, overload, baseline, depth=depth, contract=contract)
    state = _RunState(client, contract, requirements, on_result)
    try:
        preflight(client, baseline is not None and baseline.v1_was_served)
        state.judge_by_rules(lambda read: context(lists=read))
        state.judge_by_generated_requests(fuzz)
        state.explain(rows)
    except KeyboardInterrupt:
        state.interrupt()
    observed = take_snapshot(client.journal[: state.ruled])
    return Report(
        base=client.deployment.base,
        contract=contract,
        scope=scope,
        results=tuple(sorted(state.results, key=lambda result: rows.index(result.requirement))),
        exchanges=tuple(client.journal),
        requests_by_key=client.requests_by_key(),
        started=started,
        seconds=time.monotonic() - clock,
        interrupted=state.interrupted,
        notes=tuple(_notes(state, depth, collector, baseline)),
        rate_limit=client.pacer.limit,
        load_profile=overload.profile,
        observed=observed,
        drift=baseline.drift(observed) if baseline else None,
        causes=state.causes,
    )


def _notes(
    state: _RunState, depth: Depth, collector: WebhookCollector | None, baseline: Baseline | None
) -> Iterator[str]:
    yield from state.notes
    if collector and collector.note:
        yield collector.note
    if baseline:
        yield from baseline.notes_beside(state.contract)
    yield from _depth_notes(state.results, depth)
    yield from _intermediary_notes(state.client.journal, state.causes)


def _intermediary_notes(exchanges: Sequence[Exchange], causes: Sequence[Cause]) -> list[str]:
    """Return a note on answers that weren't the API's, and were read again, where no cause tells of them."""
    met = [each for each in exchanges if intermediary(each)]
    if not met or any(cause.evidence and intermediary(cause.evidence[0]) for cause in causes):
        return []
    names = joined(list(dict.fromkeys(who.name for each in met if (who := intermediary(each)))))
    answers = f"{counted(len(met), 'requests')} got the answer of {names} in the API's place, as {met[0]}"
    return [f"{answers}; what they were to show was asked for again, or is undecided"]


def _depth_notes(results: Sequence[Result], depth: Depth) -> list[str]:
    """Return a note on what was tried on fewer requests, by the depth of the run or as they would take too long.

    None on what failed already.
    """
    ids = [result.requirement.id for result in results if result.left_out and result.outcome is not Outcome.FAILED]
    if not ids:
        return []
    if depth is Depth.EXTENDED:
        fewer = f"tried on fewer requests, since those without a valid key were soon answered by 429: {ranges(ids)}"
        return [f"{fewer}; lift the limit on them for a run, if all are to be tried"]
    fewer = f"tried on fewer requests than by a run that measures the rate limit too: {ranges(ids)}"
    return [f"{fewer}; have RATE in scope for all of them, or narrow a run to these with --only"]


def _depth(scope: Scope, requirements: Sequence[Requirement]) -> Depth:
    """Return the depth for which a run has room."""
    measures_limit = any(row.area == "RATE" for row in requirements)
    return Depth.EXTENDED if scope.only or measures_limit else Depth.SHORT


def _by_step(rows: Sequence[Requirement]) -> list[Requirement]:
    """Return the rows by the steps of their rules, and within a step in the register's order."""
    steps = list(Step)
    return sorted(rows, key=lambda row: steps.index(RULES[row.id].step) if row.id in RULES else len(steps))


def _judge(requirement: Requirement, contract: Contract, new_context: Callable[[], RuleContext]) -> Result:
    if requirement.not_testable:
        return Result(requirement, not_applicable(requirement.not_testable))
    if requirement.id not in RULES:
        return Result(requirement, without_rule(contract))
    finding, context = _trusted_finding(RULES[requirement.id], new_context)
    return Result(requirement, finding, tuple(dict.fromkeys(context.seen)), left_out=context.left_out)


def _trusted_finding(rule: Rule, new_context: Callable[[], RuleContext]) -> tuple[Finding, RuleContext]:
    """Return a rule's finding and the context that it came to it in, after as many readings as it takes to trust it.

    A failure stands at once if one answer proves it, else if a second reading of the same data shows it too. Data
    that differs on each reading, and readings that disagree, leave it open. A passing fault (a lost connection, a
    500, a 429) is tried again.
    """
    readings: list[tuple[Finding, RuleContext]] = []
    for _ in range(_READINGS):
        if readings:
            last, context = readings[-1]
            doubtful = context.seen
            if last.transient:
                doubtful = [each for each in last.evidence if context.client.times_sent(each.request) < _tries(each)]
                if last.evidence and not doubtful:
                    break
            context.client.forget(doubtful)
            if any(map(tells_of_outage, last.evidence)):
                context.client.wait_for_gateway()
        context = new_context()
        finding = _evaluate(rule, context)
        readings.append((finding, context))
        if _is_settled(readings):
            return finding, context
    failures = [reading for reading in readings if reading[0].outcome is Outcome.FAILED]
    if not failures or readings[-1][0].outcome is Outcome.PASSED:
        return readings[-1]
    last, (finding, context) = readings[-1][0], failures[-1]
    unread = last.outcome is Outcome.NOT_TESTED  # only a recording has no second reading
    why = last.reason if unread else "the answers differ from one reading to the next"
    return inconclusive(f"{why}; once {finding.reason}", *finding.evidence), context


def _tries(exchange: Exchange) -> int:
    """Return how often a request may be sent that was not served."""
    return _SLOW_TRIES if exchange.error and not exchange.error.kind.is_worth_a_retry else _TRIES


def _is_settled(readings: Sequence[tuple[Finding, RuleContext]]) -> bool:
    """Tell whether the last reading needs no further one."""
    finding, context = readings[-1]
    failed_before = [before for before, _ in readings[:-1] if before.outcome is Outcome.FAILED]
    if finding.outcome is Outcome.FAILED:
        same = any(context.fingerprint() == earlier.fingerprint() for _, earlier in readings[:-1])
        return finding.certain or (bool(failed_before) and same)
    if finding.outcome is Outcome.PASSED:
        return not failed_before or len(readings) == _READINGS
    return not finding.transient and not failed_before


def _evaluate(rule: Rule, context: RuleContext) -> Finding:
    try:
        finding = rule.judge(context)
    except Undecided as undecided:
        return undecided.finding
    except NotRecorded as missing:
        return not_tested(str(missing))
    except Unreachable as error:
        return inconclusive(str(error))
    except UsageError:
        raise
    except RecursionError:
        return inconclusive("an answer is nested too deeply to be looked at")
    except Exception as error:  # a fault of the kit must not take the other verdicts with it
        return Finding(Outcome.ERROR, f"the kit failed ({type(error).__name__}: {error}); please report it")
    if not isinstance(finding, Finding):
        return Finding(Outcome.ERROR, "the kit's rule said nothing; please report it")
    return _without_intermediaries(finding, rule, context)


def _without_intermediaries(finding: Finding, rule: Rule, context: RuleContext) -> Finding:
    """Return the finding, left open if an answer that it rests on isn't the API's.

    A firewall that refuses bad input does what the API might. So does a gateway in front that can't reach it, where a
    rule has proven that the request is the reason, or the limiter is what fails.
    """
    if finding.outcome not in (Outcome.PASSED, Outcome.FAILED):
        return finding
    for exchange in finding.evidence:
        refuses_bad_input = exchange.request.accepts_4xx and finding.outcome is Outcome.PASSED
        is_proven = tells_of_outage(exchange) and (finding.certain or rule.id.startswith("RATE-"))
        if not refuses_bad_input and not is_proven and (who := intermediary(exchange)):
            return inconclusive(answer_of(exchange, who), exchange, transient=True)
    if finding.outcome is Outcome.FAILED and rule.id.startswith("AUTH-"):
        return _without_pages_for_all(finding, context)
    return finding


def _without_pages_for_all(finding: Finding, context: RuleContext) -> Finding:
    """Return the finding, left open if a page that whoever has no key gets is what a valid key gets there by now.

    Or if another try gets something else, as where a gateway is in the way now and then.
    """
    key = context.client.deployment.credential(Role.PRIMARY)
    asked: set[str] = set()
    for page in finding.evidence:
        endpoint = page.request.endpoint
        if page.request.credential.valid or not is_page(page):
            continue
        with suppress(NotRecorded):
            again = context.client.ask_once(page.request)
            if again.status != page.status:
                return inconclusive(f"{page}, and then {again.outcome}", page, again, transient=True)
            if key is None or endpoint in asked:
                continue
            asked.add(endpoint)
            answer = context.client.ask_once(Request(endpoint, key))
            if answer.status == page.status and is_page(answer):
                return inconclusive(
                    f"{page}, and a valid key gets such a page too, which is not the API's; see what answers in its "
                    "place, and have it let the API through",
                    page,
                    answer,
                    transient=True,
                )
    return finding
