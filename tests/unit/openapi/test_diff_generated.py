"""Classes of changes that are made at random, from seeds."""

from __future__ import annotations

from random import Random

import jsonschema_rs
import pytest
from oneinvoice_openapi.diff.changes import Level
from oneinvoice_openapi.diff.documents import compare_documents

from tests.unit.openapi.generated_edits import EDITS, WORST_FIRST, edit, schema, value
from tests.unit.openapi.labelled_pairs import rated, source, wrapped

SEEDS = range(150)
PLACES = ("request", "response", "webhook")


@pytest.mark.parametrize("seed", SEEDS)
def test_an_edit_is_rated_as_it_was_made(seed: int):
    random = Random(seed)
    old = schema(random)
    name, new, labels = edit(random, old)
    for place in PLACES:
        changes = compare_documents(source(wrapped(old, place)), source(wrapped(new, place)))
        assert rated(changes) == labels[place], (name, place, old, new, [(c.rule, c.what, c.level) for c in changes])
        broken = [change for change in changes if change.level is Level.BREAKING]
        assert all(change.witness for change in broken), (name, old, new)


def test_every_kind_of_edit_is_made():
    made = set()
    for seed in SEEDS:
        random = Random(seed)
        made.add(edit(random, schema(random))[0])
    assert made == {each.__name__ for each in EDITS}


@pytest.mark.parametrize("seed", range(100))
def test_nothing_is_compatible_that_a_message_breaks(seed: int):
    """Several edits at once, and messages of another generator than the tool's own."""
    random = Random(1000 + seed)
    old = new = schema(random)
    for _ in range(random.randint(1, 4)):
        _, new, _ = edit(random, new)
    for place in PLACES:
        changes = compare_documents(source(wrapped(old, place)), source(wrapped(new, place)))
        if WORST_FIRST.index(rated(changes)) < WORST_FIRST.index("compatible"):
            continue
        sender, reader = (old, new) if place == "request" else (new, old)
        valid, readable = (jsonschema_rs.Draft202012Validator(each) for each in (sender, reader))
        for _ in range(200):
            message = value(random, sender)
            assert not valid.is_valid(message) or readable.is_valid(message), (place, old, new, message)
