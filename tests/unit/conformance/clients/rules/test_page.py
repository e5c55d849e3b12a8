"""Rules of reading whole lists, on trials that nobody played."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from oneinvoice_conformance.clients.observation import ClientRequest, Mark, ProgramEnd, Readback
from oneinvoice_conformance.clients.scenarios.page import (
    COMING_AND_GOING,
    CUT_PAGES,
    ENDLESS,
    FULL_LAST_PAGE,
    REPEATING_PAGE,
    UNSEEN,
)
from oneinvoice_conformance.clients.subject import Client
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.happenings import CONTROL, ILL, KILLED, WELL, asked, judged, trial
from tests.unit.conformance.clients.reading import LISTS, everything, ids, kept, page, truth, whole

PASSED, FAILED, INCONCLUSIVE = Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE


def control(requests: list[ClientRequest] | None = None, total: int = 120, **other: Any):
    return trial(CONTROL, everything(total) if requests is None else requests, truth=truth(total), **other)


def others(name: str) -> list[ClientRequest]:
    """Return the requests of a client that reads all lists but this one as the API has them."""
    return [request for request in everything() if request.endpoint != name]


def judged_alone(rule: str, requests: list[ClientRequest]) -> Outcome:
    """Return the outcome of a rule on traffic that happened."""
    return judged(rule, trial(CONTROL, requests, None), is_passive=True)[0]


# PAGE-1


@pytest.mark.parametrize("limit", [None, 1, 50, 77, 200, 500])
def test_pages_of_any_size_are_whole(limit: int | None):
    assert judged("PAGE-1", control(everything(463, limit), 463))[0] is PASSED


def test_a_list_by_each_status_is_whole():
    by_status = [
        page(0.0, "members", 0, 80, 100, filter="active"),
        page(1.0, "members", 0, 40, 100, filter="pending", ids=ids("members", range(80, 120))),
    ]
    assert judged("PAGE-1", control([*others("members"), *by_status]))[0] is PASSED
    outcome, reason = judged("PAGE-1", control([*others("members"), by_status[0]]))
    assert (outcome, "80 of 120 members, those of status active alone" in reason) == (FAILED, True)


def test_overlapping_pages_in_any_order_and_twice_are_whole():
    offsets = (100, 40, 0, 45, 90, 0)
    pages = [page(number / 10, "quotes", offset, 120) for number, offset in enumerate(offsets)]
    assert judged("PAGE-1", control([*others("quotes"), *pages]))[0] is PASSED


@pytest.mark.parametrize(
    ("offsets", "words"),
    [
        ([0], "50 of 120 quotes, none from offset 50 on"),
        ([50, 100], "70 of 120 quotes, none of offsets 0 to 49"),
        ([0, 100], "70 of 120 quotes, none of offsets 50 to 99"),
    ],
)
def test_a_list_in_part_fails(offsets: list[int], words: str):
    pages = [page(number / 10, "quotes", offset, 120) for number, offset in enumerate(offsets)]
    outcome, reason = judged("PAGE-1", control([*others("quotes"), *pages]))
    assert (outcome, words in reason) == (FAILED, True)


def test_a_list_that_is_never_read_fails_unless_it_is_out_of_scope():
    outcome, reason = judged("PAGE-1", control(others("invoices")))
    assert (outcome, "invoices" in reason, "--scope" in reason) == (FAILED, True, True)
    two = Client(run="sync", lists=("members", "quotes"))
    assert judged("PAGE-1", control(others("invoices")), client=two)[0] is PASSED


def test_what_is_kept_was_read():
    part = [*others("quotes"), page(0.0, "quotes", 0, 120)]
    assert judged("PAGE-1", control(part, readback=kept()))[0] is PASSED


@pytest.mark.parametrize(
    ("lists", "outcome"),
    [
        ({"members": {"mem_1": {}, "mem_2": {}}}, INCONCLUSIVE),
        ({"members": {}}, INCONCLUSIVE),
        ({"members": {"members_1": {}}}, PASSED),
        ({}, PASSED),
    ],
    ids=["others", "none", "some of them", "not told"],
)
def test_a_readback_that_has_nothing_of_what_was_read_can_be_no_proof(lists: dict[str, Any], outcome: Outcome):
    assert judged("PAGE-1", control(readback=Readback(lists)))[0] is outcome


def test_an_empty_list_is_read_by_one_request():
    empty = [page(float(number), name, 0, 0) for number, name in enumerate(LISTS)]
    assert judged("PAGE-1", control(empty, 0))[0] is PASSED


def test_a_part_where_something_was_in_the_way_is_no_failure():
    part = everything()[:1]
    limited = trial("limited", [asked(0.0, status=429), *part], truth=truth())
    gave_up = trial("gave up", part, ILL, truth=truth())
    assert judged("PAGE-1", control(), limited, gave_up)[0] is PASSED
    undisturbed = trial(FULL_LAST_PAGE, part, truth=truth())
    assert judged("PAGE-1", control(), undisturbed)[0] is FAILED


@pytest.mark.parametrize(
    ("requests", "outcome"),
    [
        (whole("members", 120), PASSED),
        (whole("members", 120)[:2], INCONCLUSIVE),
        (whole("members", 120, filter="active"), INCONCLUSIVE),
        ([], INCONCLUSIVE),
    ],
    ids=["whole", "in part", "by status", "nothing"],
)
def test_recorded_traffic_shows_what_was_read_and_not_what_was_wanted(requests: list[ClientRequest], outcome: Outcome):
    assert judged_alone("PAGE-1", requests) is outcome


# PAGE-2


def cut(requests: list[ClientRequest], program: ProgramEnd = WELL):
    return trial(CUT_PAGES, requests, program, truth=truth())


def test_who_asks_for_200_at_most_passes():
    assert judged("PAGE-2", control(), cut(everything(120, 200)))[0] is PASSED


@pytest.mark.parametrize(
    ("offsets", "outcome"),
    [
        ([(0, 50), (50, 30), (80, 40)], PASSED),
        ([(0, 50), (50, 30), (70, 50)], PASSED),
        ([(0, 50), (50, 30), (100, 20), (80, 20)], PASSED),
        ([(0, 50), (50, 30), (100, 20)], FAILED),
        ([(0, 50), (50, 30), (100, 20), (0, 50), (50, 30)], FAILED),
        ([(0, 50), (50, 30)], PASSED),
    ],
    ids=["goes on", "overlaps", "fills the gap", "skips", "skips, and begins anew", "short is last"],
)
def test_the_next_offset_is_what_was_got_at_most(offsets: list[tuple[int, int]], outcome: Outcome):
    pages = [page(number / 10, "quotes", start, 120, got=got) for number, (start, got) in enumerate(offsets)]
    assert judged("PAGE-2", control(), cut([*others("quotes"), *pages]))[0] is outcome


def test_pages_that_were_asked_for_at_once_are_excused():
    at_once = [page(0.1, "quotes", 50, 120, got=30, took=0.3), page(0.2, "quotes", 100, 120, connection=2, took=0.3)]
    assert judged("PAGE-2", control(), cut([page(0.0, "quotes", 0, 120), *at_once]))[0] is PASSED


@pytest.mark.parametrize("name", ["members", "invoices"])
def test_who_asks_for_more_than_200_and_takes_a_page_for_all_fails(name: str):
    part = page(0.0, name, 0, 463, 500)
    outcome, reason = judged("PAGE-2", control([part], 463), cut([]))
    assert (outcome, f"asked for 500 {name}, got 200 of 463" in reason) == (FAILED, True)
    assert judged("PAGE-2", control([part], 463, program=ILL), cut([]))[0] is PASSED


def test_who_asks_for_more_than_200_and_goes_on_passes():
    assert judged("PAGE-2", control(everything(463, 500), 463), cut(everything(463, 500)))[0] is PASSED


def test_who_gives_up_at_a_short_page_is_not_judged():
    short = page(0.1, "quotes", 50, 120, got=30, mark=Mark.CUT_PAGE)
    assert judged("PAGE-2", control(), cut([page(0.0, "quotes", 0, 120), short], ILL))[0] is INCONCLUSIVE


def test_recorded_traffic_fails_for_what_it_skips_alone():
    skipping = [page(0.0, "members", 0, 463, 300), page(0.2, "members", 300, 463, 300)]
    going_on = [page(0.0, "members", 0, 463, 300), page(0.2, "members", 200, 463, 300)]
    for requests, outcome in ((skipping, FAILED), (going_on, PASSED), (everything(), INCONCLUSIVE)):
        assert judged_alone("PAGE-2", requests) is outcome


# PAGE-3


def ends(full: list[ClientRequest], repeating: Sequence[ClientRequest] = (), program: ProgramEnd = WELL, **facts: Any):
    return [
        trial(FULL_LAST_PAGE, full, program, truth=truth(100), facts=facts),
        trial(REPEATING_PAGE, repeating or everything(), truth=truth()),
        trial(COMING_AND_GOING, everything(), truth=truth()),
    ]


def past(*offsets: int, at: float = 1.0, **other: Any) -> list[ClientRequest]:
    """Return requests past the end of 100 members, one after the other."""
    return [page(at + number / 10, "members", offset, 100, **other) for number, offset in enumerate(offsets)]


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ([], PASSED),
        (past(100), PASSED),
        (past(100, 100), FAILED),
        (past(100, 150, 200), FAILED),
        ([*past(100), *whole("members", 100, at=2.0), *past(100, at=3.0)], PASSED),
        ([*past(100), page(2.0, "members", 100, 100, filter="active")], PASSED),
    ],
    ids=["by total", "an empty page", "the same twice", "on and on", "two passes", "another filter"],
)
def test_one_request_past_the_end_is_right(more: list[ClientRequest], outcome: Outcome):
    assert judged("PAGE-3", control(), *ends([*whole("members", 100), *more]))[0] is outcome


def test_each_of_several_workers_may_find_the_end():
    workers = [page(1.0 + number / 100, "members", 100 + 50 * number, 100, took=0.2) for number in range(4)]
    assert judged("PAGE-3", control(), *ends([*whole("members", 100), *workers]))[0] is PASSED
    more = past(300, 350, at=2.0)
    assert judged("PAGE-3", control(), *ends([*whole("members", 100), *workers, *more]))[0] is FAILED


@pytest.mark.parametrize(("count", "outcome"), [(0, PASSED), (1, PASSED), (3, PASSED), (4, FAILED), (22, FAILED)])
def test_a_page_may_repeat_three_times(count: int, outcome: Outcome):
    again = [page(1.0 + number / 10, "members", 125, 126, mark=Mark.REPEATED_PAGE) for number in range(count)]
    repeating = [*whole("members", 126, mark=Mark.CHANGED), *again]
    assert judged("PAGE-3", control(), *ends(whole("members", 100), repeating))[0] is outcome


def test_a_loop_that_was_stopped_fails():
    outcome, reason = judged(
        "PAGE-3", control(), *ends([*whole("members", 100), *past(*[100] * 21)], program=KILLED, **{ENDLESS: True})
    )
    assert (outcome, "21 times past the end of members" in reason, "until it was stopped" in reason) == (
        FAILED, True, True
    )  # fmt: skip
    anew = [each for number in range(21) for each in whole("members", 100, at=float(number))]
    outcome, reason = judged("PAGE-3", control(), *ends(anew, program=KILLED, **{ENDLESS: True}))
    assert (outcome, "again and again" in reason) == (FAILED, True)


@pytest.mark.parametrize("program", [KILLED, ILL])
def test_an_end_that_was_not_seen_is_open(program: ProgramEnd):
    assert judged("PAGE-3", control(), *ends(whole("members", 100), program=program))[0] is INCONCLUSIVE


def test_lists_that_end_with_a_short_page_leave_it_open():
    assert judged("PAGE-3", control(), *ends(whole("members", 120)))[0] is INCONCLUSIVE


def test_recorded_traffic_that_asks_past_the_end_on_and_on_fails():
    pass_ = whole("members", 100)
    assert judged_alone("PAGE-3", pass_) is PASSED
    assert judged_alone("PAGE-3", pass_[:1]) is INCONCLUSIVE
    assert judged_alone("PAGE-3", [*pass_, *past(*range(100, 400, 50))]) is FAILED
    now_and_then = [page(60.0 * number, "members", 100, 100) for number in range(1, 9)]
    assert judged_alone("PAGE-3", [*pass_, *now_and_then]) is PASSED


# PAGE-4


def moved(requests: list[ClientRequest], program: ProgramEnd = WELL, **other: Any):
    values = {"facts": {UNSEEN: "invoices"}, "truth": truth(without=["members_7", "invoices_7"])} | other
    return trial(COMING_AND_GOING, requests, program, **values)


def shifted(at: float = 0.0, start: int = 0, **other: Any) -> list[ClientRequest]:
    """Return the pages of members from an offset on once the one at position 7 has gone."""
    left = ids("members", [position for position in range(120) if position != 7])
    return [
        page(at + offset / 500, "members", offset, 119, ids=left[offset : offset + 50], mark=Mark.CHANGED, **other)
        for offset in range(start, 119, 50)
    ]


FIRST = page(0.0, "members", 0, 120)
TRUSTING = [FIRST, *shifted(start=50), *others("members")]
AGAIN = [*TRUSTING, *shifted(5.0)]
WHOLE_STATE = {"readback": kept()}


def test_who_trusts_offsets_loses_a_member_whatever_it_keeps():
    outcome, reason = judged("PAGE-4", control(**WHOLE_STATE), moved(TRUSTING, **WHOLE_STATE))
    assert (outcome, "never got 1" in reason) == (FAILED, True)
    assert judged("PAGE-4", control(), moved(TRUSTING))[0] is FAILED


def test_who_reads_again_keeps_all():
    assert judged("PAGE-4", control(**WHOLE_STATE), moved(AGAIN, **WHOLE_STATE))[0] is PASSED
    gone = kept(without=["members_7"])
    assert judged("PAGE-4", control(**WHOLE_STATE), moved(AGAIN, readback=gone))[0] is PASSED


def test_what_is_got_and_not_kept_is_lost():
    lossy = kept(without=["members_50"])
    assert judged("PAGE-4", control(**WHOLE_STATE), moved(AGAIN, readback=lossy))[0] is FAILED


def test_without_state_it_is_open():
    assert judged("PAGE-4", control(), moved(AGAIN))[0] is INCONCLUSIVE
    in_part = kept(without=["members_1"])
    assert judged("PAGE-4", control(readback=in_part), moved(AGAIN, readback=in_part))[0] is INCONCLUSIVE


def test_what_no_total_tells_is_told_and_no_failure():
    invoices = ids("invoices", [*range(50), *range(51, 121)])
    unseen = [page(9.0, "invoices", 0, 120, 200, ids=invoices)]
    requests = [*(each for each in AGAIN if each.endpoint != "invoices"), *unseen]
    outcome, reason = judged("PAGE-4", control(**WHOLE_STATE), moved(requests, **WHOLE_STATE))
    assert (outcome, "of invoices" in reason, "it lost 1" in reason) == (PASSED, True, True)


@pytest.mark.parametrize(
    ("requests", "program"),
    [([FIRST], WELL), (TRUSTING, ILL), (TRUSTING, KILLED)],
    ids=["no second page", "gave up", "killed"],
)
def test_a_list_that_could_not_move_is_open(requests: list[ClientRequest], program: ProgramEnd):
    assert judged("PAGE-4", control(**WHOLE_STATE), moved(requests, program))[0] is INCONCLUSIVE


def test_who_never_reads_all_members_has_another_fault():
    part = control([*others("members"), FIRST])
    assert judged("PAGE-4", part, moved(TRUSTING))[0] is INCONCLUSIVE
