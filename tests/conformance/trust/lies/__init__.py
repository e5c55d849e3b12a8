"""Clauses of the documentation, each with the ways in which it can be broken and the corners in which.

They are written from the documentation, and not from the rules or the faults of the miniature, so that they find what
those miss.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.conformance.trust.lies import answers, credentials, deliveries, documents, members, rates, tenants
from tests.conformance.trust.lying import Lie

Drawn = Callable[[Random], Lie]

# By area, with how many of a hundred liars are of it.
LIES: dict[str, tuple[int, tuple[Drawn, ...]]] = {
    "DISC": (4, answers.DRAWN_OF_DISCOVERY),
    "AUTH": (16, credentials.DRAWN),
    "ORG": (14, tenants.DRAWN),
    "MEM": (22, members.DRAWN),
    "QUO and INV": (16, (*documents.DRAWN, *documents.DRAWN_OF_INVOICES)),
    "ERR": (10, answers.DRAWN),
    "RATE": (6, rates.DRAWN),
    "HOOK": (10, deliveries.DRAWN),
    "VER": (2, answers.DRAWN_OF_VERSIONS),
}


def drawn(chance: Random) -> tuple[str, Lie]:
    """Return an area, and a clause of it broken in one corner."""
    area = chance.choices([*LIES], [weight for weight, _ in LIES.values()])[0]
    return area, chance.choice(LIES[area][1])(chance)
