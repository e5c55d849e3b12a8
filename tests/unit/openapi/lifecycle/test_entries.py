"""Calendar months, and the state of a part on a day."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_openapi.lifecycle.entries import FIRST_DAY, LAST_DAY, Entry, Kind, State, Subject, months_later

DAYS = st.dates(FIRST_DAY, LAST_DAY)


@pytest.mark.parametrize(
    ("day", "later"),
    [
        ("2026-08-31", "2027-02-28"), ("2027-08-31", "2028-02-29"), ("2027-08-30", "2028-02-29"),
        ("2027-08-29", "2028-02-29"), ("2027-08-28", "2028-02-28"), ("2028-02-29", "2028-08-29"),
        ("2026-03-31", "2026-09-30"), ("2026-07-01", "2027-01-01"), ("2026-06-30", "2026-12-30"),
        ("2026-12-31", "2027-06-30"), ("2099-08-31", "2100-02-28"), ("2999-12-31", "3000-06-30"),
    ],
)  # fmt: skip
def test_six_months_later(day: str, later: str) -> None:
    assert months_later(date.fromisoformat(day), 6) == date.fromisoformat(later)


@given(DAYS, st.integers(0, 30))
def test_it_is_the_same_day_of_that_month_or_its_last(day: date, months: int) -> None:
    later = months_later(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    last = calendar.monthrange(later.year, later.month)[1]
    assert later.day == min(day.day, last)


@given(DAYS)
def test_half_a_year_is_181_to_184_days(day: date) -> None:
    assert 181 <= (months_later(day, 6) - day).days <= 184


@given(DAYS, DAYS)
def test_a_later_day_comes_no_earlier_half_a_year_later(one: date, other: date) -> None:
    assert (one <= other) <= (months_later(one, 6) <= months_later(other, 6))


def test_each_state_begins_on_its_day() -> None:
    begins, announced, deprecated, sunset = (date(2026, month, 1) for month in (1, 2, 3, 10))
    entry = Entry(Subject(Kind.VERSION, "v1"), announced, begins, deprecated, sunset)
    a_day = timedelta(1)
    assert [entry.state(day) for day in (announced - a_day, announced)] == [State.PLANNED, State.ANNOUNCED]
    assert [entry.state(day) for day in (deprecated - a_day, deprecated)] == [State.ANNOUNCED, State.DEPRECATED]
    assert [entry.state(day) for day in (sunset - a_day, sunset)] == [State.DEPRECATED, State.SUNSET]


def test_what_is_to_begin_is_planned_until_it_is_announced() -> None:
    entry = Entry(Subject(Kind.EVENT, "quote.viewed"), effective=date(2026, 3, 1))
    assert [entry.state(date(2026, 2, 28)), entry.state(date(2026, 3, 1))] == [State.PLANNED, State.EFFECTIVE]


def test_what_has_no_days_is_there() -> None:
    assert Entry(Subject(Kind.VERSION, "v1")).state(FIRST_DAY) is State.EFFECTIVE


@given(st.lists(DAYS, min_size=4, max_size=4, unique=True).map(sorted), DAYS, DAYS)
def test_states_only_go_forward(days: list[date], one: date, other: date) -> None:
    announced, effective, deprecated, sunset = days
    entry = Entry(Subject(Kind.VERSION, "v1"), announced, effective, deprecated, sunset)
    order = list(State)
    # Announced is what comes before each change, so that it may stand on both sides of the beginning.
    order.remove(State.EFFECTIVE)
    states = [entry.state(day) for day in sorted((one, other))]
    assert all(order.index(a) <= order.index(b) for a, b in pairwise(states))
