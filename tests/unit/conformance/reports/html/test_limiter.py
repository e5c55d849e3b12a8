"""The picture of the measured limiter."""

from __future__ import annotations

import re

from oneinvoice_conformance.reports.html.limiter import HEIGHT, WIDTH, limiter_picture
from oneinvoice_conformance.reports.redacted import RedactedLoadProfile


def _profile(served: list[int], refused: list[int] | None = None) -> RedactedLoadProfile:
    return RedactedLoadProfile("60 in a minute", tuple(served), tuple(refused or [0] * len(served)), 2.0)


def _heights(area: str) -> list[float]:
    return [float(height) for height in re.findall(r"V([\d.]+)H", area)]


def test_the_area_is_what_was_served_within_the_last_minute() -> None:
    picture = limiter_picture(_profile([60, *[0] * 29, 60, 0]), 60)
    heights = _heights(picture.area)
    assert picture.most == 60
    assert len(set(heights)) == 1, "60 are within the last minute all the time"
    assert heights[0] == picture.limit


def test_what_left_the_window_is_not_in_it() -> None:
    picture = limiter_picture(_profile([60, *[0] * 40]), 60)
    heights = _heights(picture.area)
    assert heights[29] == picture.limit
    assert heights[30] == max(heights)


def test_there_is_a_bar_for_what_was_served_and_a_tick_for_what_was_refused() -> None:
    picture = limiter_picture(_profile([60, 0, 3], [0, 4, 1]), 60)
    assert picture.bars.count("M") == 2
    assert picture.refused.count("M") == 2


def test_the_scale_holds_the_limit_and_the_most_that_was_served() -> None:
    for served in ([5], [300]):
        picture = limiter_picture(_profile(served), 60)
        assert 0 < picture.limit < HEIGHT
        assert all(0 < height < HEIGHT for height in _heights(picture.area))


def test_there_is_a_mark_for_each_quarter_of_a_minute() -> None:
    picture = limiter_picture(_profile([1] * 20), 60)
    assert [seconds for seconds, _ in picture.marks] == [0, 15, 30]
    assert picture.marks[-1][1] == 30 / 40 * WIDTH
    assert picture.seconds == 40


def test_nothing_sent_is_an_empty_picture() -> None:
    picture = limiter_picture(_profile([]), 60)
    assert (picture.bars, picture.refused, picture.marks, picture.most) == ("", "", (), 0)
