"""Models of the rate limiters that deployments have, correct and broken, in time that is told to them.

A limiter says of one request whether it is served. Times are seconds on any clock, and never run backwards. Each
account (the name of a key: primary, sibling, other) has its own state, and every window is `WINDOW` seconds long.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict, deque
from typing import Protocol

WINDOW = 60.0


class Limiter(Protocol):
    """Decision on each request; the key is the name of an account, the endpoint that of a resource."""

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        """Tell whether the request that comes in now is served."""
        ...


# Correct ones


class SlidingLog:
    """Sliding-window log: keeps the time of each request that counts, and serves no more than `limit` in any window."""

    def __init__(self, *, limit: int = 60, counts_rejected: bool = False) -> None:
        self.limit = limit
        self.counts_rejected = counts_rejected
        self._times: defaultdict[str, deque[float]] = defaultdict(deque)

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        times = self._times[key]
        while times and times[0] <= now - WINDOW:
            times.popleft()
        served = len(times) < self.limit
        if (served or self.counts_rejected) and self.counts(endpoint):
            times.append(now)
        return served

    def counts(self, endpoint: str) -> bool:
        """Tell whether requests to an endpoint count."""
        return True


class _Windows:
    """Counts requests by key in windows that begin at `phase` and each 60 s from there."""

    def __init__(self, phase: float) -> None:
        self.phase = phase
        self._counts: defaultdict[str, Counter[int]] = defaultdict(Counter)

    def now(self, now: float) -> tuple[int, float]:
        """Return the number of the window, and the seconds that are left of it."""
        number = math.floor((now - self.phase) / WINDOW)
        return number, self.phase + (number + 1) * WINDOW - now

    def count(self, key: str, window: int) -> int:
        return self._counts[key][window]

    def add(self, key: str, window: int) -> None:
        counts = self._counts[key]
        counts[window] += 1
        for old in [number for number in counts if number < window - 1]:
            del counts[old]


class FixedWindow:
    """Fixed-window counter: counts anew from each full minute, so that twice as many may pass about its turn."""

    def __init__(self, *, limit: int = 60, counts_rejected: bool = False, phase: float = 0.0) -> None:
        self.limit = limit
        self.counts_rejected = counts_rejected
        self._windows = _Windows(phase)

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        window, _ = self._windows.now(now)
        served = self._windows.count(key, window) < self.limit
        if served or self.counts_rejected:
            self._windows.add(key, window)
        return served


class SlidingCounter:
    """Sliding-window counter, as Cloudflare has it.

    Counts in fixed windows, and takes the last one by its overlap with the 60 s that end now. What was sent counts
    for up to two minutes, and a client that sends exactly `limit` a minute is refused now and then: 60 s ago is
    estimated, not known.
    """

    def __init__(self, *, limit: int = 60, counts_rejected: bool = False, phase: float = 0.0) -> None:
        self.limit = limit
        self.counts_rejected = counts_rejected
        self._windows = _Windows(phase)

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        window, left = self._windows.now(now)
        estimate = self._windows.count(key, window - 1) * left / WINDOW + self._windows.count(key, window)
        served = estimate + 1 <= self.limit
        if served or self.counts_rejected:
            self._windows.add(key, window)
        return served


class TokenBucket:
    """Token bucket, full at first: each request takes a token, `per_minute` come in evenly, and `burst` are kept."""

    def __init__(self, *, per_minute: float = 60, burst: float = 10) -> None:
        self.per_minute = per_minute
        self.burst = burst
        self._left: dict[str, tuple[float, float]] = {}

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        tokens, since = self._left.get(key, (self.burst, now))
        tokens = min(self.burst, tokens + (now - since) * self.per_minute / WINDOW)
        served = tokens >= 1
        self._left[key] = (tokens - 1 if served else tokens, now)
        return served


class LeakyBucket:
    """Leaky bucket: each request raises the level by one, `per_minute` leak out evenly, and what overflows is refused.

    A refused request that counts fills the bucket to the brim, and no further.
    """

    def __init__(self, *, per_minute: float = 60, burst: float = 10, counts_rejected: bool = False) -> None:
        self.per_minute = per_minute
        self.burst = burst
        self.counts_rejected = counts_rejected
        self._levels: dict[str, tuple[float, float]] = {}

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        level, since = self._levels.get(key, (0.0, now))
        level = max(0.0, level - (now - since) * self.per_minute / WINDOW)
        served = level + 1 <= self.burst
        if served or self.counts_rejected:
            level = min(self.burst, level + 1)
        self._levels[key] = (level, now)
        return served


# Broken ones; so is any of the above with a limit of 30


class Unlimited:
    """Serves everything."""

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return True


class Global:
    """One limit for the keys of everybody together."""

    def __init__(self, inner: Limiter) -> None:
        self.inner = inner

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self.inner.admit("everybody", endpoint, now)


class PerOrganisation:
    """One limit for all keys of an organisation together: the sibling's requests count on the primary key."""

    def __init__(self, inner: Limiter) -> None:
        self.inner = inner

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self.inner.admit("primary" if key == "sibling" else key, endpoint, now)


class PerEndpoint:
    """A limit of its own for each endpoint."""

    def __init__(self, inner: Limiter) -> None:
        self.inner = inner

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self.inner.admit(f"{key} {endpoint}", endpoint, now)


class Lockout:
    """After a refusal, refuses everything on that key for so many seconds; trying meanwhile doesn't prolong it."""

    def __init__(self, inner: Limiter, *, seconds: float = 300) -> None:
        self.inner = inner
        self.seconds = seconds
        self._until: dict[str, float] = {}

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        if now < self._until.get(key, -math.inf):
            return False
        served = self.inner.admit(key, endpoint, now)
        if not served:
            self._until[key] = now + self.seconds
        return served


class NeverRecovering(Lockout):
    """After a refusal, refuses everything on that key for ever."""

    def __init__(self, inner: Limiter) -> None:
        super().__init__(inner, seconds=math.inf)


class Stretched:
    """Takes a minute for so many: windows are longer, and refills slower, by this factor."""

    def __init__(self, inner: Limiter, *, times: float) -> None:
        self.inner = inner
        self.times = times

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self.inner.admit(key, endpoint, now / self.times)


class CountsForever:
    """Serves `limit` requests on a key, and then none: what it has counted never expires."""

    def __init__(self, *, limit: int = 60) -> None:
        self.limit = limit
        self._served: Counter[str] = Counter()

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        served = self._served[key] < self.limit
        self._served[key] += served
        return served


class Hurried(Stretched):
    """Takes a part of a minute for a whole one: windows are so many seconds long, and refills as much faster."""

    def __init__(self, inner: Limiter, *, seconds: float) -> None:
        super().__init__(inner, times=seconds / WINDOW)


class Uncounted(SlidingLog):
    """Refuses all requests to a key that has sent too many, of which those to one endpoint aren't counted."""

    def __init__(self, endpoint: str, *, limit: int = 60) -> None:
        super().__init__(limit=limit)
        self.endpoint = endpoint

    def counts(self, endpoint: str) -> bool:
        return endpoint != self.endpoint


class Free:
    """Serves all requests to one endpoint and counts none of them, and leaves the rest to a limiter."""

    def __init__(self, inner: Limiter, endpoint: str) -> None:
        self._inner, self._endpoint = inner, endpoint

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return endpoint == self._endpoint or self._inner.admit(key, endpoint, now)


class RefusesAll:
    """Serves nothing, ever."""

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return False
