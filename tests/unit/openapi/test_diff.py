"""Classes of changes, held to labelled pairs and to edits whose class is known by how they are made."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from oneinvoice_openapi.diff.changes import Level

from tests.unit.openapi.labelled_pairs import Pair, pairs, rated, wrapped

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


def test_schemas_that_refer_to_each_other_are_the_same_in_any_order():
    def document(*names: str) -> dict[str, Any]:
        reference = {name: {"$ref": f"#/components/schemas/{name}"} for name in "AB"}
        content = wrapped({"oneOf": [{"type": "array", "items": reference[name]} for name in names]}, "response")
        content["components"] = {
            "schemas": {
                "A": {"type": "object", "properties": {"b": reference["B"]}},
                "B": {"type": "object", "required": ["a"], "properties": {"a": reference["A"]}},
            }
        }
        return content

    assert Pair("order", document("A", "B"), document("B", "A"), "same").changes() == []


@pytest.mark.parametrize(
    ("place", "old", "new"),
    [
        ("request", {"type": "string"}, {"oneOf": [{"const": "b"}, {"type": "string"}]}),
        ("response", {"oneOf": [{"type": "null"}, {"type": ["array", "null"]}]}, {"type": ["array", "null"]}),
    ],
)
def test_a_value_that_several_alternatives_take_is_none_of_one_of_them(place: str, old: Any, new: Any):
    assert rated(Pair("overlap", wrapped(old, place), wrapped(new, place), "breaking").changes()) == "breaking"
