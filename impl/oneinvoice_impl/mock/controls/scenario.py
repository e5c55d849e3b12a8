"""Scenario: data, clock and faults of a test, which one request brings a mock to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route

from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.mock.controls import replies, request_bodies
from oneinvoice_impl.mock.controls.clock import FIXED_CLOCK, change_in_steps
from oneinvoice_impl.mock.controls.request_bodies import ClockChange
from oneinvoice_impl.mock.controls.routing import Routing
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.faults.plan import MOST_PLANNED, FaultRule
from oneinvoice_impl.mock.state import MockState

if TYPE_CHECKING:
    from oneinvoice_impl.mock.fixtures.fixtures import Fixtures
    from oneinvoice_impl.mock.proposals.proposal import Proposal

# What reads, checks and stores fixtures is imported with the first of them.

_KNOWN = ("fixtures", "clock", "faults")


@dataclass(frozen=True, slots=True)
class _Scenario:
    """State that a mock is brought to after a reset; None is as that leaves it."""

    fixtures: Fixtures | None
    clock: ClockChange | None
    faults: list[FaultRule]


class ScenarioControls:
    """Handler of the request that brings a mock to a scenario."""

    def __init__(self, state: MockState, organisation_ids: tuple[str, str], proposal: Proposal | None = None) -> None:
        """`organisation_ids` are the primary organisation's and the other one's."""
        self._state = state
        self._organisation_ids = organisation_ids
        self._new_fields = frozenset() if proposal is None else proposal.new_fields

    def routes(self, route: Routing) -> list[Route]:
        """Return all of them."""
        return [route("POST", "/scenario", self.play)]

    async def play(self, request: Request) -> Any:
        """Reset, load fixtures in the place of what they name, change the clock and plan faults; all or nothing."""
        from oneinvoice_impl.mock.fixtures.loading import load
        from oneinvoice_impl.mock.fixtures.text import LONGEST
        from oneinvoice_impl.mock.fixtures.webhooks import check_urls

        content = await request_bodies.read_object(request, LONGEST)
        scenario = await asyncio.to_thread(self._read, content)
        state, fixtures = self._state, scenario.fixtures
        if fixtures is None:
            await state.reset()
        else:
            webhooks, at = state.backend.webhooks, SYSTEM_CLOCK()
            await check_urls(fixtures, webhooks.url_policy)
            ids, encryption = self._organisation_ids, webhooks.encryption
            await state.reset(partial(load, organisation_ids=ids, fixtures=fixtures, at=at, encryption=encryption))
        note = ""
        if scenario.clock is not None and state.clock is not None:
            note = await change_in_steps(state.backend.webhooks, state.clock, scenario.clock)
        planned = [state.faults.add(rule) for rule in scenario.faults]
        clock = None if state.clock is None else replies.clock(state.clock, note)
        return {"clock": clock, "faults": [replies.fault(each) for each in planned]}

    def _read(self, content: dict[str, Any]) -> _Scenario:
        """Return the scenario of a body. Raises `InvalidRequest`, `InvalidFixtures`, `InvalidFault` or `Problem`."""
        from oneinvoice_impl.mock.fixtures.fixtures import check_fixtures

        request_bodies.must_be_known(content, _KNOWN)
        told, clock, faults = map(content.get, _KNOWN)
        now, change = SYSTEM_CLOCK(), None
        if clock is not None:
            if self._state.clock is None:
                raise Problem(HTTPStatus.CONFLICT, FIXED_CLOCK)
            request_bodies.must_be_known(_object(clock, "clock"), request_bodies.CLOCK)
            change = request_bodies.clock_change(clock)
            change.target(now)
        if faults is not None and (not isinstance(faults, list) or len(faults) > MOST_PLANNED):
            raise InvalidRequest(f"faults must be a list of at most {MOST_PLANNED}.")
        rules = []
        for each in faults or ():
            request_bodies.must_be_known(_object(each, "a fault"), request_bodies.FAULT)
            rules.append(request_bodies.fault(each, self._state.backend.webhooks.events))
        fixtures = None if told is None else check_fixtures(told, now, new_fields=self._new_fields)
        if fixtures is not None:
            fixtures = fixtures.replacing(fixtures.replace is not False)
        return _Scenario(fixtures, change, rules)


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidRequest(f"{name} must be an object.")
    return value
