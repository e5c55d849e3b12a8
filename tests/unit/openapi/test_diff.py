"""Classes of changes, held to labelled pairs and to edits whose class is known by how they are made."""

from __future__ import annotations

from collections import Counter

import pytest
from oneinvoice_openapi.diff.changes import Level

from tests.unit.openapi.labelled_pairs import Pair, pairs, rated

PAIRS = pairs()


def test_there_are_enough_labelled_pairs_and_enough_that_break():
    counts = Counter(pair.label for pair in PAIRS)
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)
    assert len(PAIRS) >= 300
    assert counts["breaking"] >= 150
    assert min(counts[label] for label in ("compatible", "documentation", "unclassified", "same")) >= 10


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_pair_is_rated_as_its_label_says(pair: Pair):
    changes = pair.changes()
    told = [(change.level.value, change.rule, change.what) for change in changes]
    assert rated(changes) == pair.label, told
    assert not pair.rule or pair.rule in {change.rule for change in changes}, told
    for change in changes:
        if change.level is Level.BREAKING:
            assert change.witness is not None, told
            assert change.whom != "nobody"
            assert change.instead
