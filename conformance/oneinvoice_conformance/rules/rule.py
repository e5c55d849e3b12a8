"""What a rule is: a function that judges one requirement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oneinvoice_conformance.api import Api
from oneinvoice_conformance.verdict import Finding

Judge = Callable[[Api], Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """A judge and the id of the requirement that it judges."""

    id: str
    judge: Judge


def rule(id: str) -> Callable[[Judge], Rule]:
    """Make a rule of a function that asks a deployment and says what it found of the requirement `id`."""
    return lambda judge: Rule(id, judge)
