import re

from oneinvoice_conformance.reports.html.timeline import Timeline, timeline

from tests.unit.conformance.reports.reporting import answer, in_full


def drawn(*times: float) -> Timeline:
    found = timeline([in_full(answer([], sent=time)).exchange for time in times], 60)
    assert found
    return found


def test_what_comes_and_goes_within_one_place_of_the_drawing_is_seen():
    few, many = (drawn(*range(count), 1_000_000.0).lanes[0] for count in (1, 40))
    assert (few.most, many.most) == (1, 40)
    highest = [min(float(y) for y in re.findall(r"V([\d.]+)", lane.area)) for lane in (few, many)]
    assert highest[1] < highest[0]


def test_a_long_run_has_no_more_than_a_dozen_minutes_marked():
    assert [second for second, _ in drawn(0.0, 150.0).marks] == [0, 60, 120]
    for minutes in (10, 60, 600):
        assert 6 <= len(drawn(0.0, minutes * 60.0).marks) <= 13
