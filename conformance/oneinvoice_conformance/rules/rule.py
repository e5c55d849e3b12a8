"""What a rule is: a function that judges one requirement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oneinvoice_conformance.model.finding import Finding
from oneinvoice_conformance.session.rule_context import Api

Judge = Callable[[Api], Finding]


@dataclass(frozen=True, slots=True)
class Rule:
    """A judge and the id of the requirement that it judges.

    `bad_input` says that it sends what may get a 4xx. Whether a limiter counts that nobody knows, so that such requests
    must not mix with the ones that the rate limit is measured by. `last` says that it judges what the others were
    answered, too; `whole` that it judges every answer of a run, so that alone it would judge next to nothing.
    """

    id: str
    judge: Judge
    bad_input: bool = False
    last: bool = False
    whole: bool = False


def rule(id: str, *, bad_input: bool = False, last: bool = False, whole: bool = False) -> Callable[[Judge], Rule]:
    """Make a rule of a function that asks a deployment and says what it found of the requirement `id`."""
    return lambda judge: Rule(id, judge, bad_input, last, whole)
