"""Orders that leave ties: records with the same sort key change places from one request to the next.

Pages then overlap and leave gaps, among those records alone. The sort key is found, not known: a field whose values
never fall, or never rise, along any page, and that is the same wherever two answers disagree on a position.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.engine.causes.observation import (
    Hypothesis,
    Observation,
    number_of,
    organisation_of,
    records_of,
)
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.records.finder import Record
from oneinvoice_conformance.rules.lists import reordered

_ORDER_RULES = {"members": ("MEM-5", "MEM-6", "MEM-7", "MEM-8"), "quotes": ("QUO-2",), "invoices": ("INV-2",)}
_REMEDY = "have them sorted by something unique in the end, such as the id"
_Scalar = str | int | float


@dataclass(frozen=True, slots=True)
class _Placed:
    """Record at its position in a list, by its identity, as one answer has it."""

    position: int
    identity: str
    record: Record
    exchange: Exchange


def unordered_ties(observation: Observation) -> Iterator[Hypothesis]:
    """State by which field an endpoint's lists are sorted, where the records that are equal in it change places."""
    open_ids = {result.requirement.id for result in observation.results}
    for endpoint in ENDPOINTS:
        if open_ids.isdisjoint(_ORDER_RULES[endpoint]):
            continue
        answers = [
            each
            for each in observation.served(endpoint)
            if organisation_of(each.request.credential.role) is Role.PRIMARY and each.identified
        ]
        if hypothesis := _ties(endpoint, answers) or _no_order(endpoint, answers):
            yield hypothesis


def _ties(endpoint: str, answers: Sequence[Exchange]) -> Hypothesis | None:
    disagreements = list(_disagreements(answers))
    if not disagreements:
        return None
    fields = [name for name in _sorted_by(answers) if all(_tie(one, two, name) for one, two in disagreements)]
    if not fields:
        return None
    # Of several the one that leaves the fewest ties: all others follow from it.
    field = max(
        fields, key=lambda name: len({str(record.get(name)) for each in answers for record in records_of(each)})
    )
    one, two = disagreements[0]
    equal = {
        identity
        for each in answers
        for identity, record in zip(each.identities, each.records(), strict=True)
        if record.get(field) == one.record.get(field)
    }
    seen = (
        f"The {endpoint} are sorted by '{field}' alone, and those that are equal in it change places, so that pages "
        f"overlap and leave gaps: {len(equal)} have {_shown(one.record[field])}, and at position {one.position} "
        f"{_named(one.exchange)} has one of them, {_named(two.exchange)} another"
    )
    return Hypothesis(seen, _REMEDY, (one.exchange, two.exchange), lambda result: _rests_on(result, endpoint, answers))


def _no_order(endpoint: str, answers: Sequence[Exchange]) -> Hypothesis | None:
    """State that there is no order, where the same request lists the same records in two orders."""
    readings: dict[str, Exchange] = {}
    for each in answers:
        before = readings.setdefault(each.request.canonical_target, each)
        if reordered(before.records(), each.records()):
            same = len(set(before.texts) & set(each.texts))
            seen = (
                f"The {endpoint} come in no fixed order, so that pages overlap and leave gaps: asked again, "
                f"{each.request} lists {same} of the same in another order"
            )
            return Hypothesis(seen, _REMEDY, (before, each), lambda result: _rests_on(result, endpoint, answers))
    return None


def _rests_on(result: Result, endpoint: str, answers: Sequence[Exchange]) -> bool:
    """Tell whether a rule on the order or completeness of these lists judged by comparing them.

    AUTH-6 compares what two keys of the organisation list.
    """
    finding, compared = result.finding, set(answers)
    if result.requirement.id == "AUTH-6":
        is_compared = result.outcome is Outcome.INCONCLUSIVE and bool(finding.evidence)
        return is_compared and compared.issuperset(finding.evidence)
    if result.requirement.id not in _ORDER_RULES[endpoint]:
        return False
    if finding.evidence:
        return compared.issuperset(finding.evidence)
    return not finding.certain and not compared.isdisjoint(result.exchanges)


def _disagreements(answers: Sequence[Exchange]) -> Iterator[tuple[_Placed, _Placed]]:
    """Yield the pairs of answers' records that stand at the same position of the same list, and are not the same."""
    first_seen: dict[tuple[str, int], _Placed] = {}
    for each in answers:
        query = dict(each.request.query)
        offset = number_of(query.get("offset", ""), 0)
        for index, (identity, record) in enumerate(zip(each.identities, each.records(), strict=True)):
            placed = _Placed(offset + index, identity, record, each)
            before = first_seen.setdefault((query.get("status", ""), placed.position), placed)
            if before.identity != identity and _are_others(before.record, record):
                yield before, placed


def _are_others(one: Record, two: Record) -> bool:
    """Tell whether two records differ in more than an id, which may be but the number of a row."""
    return len([name for name, value in two.items() if one.get(name) != value]) > 1


def _sorted_by(answers: Sequence[Exchange]) -> list[str]:
    """Return the fields along which every answer is sorted the same way, and that aren't the same in all records."""
    values: dict[str, list[list[_Scalar]]] = defaultdict(list)
    for each in answers:
        records = each.records()
        for name in records[0]:
            column = [record.get(name) for record in records]
            if all(isinstance(value, str) for value in column) or all(_is_number(value) for value in column):
                values[name].append(column)  # type: ignore[arg-type]
    complete = {name: columns for name, columns in values.items() if len(columns) == len(answers)}
    return [name for name, columns in complete.items() if _is_monotone(columns)]


def _is_monotone(columns: Sequence[Sequence[Any]]) -> bool:
    if (
        len({type(column[0]) is str for column in columns}) > 1
        or len({each for column in columns for each in column}) < 2
    ):
        return False
    rises = all(one <= two for column in columns for one, two in pairwise(column))
    return rises or all(one >= two for column in columns for one, two in pairwise(column))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tie(one: _Placed, two: _Placed, name: str) -> bool:
    return one.record.get(name) == two.record.get(name)


def _shown(value: Any) -> str:
    return f"'{str(value)[:40]}'"


def _named(exchange: Exchange) -> str:
    return f"{exchange.request} (request {exchange.number})"
