"""Judging: each row of the register by its rule, on all that was observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from oneinvoice_openapi.register import Requirement

from oneinvoice_conformance.clients.observation import Evidence
from oneinvoice_conformance.clients.rules.rule import RULES, Judgement, Observed, Undecided, not_applicable, not_tested
from oneinvoice_conformance.clients.scenarios.scenario import SCENARIOS
from oneinvoice_conformance.clients.subject import Means
from oneinvoice_conformance.model.finding import Finding, Remedy
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result

PREFIX = "CLIENT/"


def judge_all(
    rows: Sequence[Requirement], observed: Observed
) -> tuple[tuple[Result, ...], Mapping[str, tuple[Evidence, ...]]]:
    """Return the results of the rows in their order, and by their ids what shows them."""
    judgements = {row.id: _judge(row, observed) for row in rows}
    results = tuple(Result(row, _finding(judgements[row.id])) for row in rows)
    return results, {id: judgement.evidence for id, judgement in judgements.items() if judgement.evidence}


def _judge(row: Requirement, observed: Observed) -> Judgement:
    if row.not_testable:
        return not_applicable(row.not_testable)
    id = row.id.removeprefix(PREFIX)
    if id not in RULES:
        return Judgement(Outcome.NOT_TESTED, "this kit has no rule for it")
    rule = RULES[id]
    if observed.is_passive and not rule.is_passive:
        return not_tested("traffic that happens doesn't decide it; play the scenarios", *_needed(id))
    if not observed.is_passive and not _is_played(id, observed):
        return not_tested("its scenarios need what was not given", *_missing(id, observed))
    try:
        return rule.judge(observed)
    except Undecided as undecided:
        return undecided.judgement
    except Exception as error:  # a fault of the kit must not take the other judgements with it
        return Judgement(Outcome.ERROR, f"the kit failed ({type(error).__name__}: {error}); please report it")


def _finding(judgement: Judgement) -> Finding:
    remedy = Remedy(judgement.options) if judgement.options else None
    return Finding(judgement.outcome, judgement.reason, remedy=remedy)


def _is_played(id: str, observed: Observed) -> bool:
    return any(id in SCENARIOS[name].requirements for name in observed.trials if name in SCENARIOS)


def _needed(id: str) -> list[Means]:
    """Return the means that the scenarios for a requirement need."""
    needs = frozenset[Means]().union(*(each.needs for each in SCENARIOS.values() if id in each.requirements))
    return [means for means in Means if means in needs] or [Means.RUN]


def _missing(id: str, observed: Observed) -> list[Means]:
    return [means for means in _needed(id) if not observed.has(means)]
