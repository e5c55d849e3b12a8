"""Scenarios: what happens to a client in one trial, and for which requirements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import Trial
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

Play = Callable[[Stage], None]
Fit = Callable[[Trial, Data], Data]


def as_fitted(control: Trial, data: Data) -> Data:
    """Return the data that fits the client."""
    return data


@dataclass(frozen=True, slots=True)
class Scenario:
    """Scenario by its name. `title` says in a sentence what happens, `requirements` which it shows something of.

    `needs` are the means without which it can't be played, `seconds` what it takes beside the client's own run. `data`
    chooses the records by the control and what fits the client.
    """

    name: str
    title: str
    requirements: tuple[str, ...]
    needs: frozenset[Means]
    play: Play
    seconds: float = 1.0
    data: Fit = as_fitted

    @property
    def has_receiver(self) -> bool:
        """Tell whether the client's receiver takes part, so that it is played alone with it."""
        return Means.HOOK in self.needs


SCENARIOS: dict[str, Scenario] = {}
"""Scenarios by name, in the order in which they are played."""


def scenario(
    name: str,
    title: str,
    *requirements: str,
    needs: tuple[Means, ...] = (Means.RUN,),
    seconds: float = 1.0,
    data: Fit = as_fitted,
) -> Callable[[Play], Play]:
    """Register a function as a scenario; `requirements` are ids without the area, such as `PACE-1`."""

    def register(play: Play) -> Play:
        assert name not in SCENARIOS
        SCENARIOS[name] = Scenario(name, title, requirements, frozenset(needs), play, seconds, data)
        return play

    return register
