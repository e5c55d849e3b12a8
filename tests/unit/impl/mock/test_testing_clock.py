"""The clock of a sandbox, as a test has it: what the mock notes of a change is a warning."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import Any, cast

import pytest
from oneinvoice_impl.mock.testing.sandbox import Clock


def clock(note: str) -> Clock:
    state = {"now": "2026-04-15T12:00:00Z", "note": note}
    return Clock(cast(Any, SimpleNamespace(post=lambda path, content: state)))


def test_webhooks_that_are_late_are_warned_of_where_the_clock_is_moved() -> None:
    with pytest.warns(UserWarning, match="were slow") as caught:
        assert clock("The receivers were slow.").advance(5).year == 2026
    assert caught[0].filename == __file__


def test_without_any_nothing_is_warned_of() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        clock("").advance(5)
