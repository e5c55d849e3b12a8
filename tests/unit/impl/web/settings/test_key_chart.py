"""The bars of 24 hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from oneinvoice_impl.web.settings.key_chart import chart, first_hour

NOW = datetime(2026, 4, 2, 12, 34, 56, tzinfo=UTC)
HOUR = NOW.replace(minute=0, second=0)


def test_the_present_hour_is_the_last_of_24() -> None:
    drawn = chart({HOUR: 10, HOUR - timedelta(hours=23): 5, HOUR - timedelta(hours=24): 99}, 60, NOW)
    assert len(drawn.bars) == 24
    assert (drawn.bars[0].begins, drawn.bars[0].requests) == (first_hour(NOW), 5)
    assert (drawn.bars[-1].begins, drawn.bars[-1].requests) == (HOUR, 10)
    assert drawn.total == 15
    assert drawn.path(40) == "M1 40v-20h8v20zM231 40v-40h8v40z"


def test_the_limit_is_that_of_an_hour() -> None:
    drawn = chart({HOUR: 900, HOUR - timedelta(hours=1): 900}, 60, NOW)
    assert (drawn.limit, drawn.percent) == (3600, 25)
    assert drawn.busiest.begins == HOUR


def test_nothing_is_drawn_of_nothing() -> None:
    drawn = chart({}, 1, NOW)
    assert (drawn.total, drawn.percent) == (0, 0)
    assert drawn.path(40) == ""


def test_the_least_is_seen() -> None:
    drawn = chart({HOUR: 3600, HOUR - timedelta(hours=1): 1}, 60, NOW)
    assert drawn.path(32) == "M221 32v-3h8v3zM231 32v-32h8v32z"
