from dataclasses import replace

import pytest
from oneinvoice_conformance.clients.observation import DeliveryKind, Mark, ProgramEnd, Trial, Wait
from oneinvoice_conformance.reports.html.picture import (
    LABEL,
    ROW,
    Lane,
    Picture,
    kind_of,
    kind_of_delivery,
    picture_of,
)
from oneinvoice_conformance.reports.redacted import RedactedTrial

from tests.unit.conformance.reports.client.judged import TRIALS, asked, client_report, page, redacted, sent

PLAIN = Trial("a", "A.", 1, 0.0, 10.0)


def shown(trial: Trial) -> RedactedTrial:
    client = redacted(client_report(trials=(trial,))).client
    assert client
    return client.trials[0]


def picture(trial: Trial, requests: tuple[int, ...] = (), deliveries: tuple[int, ...] = ()) -> Picture:
    found = picture_of(shown(trial), frozenset(requests), frozenset(deliveries))
    assert found
    return found


def lane(trial: Trial, name: str, requests: tuple[int, ...] = ()) -> Lane:
    [found] = [each for each in picture(trial, requests).lanes if each.name == name]
    return found


def test_requests_stand_at_their_time_and_are_as_wide_as_they_took():
    trial = replace(PLAIN, requests=(asked(1, 2.5, "members", 200), asked(2, 5.0, "members", 200, answered=7.5)))
    assert [(tick.x, tick.width) for tick in lane(trial, "Requests").ticks] == [(25.0, 0.0), (50.0, 25.0)]


def test_requests_at_once_stand_below_each_other_in_six_rows_at_most():
    trial = replace(PLAIN, requests=tuple(asked(n, 1 + n / 100, "members", 200, answered=9.0) for n in range(1, 9)))
    found = lane(trial, "Requests")
    rows = [(tick.y - found.y - LABEL) // ROW for tick in found.ticks]
    assert rows == [0, 1, 2, 3, 4, 5, 5, 5]
    assert (found.words, found.height) == ("8, 6 or more at once", LABEL + 6 * ROW)
    one_by_one = replace(PLAIN, requests=tuple(asked(n, float(n), "members", 200) for n in range(1, 9)))
    assert lane(one_by_one, "Requests").words == "8"


def test_of_too_many_those_at_one_place_are_one_and_findings_stay():
    trial = replace(PLAIN, requests=tuple(asked(n, n / 300, "members", 200) for n in range(1, 2_900)))
    found = lane(trial, "Requests", (1_000, 1_001, 2_500))
    assert len(found.ticks) <= 200
    assert {"request 1000 at 3.33 s", "request 2500 at 8.33 s"} <= {tick.title for tick in found.ticks}
    assert found.words.startswith("2899, 6 or more")


def test_what_shows_a_finding_is_titled_and_nothing_else():
    trial = replace(PLAIN, requests=(asked(1, 2.5, "members", 200), asked(2, 5.0, "members", 200)))
    assert [tick.title for tick in lane(trial, "Requests", (2,)).ticks] == [None, "request 2 at 5.00 s"]


@pytest.mark.parametrize(
    ("status", "mark", "kind"),
    [
        (200, Mark.PLAIN, "served"),
        (200, Mark.GREASE, "played"),
        (302, Mark.REDIRECT, "played"),
        (429, Mark.LIMITED, "refused"),
        (401, Mark.REVOKED, "refused"),
        (500, Mark.OUTAGE, "broken"),
        (200, Mark.BROKEN, "broken"),
        (0, Mark.NO_ANSWER, "broken"),
    ],
)
def test_requests_are_told_apart_by_their_answers(status: int, mark: Mark, kind: str):
    assert kind_of(shown(replace(PLAIN, requests=(asked(1, 1.0, "quotes", status, mark=mark),))).requests[0]) == kind


@pytest.mark.parametrize(
    ("status", "delivery", "kind"),
    [
        (204, DeliveryKind.GENUINE, "served"),
        (401, DeliveryKind.GENUINE, "refused"),
        (401, DeliveryKind.FORGED, "refused"),
        (200, DeliveryKind.FORGED, "played"),
        (503, DeliveryKind.GENUINE, "broken"),
        (0, DeliveryKind.REPEATED, "broken"),
    ],
)
def test_events_are_told_apart_by_their_answers(status: int, delivery: DeliveryKind, kind: str):
    found = shown(replace(PLAIN, deliveries=(sent(1, 1.0, "invoice.paid", status, delivery),))).deliveries[0]
    assert kind_of_delivery(found) == kind


def test_a_request_within_a_retry_after_stands_within_its_span():
    limit = {"mark": Mark.LIMITED, "answer_headers": (("Retry-After", "2"),)}
    requests = (asked(1, 1.0, "quotes", 429, **limit), page(2, 2.0, "quotes", 50))
    found = picture(replace(PLAIN, requests=requests), (2,))
    [hold] = found.holds
    inside = found.lanes[-1].ticks[1]
    assert hold.x < inside.x < hold.x + hold.width
    assert (hold.words, hold.width) == ("Retry-After, until 3.02 s", 20.0)
    assert found.words.endswith("; Retry-After, until 3.02 s")


def test_spans_that_overlap_are_one_and_others_are_not():
    limit = {"mark": Mark.LIMITED, "answer_headers": (("Retry-After", "1"),)}
    requests = tuple(asked(n, at, "quotes", 429, **limit) for n, at in enumerate([1.0, 1.5, 6.0], 1))
    assert [hold.words for hold in picture(replace(PLAIN, requests=requests)).holds] == [
        "Retry-After, until 2.52 s",
        "Retry-After, until 7.02 s",
    ]


def test_a_span_that_goes_on_behind_the_end_ends_there():
    limited = asked(1, 9.0, "quotes", 429, mark=Mark.LIMITED, answer_headers=(("Retry-After", "3600"),))
    [hold] = picture(replace(PLAIN, requests=(limited,))).holds
    assert hold.x + hold.width == 100.0


def test_program_and_waits_are_bars():
    trial = replace(PLAIN, program=ProgramEnd(None, 5.0, started=2.5), waits=(Wait(8.0, 9.0, "an effect may come"),))
    program, waits = picture(trial).lanes
    assert [(bar.x, bar.width, bar.words) for bar in program.bars] == [(25.0, 50.0, "killed before it ended")]
    assert [(bar.x, bar.width, bar.words) for bar in waits.bars] == [(80.0, 10.0, "an effect may come")]
    assert program.y + program.height < waits.y


@pytest.mark.parametrize("seconds", [0.4, 3.0, 29.0, 181.0, 86_400.0])
def test_the_axis_has_few_marks_with_round_seconds(seconds: float):
    marks = picture(replace(PLAIN, seconds=seconds, program=ProgramEnd(0, 0.1))).marks
    assert (marks[0], len({place for _, place in marks})) == (("0 s", 0.0), len(marks))
    assert 2 <= len(marks) <= 13


def test_nothing_that_happened_has_no_picture():
    assert picture_of(shown(PLAIN), frozenset(), frozenset()) is None


def test_nothing_stands_outside_of_any_picture():
    for trial in TRIALS:
        found = picture_of(shown(trial), frozenset(), frozenset())
        for each in found.lanes if found else ():
            for mark in (*each.ticks, *each.bars):
                assert 0 <= mark.x <= mark.x + mark.width <= 100.0
            assert all(each.y <= tick.y <= each.y + each.height - ROW for tick in each.ticks)
