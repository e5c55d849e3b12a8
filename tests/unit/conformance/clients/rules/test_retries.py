"""Rules of trying again, on trials that nobody played."""

from __future__ import annotations

from itertools import accumulate

import pytest
from oneinvoice_conformance.clients.observation import ClientRequest, Readback, Truth
from oneinvoice_conformance.clients.scenarios.pace import DATE, SECONDS
from oneinvoice_conformance.clients.scenarios.retries import BAD_REQUEST, NOT_FOUND, OUTAGE, UNTOLD
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.happenings import CONTROL, ILL, KILLED, WELL, asked, judged, trial

PASSED, FAILED, INCONCLUSIVE = Outcome.PASSED, Outcome.FAILED, Outcome.INCONCLUSIVE


def tries(status: int, *pauses: float, target: str = "members?offset=50", served: bool = False) -> list[ClientRequest]:
    """Return requests for a page with these pauses between an answer and the next; the last is answered well or not."""
    times = list(accumulate(pauses, lambda at, pause: at + 0.005 + pause, initial=1.0))
    answered = [status] * (len(times) - 1) + [200 if served else status]
    return [asked(at, target, code) for at, code in zip(times, answered, strict=True)]


def untold(*pauses: float, **other):
    return trial(UNTOLD, [asked(0.0), *tries(429, *pauses, served=True)], **other)


@pytest.mark.parametrize(
    ("pauses", "outcome"),
    [
        ((0.2,), FAILED),
        ((1.0, 0.5), FAILED),
        ((1.0, 2.0), PASSED),
        ((1.0, 1.0, 2.0), PASSED),
        ((0.97, 1.5), PASSED),
        ((1.1, 1.1, 1.1), FAILED),
        ((3.0, 1.5, 1.0), FAILED),
        ((4.0, 4.0, 4.0), INCONCLUSIVE),
        ((4.0, 4.0, 4.0, 8.0), PASSED),
        ((5.0, 5.0, 5.0, 5.0), FAILED),
        ((60.0,), PASSED),
        ((12.0, 12.0), PASSED),
        ((1.0, 1.0), INCONCLUSIVE),
        ((1.0,), INCONCLUSIVE),
    ],
    ids=str,
)
def test_waits_begin_with_a_second_and_grow(pauses: tuple[float, ...], outcome: Outcome):
    assert judged("PACE-3", untold(*pauses))[0] is outcome


def test_a_slow_machine_makes_no_wait_longer():
    assert judged("PACE-3", untold(1.1, 1.1, 1.3))[0] is PASSED
    assert judged("PACE-3", untold(1.1, 1.1, 1.3, delay=0.2))[0] is INCONCLUSIVE


def test_a_client_that_goes_on_with_other_pages_waits_for_none():
    loop = [asked(1.0 + n / 100, f"members?offset={n}", 429) for n in range(5)]
    assert judged("PACE-3", trial(UNTOLD, loop))[0] is FAILED


def test_waits_of_workers_are_those_for_their_pages():
    pages = [
        asked(start + n / 100, f"members?offset={n}", 429, connection=1 + n, took=0.05)
        for start in (1.0, 2.2, 4.5)
        for n in range(4)
    ]
    assert judged("PACE-3", trial(UNTOLD, pages))[0] is PASSED


@pytest.mark.parametrize(("asks_again", "outcome"), [(True, PASSED), (False, INCONCLUSIVE)])
def test_a_long_silence_is_a_wait_of_a_client_that_is_known_to_ask_again(asks_again: bool, outcome: Outcome):
    silent = trial(UNTOLD, [asked(0.0), asked(1.0, status=429)], KILLED, seconds=12.0)
    seconds = trial(SECONDS, tries(429, *([2.1] if asks_again else []), served=asks_again))
    assert judged("PACE-3", silent, seconds)[0] is outcome


def test_a_client_that_ended_was_not_waiting():
    ended = trial(UNTOLD, [asked(0.0), asked(1.0, status=429)], ILL, seconds=12.0)
    assert judged("PACE-3", ended, trial(SECONDS, tries(429, 2.1, served=True)))[0] is INCONCLUSIVE


def page(at: float, offset: int, status: int = 200, records: int = 50, total: int = 120):
    known = {"records": records, "total": total} if status == 200 else {}
    return asked(at, f"members?limit=50&offset={offset}", status, **known)


WHOLE = [page(0.0, 0), page(0.1, 50), page(0.2, 100, records=20)]
REFUSED = [page(0.0, 0), page(0.1, 50, 429)]


def control(**other):
    return trial(CONTROL, WHOLE, **other)


def test_each_page_that_is_asked_again_passes():
    requests = [*REFUSED, page(2.2, 50), page(2.3, 100, records=20)]
    assert judged("PACE-5", control(), trial(SECONDS, requests))[0] is PASSED


def test_a_page_that_is_skipped_fails():
    outcome, reason = judged("PACE-5", control(), trial(SECONDS, [*REFUSED, page(2.2, 100, records=20)]))
    assert (outcome, "offset=50 got 429" in reason) == (FAILED, True)


def test_a_page_that_came_as_a_part_of_another_passes():
    requests = [*REFUSED, page(2.2, 40), page(2.3, 90, records=30)]
    assert judged("PACE-5", control(), trial(SECONDS, requests))[0] is PASSED


