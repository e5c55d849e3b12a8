"""Turns: the page of a run at which something happens."""

from __future__ import annotations

import random

import pytest
from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.scenarios.turn import Turn, pages_before, with_pages_for_workers

from tests.unit.conformance.clients.happenings import asked, trial

PAGES = [asked(offset / 50, f"members?offset={offset}") for offset in (0, 50, 100, 150)]


@pytest.mark.parametrize(
    ("asked_for", "chosen"), [(4, {1, 2}), (3, {1, 2}), (2, {1}), (1, {0}), (0, {0})], ids=lambda value: str(value)
)
def test_something_happens_in_mid_run(asked_for: int, chosen: set[int]):
    control = trial("a", PAGES[:asked_for])
    assert {pages_before(random.Random(seed), control) for seed in range(20)} == chosen


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_turn_takes_one_page(after: int):
    turn = Turn(after)
    assert [turn.takes(page) for page in PAGES] == [index == after for index in range(4)]
    assert [turn.takes(page) for page in PAGES] == [index == after for index in range(4)]


def test_a_turn_is_of_a_page_with_the_key():
    turn = Turn(0)
    assert not any(turn.takes(asked(0.0, "", key_places=())) for _ in range(5))
    assert not any(turn.takes(asked(0.0, "members", key_places=())) for _ in range(5))


def test_workers_get_pages_to_be_busy_with():
    control = trial("a", [asked(0.0, records=50), asked(0.2, records=30)])
    assert with_pages_for_workers(control, Data(members=120)).few == 600
    own = Data(fixtures=b"members: []")
    assert with_pages_for_workers(control, own) is own
