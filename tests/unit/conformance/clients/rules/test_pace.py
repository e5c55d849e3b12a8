"""Rules of 429 with Retry-After, on trials that nobody played."""

from __future__ import annotations

from email.utils import formatdate

import pytest
from oneinvoice_conformance.clients.observation import ClientRequest
from oneinvoice_conformance.clients.scenarios.pace import DATE, SECONDS, WORKERS
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.clients.happenings import CONTROL, ILL, KILLED, WELL, asked, judged, trial

PASSED, FAILED = Outcome.PASSED, Outcome.FAILED
INCONCLUSIVE, NOT_APPLICABLE = Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE
AT_3 = formatdate(1_000_003, usegmt=True)


def limited(*times: float, told: object = 2) -> list[ClientRequest]:
    return [
        asked(0.0),
        asked(0.5, "members?offset=50", 429, told=told),
        *(asked(at, "members?offset=50") for at in times),
    ]


@pytest.mark.parametrize(
    ("at", "outcome"),
    [(0.7, FAILED), (2.3, FAILED), (2.48, PASSED), (2.51, PASSED), (9.0, PASSED)],
)
def test_seconds_are_waited_for(at: float, outcome: Outcome):
    assert judged("PACE-1", trial(SECONDS, limited(at)))[0] is outcome


def test_another_list_on_the_same_key_is_too_early_as_well():
    other = asked(0.8, "quotes")
    outcome, reason = judged("PACE-1", trial(SECONDS, [*limited(), other, asked(2.6, "members?offset=50")]))
    assert (outcome, "/api/v1/quotes" in reason, "0.30 s" in reason) == (FAILED, True, True)


def test_requests_without_the_key_may_go_on():
    public = asked(0.8, "", key_places=())
    assert judged("PACE-1", trial(SECONDS, [*limited(), public, asked(2.6)]))[0] is PASSED


def test_the_second_wait_counts_as_the_first():
    again = [asked(2.6, "members?offset=50", 429, told=1), asked(2.9, "members?offset=50")]
    assert judged("PACE-1", trial(SECONDS, [*limited(), *again]))[0] is FAILED


def test_what_was_refused_meanwhile_begins_no_wait_of_its_own():
    under_way = asked(0.501, "quotes", 429, told=2, connection=2, took=0.1)
    first = [asked(0.0), asked(0.45, "members?offset=50", 429, told=2, took=0.1)]
    assert judged("PACE-1", trial(SECONDS, [*first, under_way, asked(2.56)]))[0] is PASSED


@pytest.mark.parametrize(("program", "word"), [(ILL, "nothing"), (KILLED, "--run-timeout")], ids=["ended", "killed"])
def test_a_client_that_sends_nothing_more_shows_no_wait(program, word: str):
    outcome, reason = judged("PACE-1", trial(SECONDS, limited(), program))
    assert (outcome, word in reason) == (INCONCLUSIVE, True)


def concurrent_control():
    return trial(CONTROL, [asked(0.0, took=0.05), asked(0.01, took=0.05, connection=2)])


@pytest.mark.parametrize(("late", "outcome"), [(0.05, PASSED), (0.9, FAILED)])
def test_what_was_under_way_is_excused(late: float, outcome: Outcome):
    other = asked(0.505 + late, "quotes", connection=2)
    requests = [*limited(), other, asked(2.6)]
    assert judged("PACE-1", concurrent_control(), trial(SECONDS, requests))[0] is outcome


def test_a_slow_machine_excuses_more():
    requests = [*limited(), asked(0.95, "quotes", connection=2), asked(2.6)]
    assert judged("PACE-1", concurrent_control(), trial(SECONDS, requests))[0] is FAILED
    assert judged("PACE-1", concurrent_control(), trial(SECONDS, requests, delay=0.3))[0] is PASSED


def test_who_comes_again_on_the_same_connection_has_read_the_answer():
    requests = [*limited(), asked(0.55, "quotes", connection=1), asked(2.6)]
    assert judged("PACE-1", concurrent_control(), trial(SECONDS, requests))[0] is FAILED