def test_a_list_that_is_left_after_it_was_asked_again_fails():
    requests = [*REFUSED, page(2.2, 50)]
    outcome, reason = judged("PACE-5", control(), trial(SECONDS, requests))
    assert (outcome, "members were not read to the end" in reason) == (FAILED, True)


def test_a_list_that_was_never_read_to_its_end_is_for_another_rule():
    short = trial(CONTROL, WHOLE[:1])
    assert judged("PACE-5", short, trial(SECONDS, [*REFUSED, page(2.2, 50)]))[0] is PASSED


def test_giving_up_is_right_if_it_is_reported():
    outcome, reason = judged("PACE-5", control(), trial(SECONDS, REFUSED, ILL), trial(DATE, REFUSED, ILL))
    assert (outcome, "exit code" in reason) == (PASSED, True)


def test_a_client_that_still_waits_has_lost_nothing_yet():
    assert judged("PACE-5", control(), trial(SECONDS, REFUSED, KILLED))[0] is INCONCLUSIVE
    assert judged("PACE-5", control(), trial(SECONDS, REFUSED, None))[0] is INCONCLUSIVE


def kept(*ids: str) -> Readback:
    return Readback({"members": {id: {} for id in ids}})


def test_records_that_are_missing_from_what_is_kept_fail():
    truth = Truth(stood={"members": frozenset("abc")})
    requests = [*REFUSED, page(2.2, 50), page(2.3, 100, records=20)]
    whole = control(readback=kept("a", "b", "c"), truth=truth)
    assert judged("PACE-5", whole, trial(SECONDS, requests, readback=kept("a", "b"), truth=truth))[0] is FAILED
    assert judged("PACE-5", whole, trial(SECONDS, requests, readback=kept(*"abcd"), truth=truth))[0] is PASSED


def test_records_that_a_client_never_keeps_are_for_another_rule():
    truth = Truth(stood={"members": frozenset("abc")})
    requests = [*REFUSED, page(2.2, 50), page(2.3, 100, records=20)]
    partly = control(readback=kept("a"), truth=truth)
    assert judged("PACE-5", partly, trial(SECONDS, requests, readback=kept("a"), truth=truth))[0] is PASSED


def test_recorded_traffic_never_fails_for_a_page_that_is_left_out():
    assert judged("PACE-5", trial("recorded", REFUSED, None), is_passive=True)[0] is INCONCLUSIVE
    assert judged("PACE-5", trial("recorded", [*REFUSED, page(3.0, 50)], None), is_passive=True)[0] is PASSED


def refusals(again: int = 0, target: str = "members?offset=50"):
    names = {BAD_REQUEST: 400, NOT_FOUND: 404}
    repeats = [1.0] * again
    return [trial(name, [asked(0.0), *tries(status, *repeats, target=target)], ILL) for name, status in names.items()]


def outage(*pauses: float, program=ILL, **other):
    return trial(OUTAGE, [asked(0.0), *tries(500, *pauses)], program, **other)


@pytest.mark.parametrize(
    ("pauses", "outcome"),
    [
        ((), FAILED),
        ((1.0,), PASSED),
        ((0.0,), PASSED),
        ((0.0, 0.2, 0.4), PASSED),
        ((0.5, 1.0, 2.0, 4.0), PASSED),
        ((2.9,) * 10, PASSED),
        ((0.0, 0.0, 0.0), FAILED),
        ((0.5,) * 11, FAILED),
        ((2.7,) * 11, FAILED),
    ],
    ids=lambda value: f"{len(value)} of {value[:1]}" if isinstance(value, tuple) else "",
)
def test_500_is_retried_some_times_with_pauses(pauses: tuple[float, ...], outcome: Outcome):
    assert judged("PACE-6", *refusals(), outage(*pauses))[0] is outcome


def test_a_client_that_takes_500_for_a_page_is_for_another_rule():
    assert judged("PACE-6", *refusals(), outage(program=WELL))[0] is INCONCLUSIVE


@pytest.mark.parametrize("index", [0, 1], ids=["400", "404"])
def test_what_is_refused_for_good_is_not_asked_again(index: int):
    trials = refusals()
    trials[index] = refusals(again=1)[index]
    assert judged("PACE-6", *trials, outage(1.0))[0] is FAILED


def test_another_page_after_a_400_is_another_request():
    trials = [
        trial(BAD_REQUEST, [asked(0.0, status=400), asked(0.2, "quotes")]),
        trial(NOT_FOUND, [asked(0.0, status=404), asked(0.2, "members?offset=0&limit=20", 404)]),
    ]
    assert judged("PACE-6", *trials, outage(1.0))[0] is PASSED


@pytest.mark.parametrize(
    ("pauses", "seconds", "outcome"),
    [((1.0, 2.0, 4.0), 12.2, PASSED), ((1.0, 1.0), 3.2, INCONCLUSIVE), ((), 30.0, INCONCLUSIVE)],
    ids=["slow enough", "not decided", "never yet"],
)
def test_a_client_that_still_tries_is_judged_by_its_pauses(pauses, seconds: float, outcome: Outcome):
    assert judged("PACE-6", *refusals(), outage(*pauses, program=KILLED, seconds=seconds))[0] is outcome


def test_a_client_that_got_no_such_answer_shows_nothing():
    assert judged("PACE-6", *refusals(), trial(OUTAGE, [asked(0.0)], WELL))[0] is INCONCLUSIVE
    assert judged("PACE-6", trial(BAD_REQUEST, [asked(0.0)]), refusals()[1], outage(1.0))[0] is INCONCLUSIVE
