"""`oneinvoice-conform client` on clients: no alarm on a good one, every fault caught, and no liar believed.

`make test` judges the clients that were written apart, a fault of each requirement and a few liars; `make soak` all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.clients.catalogue import FAULTS, FREE, REQUIREMENTS
from tests.clients.good.subjects import names, partial_subjects, subject
from tests.clients.judging import Subject, Verdict, faulty, judge, liar
from tests.clients.liars.catalogue import LIARS
from tests.conformance.side_by_side import judged_side_by_side
from tests.soak import SOAK

AT_ONCE = 6  # which wait most of the time
_PARTIAL = {each.name: each for each in partial_subjects()}
_GOOD = [*names(), *_PARTIAL, "correct", *FREE]
_SAMPLE = ["httpx", "node workers", "generated"]
_FIRST = {rule: next(name for name, fault in FAULTS.items() if fault.rule == rule) for rule in REQUIREMENTS}
_SHOWN = {"nods": None, "made-up-readback": None, "guesses": "HOOK"}  # by the rules that a sample of liars is judged by

Judged = Callable[[str], Verdict]


def _good(name: str) -> Subject:
    if name in _PARTIAL:
        return _PARTIAL[name]
    return subject(name) if name in names() else faulty(name)


def _fault(name: str) -> Verdict:
    fault = FAULTS[name]
    return judge(faulty(name), fault.touches if SOAK else fault.rule)


@pytest.fixture(scope="module")
def good(request: pytest.FixtureRequest) -> Iterator[Judged]:
    test = "test_no_alarm_is_raised_on_a_good_client"
    with judged_side_by_side(request, test, lambda name: judge(_good(name)), AT_ONCE) as judged:
        yield judged


@pytest.fixture(scope="module")
def faults(request: pytest.FixtureRequest) -> Iterator[Judged]:
    with judged_side_by_side(request, "test_a_fault_is_caught_by_its_rule", _fault, AT_ONCE) as judged:
        yield judged


@pytest.fixture(scope="module")
def liars(request: pytest.FixtureRequest) -> Iterator[Judged]:
    test = "test_a_liar_does_not_conform"
    with judged_side_by_side(
        request, test, lambda name: judge(liar(name), None if SOAK else _SHOWN[name]), AT_ONCE
    ) as judged:
        yield judged


@pytest.mark.parametrize("name", _GOOD if SOAK else _SAMPLE)
def test_no_alarm_is_raised_on_a_good_client(name: str, good: Judged) -> None:
    verdict = good(name)
    assert verdict.alarms() == {}
    undecided = {rule: verdict.reasons[rule] for rule in verdict.undecided()}
    assert undecided.keys() <= _may_be_undecided(name), undecided
    assert verdict.verdict == ("incomplete" if undecided else "conforms"), verdict.said


@pytest.mark.parametrize("name", FAULTS if SOAK else _FIRST.values())
def test_a_fault_is_caught_by_its_rule(name: str, faults: Judged) -> None:
    fault, verdict = FAULTS[name], faults(name)
    alarms = verdict.alarms()
    assert fault.rule in alarms, verdict.reasons or verdict.said
    assert {rule.partition("-")[0] for rule in alarms} <= {fault.group, *fault.besides}, alarms


@pytest.mark.parametrize("name", LIARS if SOAK else _SHOWN)
def test_a_liar_does_not_conform(name: str, liars: Judged) -> None:
    verdict = liars(name)
    assert verdict.verdict in ("none", "violations", "incomplete"), verdict.said
    assert verdict.code == {"none": 4, "violations": 1, "incomplete": 3}[verdict.verdict], verdict.said


def _may_be_undecided(name: str) -> set[str]:
    """Return the requirements that need what a client doesn't have, or doesn't do."""
    if name in FREE:
        return set(FREE[name].may_be_undecided)
    if name in _PARTIAL:
        has = _PARTIAL[name].has
        return {
            rule
            for rule in REQUIREMENTS
            if (rule.startswith("HOOK") and "receiver" not in has)
            or (rule == "HOOK-7" and not {"restart", "rotate"} <= has)
            or "readback" not in has
        }
    return set()
