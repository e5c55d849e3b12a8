"""Data of other sizes for a miniature: what two organisations have, and in which order it lies in the tables."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import TypeVar

from tests.miniatures.data import OTHER, PRIMARY, Record, World, new_invoice, new_member, new_quote
from tests.miniatures.deployment import Deployment

R = TypeVar("R", bound=Record)

MEMBERS = ("active", "inactive", "pending")
QUOTES = ("draft", "sent", "accepted", "rejected")
INVOICES = ("draft", "sent unpaid", "sent overdue", "paid")
# What the rules need at least: more than the largest page in one status, and several pages in the others.
_LARGEST_STATUS = (205, 330)
_OTHER_STATUS = (55, 140)


def new_world(chance: Random) -> World:
    """Return data that is large enough to show all that is documented."""
    members = dict.fromkeys(MEMBERS, 0)
    for status in members:
        members[status] = chance.randint(*_OTHER_STATUS)
    members[chance.choice(MEMBERS)] = chance.randint(*_LARGEST_STATUS)
    return World(
        members=_table(chance, members, MEMBERS, (8, 60), 100, new_member),
        quotes=_table(chance, _counts(chance, QUOTES, (4, 30)), QUOTES, (3, 20), 500, new_quote),
        invoices=_table(chance, _counts(chance, INVOICES, (5, 45)), INVOICES, (4, 24), 900, new_invoice),
    )


def _counts(chance: Random, words: tuple[str, ...], span: tuple[int, int]) -> dict[str, int]:
    return {word: chance.randint(*span) for word in words}


def _table(
    chance: Random,
    mine: dict[str, int],
    words: tuple[str, ...],
    theirs: tuple[int, int],
    first: int,
    new: Callable[[int, str, str], R],
) -> list[R]:
    rows = [(PRIMARY, word) for word, count in mine.items() for _ in range(count)]
    rows += [(OTHER, words[index % len(words)]) for index in range(chance.randint(*theirs))]
    chance.shuffle(rows)
    return [new(first + index, organisation, word) for index, (organisation, word) in enumerate(rows)]


class Seeded(Deployment):
    """Has the data and the latency of a seed; the last of the classes that a deployment is combined of."""

    seed = ""
    resized = True

    def __init__(self) -> None:
        super().__init__()
        if self.resized:
            self.world = new_world(Random(f"world {self.seed}"))
        # Unless it is judged, nobody waits for it.
        self.wait = lambda seconds: None
