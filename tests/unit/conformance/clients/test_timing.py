"""Timing: what overlaps, what began knowing of an answer, and how long a client waited."""

from __future__ import annotations

import pytest
from oneinvoice_conformance.clients.timing import is_concurrent, sent_knowing, slack, waits, workers

from tests.unit.conformance.clients.happenings import asked, trial


def test_requests_overlap_that_came_before_an_earlier_one_was_answered():
    one_by_one = [asked(0.0, took=0.1), asked(0.1, took=0.1), asked(0.3)]
    at_once = [asked(0.0, took=0.3), asked(0.1, took=0.3), asked(0.2, took=0.3), asked(0.35)]
    assert (workers(one_by_one), is_concurrent(one_by_one)) == (1, False)
    assert (workers(at_once), is_concurrent(at_once)) == (3, True)


def test_a_request_that_the_client_left_keeps_none_waiting():
    assert not is_concurrent([asked(0.0, took=5.0, is_left=True), asked(1.0)])


def test_one_request_at_a_time_has_no_slack():
    seen = trial("a", [asked(0.0), asked(0.2), asked(0.3)], delay=0.2)
    assert slack(seen, None) == 0.0


def test_slack_grows_with_the_delay_of_the_machine_and_has_an_end():
    requests = [asked(0.0, took=0.1), asked(0.05, took=0.1, connection=2)]
    slacks = [slack(trial("a", requests, delay=delay), None) for delay in (0.0, 0.1, 0.2, 5.0)]
    assert slacks == sorted(slacks)
    assert (slacks[0], slacks[-1]) == (0.1, 1.0)


def test_connections_that_take_turns_are_of_several_workers():
    turns = [asked(0.0), asked(0.1, connection=2), asked(0.2)]
    new_ones = [asked(0.0), asked(0.1, connection=2), asked(0.2, connection=3)]
    assert (slack(trial("a", turns), None) > 0, slack(trial("a", new_ones), None)) == (True, 0.0)


@pytest.mark.parametrize(
    ("at", "connection", "knows"),
    [(0.9, 1, False), (1.05, 1, True), (1.05, 2, False), (1.2, 2, True), (1.05, 0, False)],
)
def test_who_has_read_an_answer(at: float, connection: int, knows: bool):
    answer = asked(1.0, took=0.01)
    request = asked(at, connection=connection)
    assert (sent_knowing([answer, request], answer, 0.1) == [request]) is knows


def test_requests_without_the_key_know_nothing_of_its_limit():
    answer = asked(1.0)
    assert sent_knowing([answer, asked(2.0, key_places=())], answer, 0.0) == []


def test_waits_of_one_request_at_a_time_are_until_whatever_comes_next():
    requests = [asked(0.0, status=429, took=0.0), asked(1.0, "quotes", 429, took=0.0), asked(3.0, "quotes")]
    assert waits(requests, requests[:2], None) == [[1.0, 2.0]]


def test_waits_of_several_workers_are_for_each_page():
    first = [asked(0.0, "quotes", 429, took=0.5), asked(0.2, "invoices", 429, took=0.5, connection=2)]
    second = [asked(1.5, "quotes"), asked(2.7, "invoices", connection=2)]
    assert waits([*first, *second], first, None) == [[1.0], [2.0]]


def test_workers_that_the_control_shows_have_waits_for_each_page():
    control = trial("control", [asked(0.0, took=0.1), asked(0.05, took=0.1, connection=2)])
    requests = [asked(0.0, "quotes", 429), asked(0.01, "invoices", connection=2), asked(1.1, "quotes")]
    assert len(waits(requests, requests[:1], None)[0]) == 1
    assert [round(wait, 3) for wait in waits(requests, requests[:1], control)[0]] == [1.095]
