"""Models of limiters by name, correct and broken, and deployments that are nothing but one of them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from tests.conformance.rate.simulation import RATE, Simulated, SimulatedResult, VirtualClock, simulate
from tests.miniatures.limits import (
    CountsForever,
    FixedWindow,
    Global,
    Hurried,
    LeakyBucket,
    Limiter,
    Lockout,
    NeverRecovering,
    PerEndpoint,
    PerOrganisation,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Uncounted,
    Unlimited,
)
from tests.soak import SOAK

RUNS = 60 if SOAK else 4
PROMPT = (0.005, 0.02, 0.06)  # seconds
SLOW = (0.1, 0.3, 0.5, 1.1)
PASSED = dict.fromkeys(RATE, "passed")

# By name: a limiter of that limit in a minute, that begins its windows there, and counts what it refuses or doesn't.
CORRECT: dict[str, Callable[[int, float, bool], Limiter]] = {
    "sliding log": lambda limit, phase, counts: SlidingLog(limit=limit, counts_rejected=counts),
    "sliding counter": lambda limit, phase, counts: SlidingCounter(limit=limit, counts_rejected=counts, phase=phase),
    "fixed window": lambda limit, phase, counts: FixedWindow(limit=limit, counts_rejected=counts, phase=phase),
    "token bucket of 60": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=60),
    "token bucket of 50": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=50),
    "token bucket of 10": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=10),
    "token bucket of 3": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=3),
    "token bucket of 1": lambda limit, phase, counts: TokenBucket(per_minute=limit, burst=1),
    "leaky bucket of 10": lambda limit, phase, counts: LeakyBucket(per_minute=limit, burst=10, counts_rejected=counts),
    "leaky bucket of 5": lambda limit, phase, counts: LeakyBucket(per_minute=limit, burst=5, counts_rejected=counts),
}
UNFORGIVING = "token bucket of 1"  # nothing but even distances to the millisecond passes through it
BROKEN: dict[str, tuple[str, Callable[[float], Limiter]]] = {
    "none": ("RATE-2", lambda phase: Unlimited()),
    "sliding log of 30": ("RATE-1", lambda phase: SlidingLog(limit=30)),
    "sliding log of 59": ("RATE-1", lambda phase: SlidingLog(limit=59)),
    "sliding counter of 30": ("RATE-1", lambda phase: SlidingCounter(limit=30, phase=phase)),
    "fixed window of 30": ("RATE-1", lambda phase: FixedWindow(limit=30, phase=phase)),
    "sliding counter of 50": ("RATE-1", lambda phase: SlidingCounter(limit=50, phase=phase)),
    "bucket of 60 that fills in an hour": ("RATE-1", lambda phase: TokenBucket(per_minute=1, burst=60)),
    "token bucket of 30 a minute": ("RATE-1", lambda phase: TokenBucket(per_minute=30, burst=10)),
    "30 a minute from a bucket of 60": ("RATE-1", lambda phase: TokenBucket(per_minute=30, burst=60)),
    "45 a minute from a bucket of 60": ("RATE-1", lambda phase: TokenBucket(per_minute=45, burst=60)),
    "sliding log of 60 in a second": ("RATE-2", lambda phase: Hurried(SlidingLog(), seconds=1)),
    "sliding log of 60 in 10 s": ("RATE-2", lambda phase: Hurried(SlidingLog(), seconds=10)),
    "sliding log of 60 in 20 s": ("RATE-2", lambda phase: Hurried(SlidingLog(), seconds=20)),
    "fixed window of 60 in a second": ("RATE-2", lambda phase: Hurried(FixedWindow(phase=phase), seconds=1)),
    "fixed window of 60 in 10 s": ("RATE-2", lambda phase: Hurried(FixedWindow(phase=phase), seconds=10)),
    "fixed window of 60 in 20 s": ("RATE-2", lambda phase: Hurried(FixedWindow(phase=phase), seconds=20)),
    "10 a second, one by one": ("RATE-2", lambda phase: TokenBucket(per_minute=600, burst=1)),
    "10 a second from a bucket of 20": ("RATE-2", lambda phase: TokenBucket(per_minute=600, burst=20)),
    "quotes not counted": ("RATE-5", lambda phase: Uncounted("quotes")),
    "invoices not counted": ("RATE-5", lambda phase: Uncounted("invoices")),
    "global sliding log": ("RATE-3", lambda phase: Global(SlidingLog())),
    "global fixed window": ("RATE-3", lambda phase: Global(FixedWindow(phase=phase))),
    "per organisation": ("RATE-3", lambda phase: PerOrganisation(SlidingLog())),
    "per organisation, counter": ("RATE-3", lambda phase: PerOrganisation(SlidingCounter(phase=phase))),
    "per endpoint": ("RATE-5", lambda phase: PerEndpoint(SlidingLog())),
    "per endpoint, fixed": ("RATE-5", lambda phase: PerEndpoint(FixedWindow(phase=phase))),
    "lockout of five minutes": ("RATE-4", lambda phase: Lockout(SlidingLog(), seconds=300)),
    "never recovering": ("RATE-4", lambda phase: NeverRecovering(FixedWindow(phase=phase))),
    "counting forever": ("RATE-4", lambda phase: CountsForever()),
}


def runs(name: str, latencies: tuple[float, ...]) -> Iterator[tuple[random.Random, float]]:
    for latency in latencies:
        for number in range(RUNS):
            yield random.Random(f"{name} {latency} {number}"), latency


def simulated(limiter: Limiter, latency: float, chance: random.Random, refusal: int = 429) -> Simulated:
    return Simulated(
        limiter,
        VirtualClock(chance.uniform(1_000, 2_000)),
        latency,
        jitter=chance.choice([0.0, 0.2, 1.0]),
        refusal=refusal,
        retry_after=chance.choice([None, None, 1, 5]),
        chance=chance,
    )


def judged_correct(name: str, chance: random.Random, latency: float) -> SimulatedResult:
    limiter = CORRECT[name](chance.choice([60, 60, 62, 66]), chance.uniform(0, 60), chance.random() < 0.5)
    return simulate(simulated(limiter, latency, chance), ordinary=chance.choice([3, 42, 60]))
