"""Judgement of what a recording holds, by whatever queries another client sent.

A rule of a run asks for what it needs. Nobody asked for it here, so that each answer is judged by its own request: what
one answer proves fails, and so does what two of the same time contradict, if one of them was recorded again on the
other side of the other. Anything else may be data that changed meanwhile, or another caller's, and is left open.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.recording.recording import Recording
from oneinvoice_conformance.model.finding import Finding, not_tested
from oneinvoice_conformance.rules import RULES
from oneinvoice_conformance.rules.recorded import access, documents, members
from oneinvoice_conformance.rules.recorded.answers import Answers, answer_of
from oneinvoice_conformance.rules.recorded.stand_in import judge_alike, judge_each, judge_records
from oneinvoice_conformance.session.rule_context import RuleContext

_OWN: dict[str, Callable[[Answers], Finding]] = {
    "AUTH-1": access.no_credentials,
    "AUTH-2": access.unknown_key,
    "AUTH-4": access.other_scheme,
    "AUTH-5": access.near_miss,
    "AUTH-6": access.valid_key,
    "ORG-1": access.unfiltered,
    "ORG-2": access.filtered,
    "MEM-2": members.default_limit,
    "MEM-3": members.limit_is_honoured,
    "MEM-4": members.never_more_than_200,
    "MEM-5": members.pages_tile,
    "MEM-6": members.counted_from_zero,
    "MEM-7": members.status_filter,
    "MEM-8": members.filter_and_paging,
    "QUO-2": documents.quotes_filter,
    "INV-2": documents.invoices_filter,
    "INV-3": documents.payment_status,
    "ERR-1": access.bad_input,
    "ERR-2": access.only_documented,
    "VER-1": access.in_the_url,
}
# Rules of a run that judge what one answer holds, or the records of several.
_OF_ONE_ANSWER = {"MEM-1": "members", "QUO-1": "quotes", "INV-1": "invoices"}
_OF_RECORDS = {
    "QUO-3": "quotes",
    "QUO-4": "quotes",
    "QUO-5": "quotes",
    "INV-4": "invoices",
    "INV-5": "invoices",
}


def answers_of(
    context: RuleContext, exchanges: Sequence[Exchange], others: Sequence[Exchange], recording: Recording
) -> Answers:
    """Return the answers of a recording, those to a second key apart."""
    in_time = sorted(exchanges, key=lambda exchange: exchange.sent)
    in_time = [each for each in in_time if each.request.endpoint in ENDPOINTS and each.request.version == "v1"]
    primary = [each for each in in_time if each.request.credential.valid]
    refusable = [each for each in in_time if not each.request.credential.valid]
    own, second = ([answer_of(context, each) for each in some] for some in (primary, others))
    return Answers(own, context, recording.tells_keys, second, refusable, recording.shows_absence)


def judge_recorded(id: str, answers: Answers, discovery: Sequence[Exchange]) -> Finding | None:
    """Return the finding on a requirement by all that was recorded; None where only a run can decide it.

    `not_tested` says that the recording has nothing that decides it, and `inconclusive` that something speaks against
    the deployment and doesn't prove it.
    """
    if id in _OWN:
        return _OWN[id](answers)
    if id in _OF_ONE_ANSWER:
        return judge_each(RULES[id], answers, _OF_ONE_ANSWER[id])
    if id in _OF_RECORDS:
        return judge_records(RULES[id], answers, _OF_RECORDS[id])
    if id == "DISC-2":
        served = [each for each in discovery if each.is_served]
        return judge_alike(RULES[id], answers, served) if served else not_tested("the recording has no GET /api/v1")
    return None
