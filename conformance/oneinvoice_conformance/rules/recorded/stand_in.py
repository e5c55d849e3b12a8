"""Rules that judge one answer, or the records of several: the same as in a run, for whatever a recording holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Unpack

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.intermediary import answer_of, intermediary
from oneinvoice_conformance.http.transport import NotRecorded
from oneinvoice_conformance.model.finding import Finding, Undecided, failed, inconclusive, not_tested
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.rules.recorded.answers import NO_KEYS, Answer, Answers
from oneinvoice_conformance.rules.rule import Rule
from oneinvoice_conformance.session.pages import Page, QueryParameters, RecordList
from oneinvoice_conformance.session.rule_context import RuleContext


class StandIn(RuleContext):
    """View of a deployment of which one answer, or the records of several, are all that there is."""

    def __init__(self, client: Client, context: RuleContext, exchanges: Sequence[Exchange]) -> None:
        super().__init__(client, context.names, contract=context.contract)
        self._exchanges = exchanges

    def send(self, request: Request) -> Exchange:
        raise NotRecorded(f"the recording has no {request} with {request.credential.label}")

    def discover(self) -> Exchange:
        return self._exchanges[0]

    def ask(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        accepts_4xx: bool = False,
        **query: Unpack[QueryParameters],
    ) -> Exchange:
        return self._exchanges[0]

    def read_list(
        self,
        endpoint: str,
        credential: Credential | None = None,
        *,
        status: str | None = None,
        accepts_4xx: bool = False,
    ) -> RecordList:
        """Return the records of all answers as one list, each as it was shown first."""
        listing = RecordList()
        for exchange in self._exchanges:
            listing.add(Page(exchange))
        listing.complete = True
        return listing


def judge_one(rule: Rule, answers: Answers, exchange: Exchange) -> Finding:
    """Return the finding of a rule on one answer."""
    return _judge(rule, answers, [exchange])


def judge_alike(rule: Rule, answers: Answers, exchanges: Sequence[Exchange]) -> Finding:
    """Judge each answer to one request; two have to show a failure, the last among them."""
    findings = [judge_one(rule, answers, each) for each in exchanges]
    failures = [finding for finding in findings if finding.outcome is Outcome.FAILED]
    if not failures or (len(failures) > 1 and findings[-1] is failures[-1]):
        return findings[-1]
    return inconclusive(f"{failures[0].reason}; see whether another answer shows it too", *failures[0].evidence)


def judge_each(rule: Rule, answers: Answers, endpoint: str) -> Finding:
    """Judge each answer of an endpoint that was served; what isn't proven by one takes two to the same request."""
    served = [each for each in answers.at(endpoint) if each.exchange.is_served and each.is_good]
    if not served:
        return not_tested(f"the recording has no {endpoint} that were served")
    found = [(each, judge_one(rule, answers, each.exchange)) for each in served]
    problems: dict[str, list[tuple[Answer, Finding]]] = defaultdict(list)
    for answer, finding in found:
        if finding.outcome is Outcome.FAILED:
            if finding.certain:
                return finding
            problems[answer.exchange.request.canonical_target].append((answer, finding))
    for same in problems.values():
        target = same[0][0].exchange.request.canonical_target
        last = [finding for answer, finding in found if answer.exchange.request.canonical_target == target][-1]
        if len(same) > 1 and last.outcome is Outcome.FAILED and answers.tells_keys:
            return same[-1][1]
    if problems:
        finding = next(iter(problems.values()))[0][1]
        return inconclusive(f"{finding.reason}; see whether another answer to the same shows it too", *finding.evidence)
    passes = [finding for _, finding in found if finding.outcome is Outcome.PASSED]
    return passes[0] if passes else found[0][1]


def judge_records(
    rule: Rule, answers: Answers, endpoint: str, proves: Callable[[Answer], bool] = lambda _answer: True
) -> Finding:
    """Judge all records of an endpoint that were recorded; a failure has to be shown by one answer that `proves` it.

    Nobody knows whether the records of two answers were there at the same time.
    """
    shown = [each for each in answers.lists(endpoint) if each.page]
    if not shown:
        return not_tested(f"the recording has no {endpoint} that were served")
    finding = _judge(rule, answers, [each.exchange for each in shown])
    if finding.outcome is not Outcome.FAILED:
        return finding
    for answer in filter(proves, shown):
        alone = judge_one(rule, answers, answer.exchange)
        if alone.outcome is Outcome.FAILED:
            return failed(alone.reason, answer.exchange, certain=True)
    if len(shown) == 1:
        return inconclusive(f"{finding.reason}; see whether a list of all shows it too", shown[0].exchange)
    reason = f"{finding.reason}, by answers of different times"
    return inconclusive(reason if answers.tells_keys else f"{reason}, {NO_KEYS}", *finding.evidence)


def _judge(rule: Rule, answers: Answers, exchanges: Sequence[Exchange]) -> Finding:
    for exchange in exchanges:
        if who := intermediary(exchange):
            return inconclusive(answer_of(exchange, who), exchange)
    try:
        return rule.judge(StandIn(answers.context.client, answers.context, exchanges))
    except Undecided as undecided:
        return undecided.finding
    except NotRecorded as missing:
        return not_tested(str(missing))
