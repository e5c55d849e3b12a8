"""Faults as they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from oneinvoice_impl.mock.faults.fault import Fault, InvalidFault, make_fault, preferred

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        (["code=503"], Fault(503)),
        (["code=503, delay=2.5"], Fault(503, delay=2.5)),
        (["code=503;delay=2.5"], Fault(503, delay=2.5)),
        (["code=503", "delay=1"], Fault(503, delay=1)),
        (['CODE = "429" ; retry-after=30'], Fault(429, retry_after="30")),
        ([f'code=429, retry-after="{DATE}"'], Fault(429, retry_after=DATE)),
        (["code=429; retry-after=date+30"], Fault(429, retry_after="date+30")),
        (["return=minimal, delay=0.25, wait=10"], Fault(delay=0.25)),
        (["fault=truncate, fault=reset"], Fault(kind="truncate")),
        (["fault=slow; delay=3"], Fault(kind="slow", delay=3)),
        (["return=minimal; wait=10"], None),
        (["respond-async"], None),
        ([""], None),
    ],
)
def test_what_is_preferred(values: list[str], fault: Fault | None) -> None:
    assert preferred(values) == fault


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("code=700", "There is no error 700"),
        ("code=200", "There is no error 200"),
        ("code=teapot", "There is no error 'teapot'"),
        ("code=", "There is no error ''"),
        ("fault=explode", "There is no fault 'explode'"),
        ("delay=soon", "A delay can't be 'soon'"),
        ("delay=-1", "A delay can't be '-1'"),
        ("delay=301", "A delay can't be 301.0 seconds"),
        ("delay=0", "No fault is asked for"),
        ("delay=nan", "A delay can't be 'nan'"),
        ("code=503, fault=reset", "A code and a fault exclude each other"),
        ("retry-after=3, delay=1", "retry-after goes with a code"),
        ("retry-after=3", "retry-after goes with a code, such as code=429"),
        ("code=429, retry-after=tomorrow", "retry-after can't be 'tomorrow'"),
        ("code=429, retry-after=date-30", "retry-after can't be 'date-30'"),
        ("code=429, retry-after=date", "or date+30 for one in 30 seconds"),
    ],
)
def test_what_can_not_be_honoured_is_told_with_what_can(value: str, words: str) -> None:
    with pytest.raises(InvalidFault) as refused:
        preferred([value])
    assert words in str(refused.value)
    if words.startswith(("There", "A delay", "No fault")):
        assert "fault (reset, truncate, garbage, hang, slow)" in str(refused.value)


@pytest.mark.parametrize(
    "values",
    [(True, None, None, None), ("503", None, None, None), (None, ["reset"], None, None), (None, None, True, None),
     (None, None, "1", None), (None, None, float("nan"), None), (429, None, None, True), (429, None, None, -1),
     (429, None, None, f"{DATE}\r\nX: y"), (None, None, None, None)],
)  # fmt: skip
def test_json_values_that_are_none(values: Any) -> None:
    with pytest.raises(InvalidFault):
        make_fault(*values)


def test_a_fault_is_told_as_it_is_preferred() -> None:
    late = (Fault(503, delay=2.5), Fault(kind="slow", delay=3), Fault(delay=0.25))
    for fault in (*late, Fault(429, retry_after=DATE), Fault(429, retry_after="date+30")):
        assert preferred([str(fault)]) == fault


@pytest.mark.parametrize(
    ("asked", "told"),
    [(None, None), (30, "30"), (DATE, DATE), ("date+0", "Fri, 20 Mar 2026 09:59:50 GMT"),
     ("date+30", "Fri, 20 Mar 2026 10:00:20 GMT")],
)  # fmt: skip
def test_when_to_come_again(asked: Any, told: str | None) -> None:
    now = datetime(2026, 3, 20, 9, 59, 50, 700_000, UTC)
    assert make_fault(429, None, None, asked).retry_after_at(now) == told