def test_traffic_that_happened_is_judged_as_well():
    assert judged("PACE-1", trial("watched", limited(0.9), None), is_passive=True)[0] is FAILED
    assert judged("PACE-1", trial("watched", limited(2.6), None), is_passive=True)[0] is PASSED
    assert judged("PACE-1", trial("watched", [asked(0.0)], None), is_passive=True)[0] is INCONCLUSIVE


@pytest.mark.parametrize(
    ("at", "outcome"), [(0.7, FAILED), (2.1, FAILED), (2.96, PASSED), (3.1, PASSED), (60.0, PASSED)]
)
def test_a_date_is_waited_for(at: float, outcome: Outcome):
    assert judged("PACE-2", trial(DATE, limited(at, told=AT_3)))[0] is outcome


def test_a_client_that_ends_at_a_date_but_not_at_seconds_does_not_read_it():
    outcome, reason = judged("PACE-2", trial(SECONDS, limited(2.6)), trial(DATE, limited(told=AT_3), ILL))
    assert (outcome, AT_3 in reason) == (FAILED, True)


@pytest.mark.parametrize("end", [ILL, WELL], ids=["with an error", "well"])
def test_a_client_that_ends_at_any_429_shows_nothing_of_dates(end):
    assert judged("PACE-2", trial(SECONDS, limited(), end), trial(DATE, limited(told=AT_3), end))[0] is INCONCLUSIVE


def test_a_client_that_waits_for_long_at_a_date_shows_nothing_yet():
    outcome, reason = judged("PACE-2", trial(SECONDS, limited(2.6)), trial(DATE, limited(told=AT_3), KILLED))
    assert (outcome, "--run-timeout" in reason) == (INCONCLUSIVE, True)


@pytest.mark.parametrize(("at", "outcome"), [(1.0, FAILED), (2.6, PASSED)])
def test_a_recorded_date_is_one_of_the_answers_clock(at: float, outcome: Outcome):
    headers = (("Retry-After", AT_3), ("Date", formatdate(1_000_000, usegmt=True)))
    requests = [asked(0.0, status=429, answer_headers=headers), asked(at)]
    assert judged("PACE-2", trial("recorded", requests, None, started=0.0), is_passive=True)[0] is outcome


@pytest.mark.parametrize("told", ["soon", "-1", "Mon, 99 Foo 2026", "", "9" * 40])
def test_what_can_not_be_read_asks_for_no_wait(told: str):
    assert judged("PACE-1", trial(SECONDS, limited(0.6, told=told)))[0] is INCONCLUSIVE
    assert judged("PACE-2", trial(DATE, limited(0.6, told=told)))[0] is INCONCLUSIVE


def workers(*later: ClientRequest) -> list[ClientRequest]:
    """Return four requests at once, the first of which gets 429 after 0.1 s, and the others their pages after 0.4 s."""
    refused = asked(0.0, "members?offset=50", 429, told=2, took=0.1)
    pages = [asked(0.01 * n, f"members?offset={50 + 50 * n}", connection=1 + n, took=0.4) for n in (1, 2, 3)]
    return [refused, *pages, *later]


def test_workers_that_begin_another_page_meanwhile_fail():
    later = [asked(0.5, "members?offset=250", connection=2), asked(2.2, "members?offset=50")]
    outcome, reason = judged("PACE-4", trial(WORKERS, workers(*later)))
    assert (outcome, "offset=250" in reason) == (FAILED, True)


def test_workers_that_hold_pass():
    later = [asked(2.15, "members?offset=50"), asked(2.15, "members?offset=250", connection=2)]
    assert judged("PACE-4", trial(WORKERS, workers(*later)))[0] is PASSED


def test_a_page_that_is_asked_again_too_early_is_for_another_rule():
    later = [asked(0.4, "members?offset=50"), asked(2.2, "quotes")]
    assert judged("PACE-4", trial(WORKERS, workers(*later)))[0] is PASSED


def test_one_request_at_a_time_has_nothing_to_hold():
    assert judged("PACE-4", trial(WORKERS, [asked(0.0), asked(0.5)]))[0] is NOT_APPLICABLE


def test_workers_that_were_not_at_work_show_nothing():
    assert judged("PACE-4", concurrent_control(), trial(WORKERS, [asked(0.0), asked(0.5)]))[0] is INCONCLUSIVE
    assert judged("PACE-4", trial(WORKERS, workers(), ILL))[0] is INCONCLUSIVE
