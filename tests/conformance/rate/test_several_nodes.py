"""Nodes and workers: what each counts for itself, or learns of the others late."""

from __future__ import annotations

import random

import pytest

from tests.conformance.rate.models import PROMPT, RUNS, runs, simulated
from tests.conformance.rate.simulation import Simulated, VirtualClock, Workers, simulate
from tests.miniatures.limits import FixedWindow, SlidingLog


class _Nodes:
    """Nodes that don't know of each other, with a balancer that throws dice."""

    def __init__(self, count: int, limit: int, chance: random.Random) -> None:
        self._nodes = [SlidingLog(limit=limit) for _ in range(count)]
        self._chance = chance

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self._chance.choice(self._nodes).admit(key, endpoint, now)


@pytest.mark.parametrize(("count", "limit"), [(2, 60), (3, 40), (2, 45)])
def test_nodes_that_count_for_themselves_fail_nothing(count: int, limit: int) -> None:
    for number in range(10 * RUNS):
        chance = random.Random(f"{count} nodes {number}")
        judged = simulate(simulated(_Nodes(count, limit, chance), chance.choice(PROMPT), chance), ordinary=30)
        assert "failed" not in judged.outcomes().values(), judged


@pytest.mark.parametrize("count", [2, 4])
@pytest.mark.parametrize("window", ["log", "fixed"])
def test_workers_that_count_for_themselves_are_found_over_new_connections(count: int, window: str) -> None:
    """Two of them serve no more than a window that turns over; all new connections lead to one of them now and then."""
    passed = 0
    for chance, latency in runs(f"{count} workers {window}", PROMPT):
        phase = chance.uniform(0, 60)
        workers = [SlidingLog() if window == "log" else FixedWindow(phase=phase) for _ in range(count)]
        deployment = Workers(
            workers[0], VirtualClock(chance.uniform(1_000, 2_000)), latency, chance=chance, workers=workers
        )
        judged = simulate(deployment, ordinary=30)
        failed = {id for id, outcome in judged.outcomes().items() if outcome == "failed"}
        if deployment.most_in_a_minute() > 2 * 66:
            assert failed == {"RATE-2"}, judged
            continue
        assert failed == set(), judged
        assert count == 2, judged
        passed += judged.outcomes()["RATE-2"] == "passed"
    assert passed <= RUNS * len(PROMPT) // 4


class _Lagging:
    """Nodes that share a count of fixed windows or of a log, and know of each other's requests some time later."""

    def __init__(self, count: int, lag: float, phase: float | None, chance: random.Random) -> None:
        self._count, self._lag, self._phase, self._chance = count, lag, phase, chance
        self._served: dict[str, list[tuple[float, int]]] = {}

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        served, node = self._served.setdefault(key, []), self._chance.randrange(self._count)
        begin = now - 60 if self._phase is None else now - (now - self._phase) % 60
        known = sum(time >= begin and (where == node or time <= now - self._lag) for time, where in served)
        if admitted := known < 60:
            served.append((now, node))
        return admitted


@pytest.mark.parametrize("lag", [0.2, 0.5, 1.0])
@pytest.mark.parametrize("window", ["log", "fixed", "fixed that turns over in the burst"])
def test_nodes_that_share_a_count_with_a_lag_fail_nothing(lag: float, window: str) -> None:
    for number in range(2 * RUNS):
        chance = random.Random(f"{window} {lag} {number}")
        turn = chance.uniform(0, 2 if window.endswith("burst") else 60)
        limiter = _Lagging(chance.choice([2, 3, 4]), lag, None if window == "log" else 1_000 + turn, chance)
        clock, latency = VirtualClock(1_000), chance.choice([0.002, *PROMPT])
        judged = simulate(Simulated(limiter, clock, latency, chance=chance), ordinary=chance.choice([3, 30, 42]))
        assert "failed" not in judged.outcomes().values(), judged
