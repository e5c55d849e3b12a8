"""Plan of faults: which requests to come get which, and which deliveries."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from oneinvoice_impl.clock import SYSTEM_CLOCK, Clock
from oneinvoice_impl.mock.faults.fault import Fault, InvalidFault
from oneinvoice_impl.mock.faults.webhook_fault import WebhookFault

MOST_PLANNED = 100


class FaultRule(NamedTuple):
    """Fault, and what gets it: requests of an operation, or all; or deliveries of an event, or all.

    They get it from the `nth` on, so many `times`, `until` a moment of the mock's clock, and each with a `probability`,
    whose choices follow from the `seed`. None sets no bound.
    """

    fault: Fault | WebhookFault
    operation: str | None = None
    nth: int = 1
    times: int | None = None
    until: datetime | None = None
    probability: float = 1.0
    seed: int = 1
    event: str | None = None


@dataclass(slots=True)
class PlannedFault:
    """Rule in a plan, with how many requests or deliveries it was there for, and how many got the fault."""

    id: str
    rule: FaultRule
    chance: random.Random = field(init=False)
    seen: int = 0
    answered: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.rule.seed)  # noqa: S311  # no secret

    @property
    def name(self) -> str:
        """The value of the header that names the fault."""
        return f"{self.id}; {self.rule.fault}"

    def strikes(self, now: datetime) -> bool:
        """Count one that it is there for, and tell whether that is to get the fault."""
        rule = self.rule
        if rule.until is not None and now >= rule.until:
            return False
        self.seen += 1
        is_due = self.seen >= rule.nth and (rule.times is None or self.answered < rule.times)
        return is_due and self.chance.random() < rule.probability


class FaultPlan:
    """Faults that are planned, in the order of planning. The first that strikes is the one that is got."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self.clock = clock
        self._planned: list[PlannedFault] = []
        self._number = 0

    @property
    def planned(self) -> Sequence[PlannedFault]:
        return tuple(self._planned)

    def add(self, rule: FaultRule) -> PlannedFault:
        """Plan a fault. Raises `InvalidFault` if there are too many."""
        if len(self._planned) >= MOST_PLANNED:
            raise InvalidFault(f"There are {MOST_PLANNED} faults planned; remove some of them first.")
        self._number += 1
        self._planned.append(PlannedFault(f"flt_{self._number}", rule))
        return self._planned[-1]

    def remove(self, id: str) -> bool:
        """Take a fault out, and tell whether it was there."""
        kept = [each for each in self._planned if each.id != id]
        was_there = len(kept) < len(self._planned)
        self._planned = kept
        return was_there

    def clear(self) -> None:
        self._planned.clear()

    def strike(self, operation: str | None) -> PlannedFault | None:
        """Return what a request of an operation gets, if it gets any."""
        return self._strike(lambda rule: isinstance(rule.fault, Fault) and rule.operation in (None, operation))

    def strike_delivery(self, event: str, impossible: Collection[str] = ()) -> PlannedFault | None:
        """Return what a delivery of an event gets, if it gets any; none of those kinds, which pass it by uncounted."""
        return self._strike(
            lambda rule: (
                isinstance(rule.fault, WebhookFault)
                and rule.event in (None, event)
                and rule.fault.kind not in impossible
            )
        )

    def _strike(self, is_there_for: Callable[[FaultRule], bool]) -> PlannedFault | None:
        if not self._planned:
            return None
        now = self.clock()
        struck = [each for each in self._planned if is_there_for(each.rule) and each.strikes(now)]
        if not struck:
            return None
        struck[0].answered += 1
        return struck[0]
