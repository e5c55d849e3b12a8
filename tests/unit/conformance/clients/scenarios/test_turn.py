"""Turns: the page of a run at which something happens."""

from __future__ import annotations

import random

import pytest
from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.scenarios.turn import Turn, with_pages_for_workers

from tests.unit.conformance.clients.happenings import asked, trial


@pytest.mark.parametrize("seed", range(4))
def test_a_turn_takes_one_page_after_one_or_two_others(seed: int):
    turn = Turn(random.Random(seed))
    pages = [asked(0.0, f"members?offset={offset}") for offset in (0, 50, 100, 150)]
    assert [turn.takes(page) for page in pages].index(True) in (1, 2)
    assert sum(turn.takes(page) for page in pages) == 1


def test_a_turn_is_of_a_page_with_the_key():
    turn = Turn(random.Random(1))
    assert not any(turn.takes(asked(0.0, "", key_places=())) for _ in range(5))
    assert not any(turn.takes(asked(0.0, "members", key_places=())) for _ in range(5))


def test_workers_get_pages_to_be_busy_with():
    alone = trial("a", [asked(0.0, records=50), asked(0.2, records=50)])
    several = trial("a", [asked(0.0, records=50, took=0.1), asked(0.05, records=50, took=0.1)])
    assert with_pages_for_workers(alone, Data(members=120)) == Data(members=120)
    assert with_pages_for_workers(several, Data(members=120)).few == 600
    own = Data(fixtures=b"members: []")
    assert with_pages_for_workers(several, own) is own
