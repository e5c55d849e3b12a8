"""Report on what another client than the suite recorded: the rules' answers first, and then all the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Credential
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.recording.entries import RecordedExchange
from oneinvoice_conformance.http.recording.recording import DISCOVERY, Recording, exchange_with
from oneinvoice_conformance.model.finding import Finding, inconclusive
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.rules.recorded import answers_of, judge_recorded
from oneinvoice_conformance.session.rule_context import RuleContext

# Areas in which a rule's failure rests on one moment, or on a key that may not have been one.
_OF_A_MOMENT = ("ERR-1", "ERR-2", "AUTH-6")


def judge_all(report: Report, client: Client, recording: Recording, names: dict[str, Names], taken: set[int]) -> Report:
    """Return the report with what no rule asked for judged too, whose entries are `taken` by none."""
    rest = [entry for entry in recording.entries if id(entry) not in taken]
    _append(client, rest)
    asked = [each for each in client.journal if each.status]
    others = _append(client, recording.others)
    answers = answers_of(RuleContext(client, names, contract=report.contract), asked, others, recording)
    discovery = [each for each in asked if not each.request.endpoint and each.request.version == "v1"]
    results = []
    for result in report.results:
        recorded = judge_recorded(result.requirement.id, answers, discovery) if _is_judged(result) else None
        finding = _weighed(result, recorded, tells_keys=recording.tells_keys)
        exchanges = tuple(dict.fromkeys((*result.exchanges, *finding.evidence)))
        results.append(replace(result, finding=finding, exchanges=exchanges))
    return replace(
        report,
        results=tuple(results),
        exchanges=tuple(client.journal),
        requests_by_key=client.requests_by_key(),
    )


def _is_judged(result: Result) -> bool:
    return result.outcome not in (Outcome.ERROR, Outcome.NOT_APPLICABLE)


def _append(client: Client, entries: Sequence[RecordedExchange]) -> list[Exchange]:
    """Add recorded exchanges to the journal, in the order of time, and return them."""
    added = []
    for entry in entries:
        path, query = entry.target
        version, _, endpoint = path.removeprefix(DISCOVERY[:-2]).partition("/")
        request = Request(endpoint, Credential(entry.role), query, version=version)
        exchange = exchange_with(entry, request, len(client.journal) + 1)
        exchange = replace(exchange, list_path=client.deployment.lists.get(endpoint))
        client.journal.append(exchange)
        added.append(exchange)
    return added


def _weighed(result: Result, recorded: Finding | None, *, tells_keys: bool) -> Finding:
    """Return the finding of the rule or that on all answers: a failure first, then a doubt, then what was decided."""
    ruled = result.finding
    if recorded is not None and recorded.outcome is Outcome.FAILED:
        return recorded
    if ruled.outcome is Outcome.FAILED:
        if result.requirement.id == "AUTH-1" and recorded is not None:
            return recorded
        return _doubted(result, ruled, tells_keys=tells_keys)
    if recorded is None:
        return ruled
    if result.requirement.id == "AUTH-6" and not tells_keys:
        return recorded  # the rule takes for granted that a key was sent
    if result.requirement.id in _OF_A_MOMENT and ruled.outcome is Outcome.PASSED:
        return recorded if recorded.outcome is not Outcome.NOT_TESTED else ruled
    undecided = recorded.outcome is Outcome.INCONCLUSIVE and ruled.outcome is Outcome.PASSED
    return recorded if undecided or ruled.outcome is Outcome.NOT_TESTED else ruled


def _doubted(result: Result, ruled: Finding, *, tells_keys: bool) -> Finding:
    """Return a failure as a doubt where a recording doesn't prove it as a run would.

    Two answers may be to two callers where keys are not shown, and an error may be one of a bad moment.
    """
    is_of_one_answer = ruled.certain and len(set(ruled.evidence)) == 1
    if (tells_keys or is_of_one_answer) and result.requirement.id not in _OF_A_MOMENT:
        return ruled
    why = "a recording doesn't tell whether that was so for one key at one time; see it in a run of the suite"
    return inconclusive(f"{ruled.reason}; {why}", *ruled.evidence)
