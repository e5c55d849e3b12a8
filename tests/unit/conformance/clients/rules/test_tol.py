"""Rules of tolerance, on trials that nobody played."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from oneinvoice_conformance.clients.observation import ClientRequest, Mark, ProgramEnd, Readback, Truth
from oneinvoice_conformance.clients.scenarios.bodies import BAD_BODIES, RUNS, BadBody, BadKind, BadRun
from oneinvoice_conformance.clients.scenarios.tol import GREASE, LAST_GREASED, NEW_VALUES, ODD, SUSPECTS
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.happenings import CONTROL, ILL, KILLED, WELL, judged, trial
from tests.unit.conformance.clients.reading import everything, ids, kept, page, truth

PASSED, FAILED, INCONCLUSIVE = Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE


def control(requests: list[ClientRequest] | None = None, **other: Any):
    return trial(CONTROL, everything() if requests is None else requests, **({"truth": truth()} | other))


# TOL-1


def greased(requests: list[ClientRequest] | None = None, program: ProgramEnd = WELL, **other: Any):
    seen = everything(mark=Mark.GREASE) if requests is None else requests
    return trial(GREASE, seen, program, **({"truth": truth(), "facts": {SUSPECTS: ()}} | other))


def test_what_is_read_under_grease_as_without_passes():
    assert judged("TOL-1", control(), greased())[0] is PASSED
    assert judged("TOL-1", control(readback=kept()), greased(readback=kept()))[0] is PASSED


@pytest.mark.parametrize("program", [ILL, KILLED])
def test_an_end_that_the_control_had_not_fails_and_names_the_freedom(program: ProgramEnd):
    outcome, reason = judged("TOL-1", control(), greased(program=program, facts={SUSPECTS: ("a body in chunks",)}))
    assert (outcome, "it fails by a body in chunks" in reason) == (FAILED, True)


def test_a_list_that_is_left_early_under_grease_fails():
    part = everything(mark=Mark.GREASE)[:-1]
    outcome, reason = judged("TOL-1", control(), greased(part))
    assert (outcome, "100 of 120 invoices" in reason) == (FAILED, True)


def test_a_list_that_is_never_read_whole_is_no_matter_of_grease():
    def first_pages(**other: Any) -> list[ClientRequest]:
        return [request for request in everything(**other) if not request.offset]

    assert judged("TOL-1", control(first_pages()), greased(first_pages(mark=Mark.GREASE)))[0] is PASSED


def test_requests_of_the_search_for_a_reason_are_left_out():
    seen = everything(mark=Mark.GREASE)
    searched = [replace(request, number=request.number + 1000) for request in seen]
    facts = {SUSPECTS: (), LAST_GREASED: seen[-2].number}
    assert judged("TOL-1", control(), greased([*seen[:-1], *searched], facts=facts))[0] is FAILED


def test_what_is_got_under_grease_is_kept():
    lossy = kept(without=["members_3"])
    assert judged("TOL-1", control(readback=kept()), greased(readback=lossy))[0] is FAILED
    assert judged("TOL-1", control(readback=lossy), greased(readback=lossy))[0] is PASSED


@pytest.mark.parametrize(
    ("in_control", "under_grease", "outcome"),
    [
        ("Bjørn", "Bjørn", PASSED),
        ("Bjørn", "BjÃ¸rn", FAILED),
        ("BJØRN", "BJÃ¸RN", PASSED),
        ({"first": "Bjørn", "x_grease": 1}, {"first": "Bjørn"}, FAILED),
    ],
    ids=["kept", "in other letters", "kept in its own way", "a list of its own"],
)
def test_a_value_is_kept_under_grease_as_without(in_control: Any, under_grease: Any, outcome: Outcome):
    named = Truth({"members": {"m": {"id": "m", "name": "Bjørn"}}}, {"members": frozenset({"m"})})
    if isinstance(in_control, dict):
        named = Truth({"members": {"m": {"id": "m", "name": {"first": "Bjørn"}}}}, {"members": frozenset({"m"})})
        under_grease = {"last": "Bjørn"}
    pages = [page(0.0, "members", 0, 1, ids=["m"]), page(1.0, "quotes", 0, 0), page(2.0, "invoices", 0, 0)]

    def state(name: Any) -> Readback:
        return Readback({"members": {"m": {"id": "m", "name": name}}})

    reading = control(pages, truth=named, readback=state(in_control))
    greasy = [replace(each, mark=Mark.GREASE) for each in pages]
    assert judged("TOL-1", reading, greased(greasy, truth=named, readback=state(under_grease)))[0] is outcome


def test_nothing_that_was_greased_leaves_it_open():
    assert judged("TOL-1", control(), greased([]))[0] is INCONCLUSIVE


# TOL-2

ODD_IDS = {"members": frozenset({"members_3"}), "quotes": frozenset({"quotes_4"}), "invoices": frozenset()}


def changed(requests: list[ClientRequest] | None = None, program: ProgramEnd = WELL, **other: Any):
    seen = everything(mark=Mark.UNKNOWN_VALUE) if requests is None else requests
    return trial(NEW_VALUES, seen, program, **({"truth": truth(), "facts": {ODD: ODD_IDS}} | other))


@pytest.mark.parametrize(
    ("without", "outcome"),
    [([], PASSED), (["members_3", "quotes_4"], PASSED), (["members_2"], FAILED), (ids("quotes", range(120)), FAILED)],
    ids=["with the odd ones", "without the odd ones", "without another", "without the list"],
)
@pytest.mark.parametrize("program", [WELL, ILL])
def test_the_other_records_arrive(without: list[str], outcome: Outcome, program: ProgramEnd):
    state = kept(without=without)
    assert judged("TOL-2", control(readback=kept()), changed(program=program, readback=state))[0] is outcome


@pytest.mark.parametrize(
    ("requests", "program", "outcome"),
    [
        (everything(mark=Mark.UNKNOWN_VALUE), WELL, INCONCLUSIVE),
        (everything(mark=Mark.UNKNOWN_VALUE), ILL, FAILED),
        (everything(mark=Mark.UNKNOWN_VALUE)[:2], WELL, FAILED),
        (everything(), WELL, INCONCLUSIVE),
    ],
    ids=["ends with 0", "fails", "stops", "nothing was odd"],
)
def test_without_state_the_end_and_the_pages_tell(requests: list[ClientRequest], program: ProgramEnd, outcome: Outcome):
    assert judged("TOL-2", control(), changed(requests, program))[0] is outcome


def test_a_list_that_is_kept_in_part_anyway_is_not_judged_by_what_is_kept():
    part = kept(without=["invoices_9"])
    assert judged("TOL-2", control(readback=part), changed(readback=part))[0] is INCONCLUSIVE


# TOL-3

HIDDEN, INVENTED = frozenset(ids("members", range(50))), frozenset({"mem_a", "mem_b"})


def bad(kind: BadKind, asked_again: bool, at: float = 0.0) -> tuple[list[ClientRequest], BadBody]:
    """Return the requests for a page of members that a bad body hid, and that body."""
    first = replace(page(at, "members", 0, 120), mark=Mark.BROKEN, records=None)
    again = [page(at + 1, "members", 0, 120)] if asked_again else []
    return [first, *again], BadBody(first.number, kind, HIDDEN, INVENTED)


def run(kinds: list[BadKind], asked_again: bool, end: ProgramEnd = WELL, state: Readback | None = None):
    pairs = [bad(kind, asked_again, 2.0 * number) for number, kind in enumerate(kinds)]
    requests = [request for each, _ in pairs for request in each]
    bodies = tuple(body for _, body in pairs)
    return requests, BadRun(requests[0].number, requests[-1].number, bodies, end, state)


def bodies(*runs: tuple[list[ClientRequest], BadRun]):
    requests = [request for each, _ in runs for request in each]
    return trial(BAD_BODIES, requests, truth=truth(), facts={RUNS: tuple(each for _, each in runs)})


ALL = [*BadKind]


def test_who_asks_again_passes():
    assert judged("TOL-3", control(), bodies(run(ALL, True)))[0] is PASSED
    assert judged("TOL-3", control(readback=kept()), bodies(run(ALL, True, state=kept())))[0] is PASSED


def test_who_reports_failure_each_time_passes():
    outcome, reason = judged("TOL-3", control(), bodies(*(run([kind], False, ILL) for kind in ALL)))
    assert (outcome, "reported 6" in reason) == (PASSED, True)


@pytest.mark.parametrize("kind", ALL)
def test_who_does_neither_fails(kind: BadKind):
    outcome, reason = judged("TOL-3", control(), bodies(run([kind], False)))
    assert (outcome, kind in reason, "never got 50" in reason) == (FAILED, True, True)


@pytest.mark.parametrize("end", [WELL, ILL, KILLED])
@pytest.mark.parametrize("asked_again", [True, False])
def test_who_keeps_what_a_bad_body_made_up_fails(end: ProgramEnd, asked_again: bool):
    state = kept(more=["mem_a"])
    assert judged("TOL-3", control(), bodies(run(ALL, asked_again, end, state)))[0] is FAILED


def test_what_was_asked_for_again_is_kept():
    lossy = kept(without=["members_0"])
    assert judged("TOL-3", control(readback=kept()), bodies(run(ALL, True, state=lossy)))[0] is FAILED
    assert judged("TOL-3", control(readback=lossy), bodies(run(ALL, True, state=lossy)))[0] is PASSED
    assert judged("TOL-3", control(readback=kept()), bodies(run(ALL, True, ILL, lossy)))[0] is PASSED


@pytest.mark.parametrize(
    "runs",
    [[run(ALL[:3], True)], [run(ALL[:5], True), run(ALL[5:], False, KILLED)], []],
    ids=["kinds that were not sent", "waits too long", "nothing was sent"],
)
def test_a_kind_that_was_not_decided_leaves_it_open(runs: list[Any]):
    assert judged("TOL-3", control(), bodies(*runs))[0] is INCONCLUSIVE
