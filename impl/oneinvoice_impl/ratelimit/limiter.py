"""Choose where requests are counted."""

from __future__ import annotations

import logging
from typing import Protocol

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.standing import WINDOW_SECONDS, Standing
from oneinvoice_impl.ratelimit.windows import SlidingWindows
from oneinvoice_impl.settings import Settings

logger = logging.getLogger(__name__)


class Limiter(Protocol):
    """Counts requests by key, in windows of a minute unless told. It never fails: what it can't find out, it allows."""

    async def hit(self, key_id: str, limit: int) -> Standing:
        """Count a request of a key that may send `limit` in a window; one that is refused is not counted."""

    def close(self) -> None:
        """Count nothing more."""


class InProcessLimiter:
    """Counts in this process."""

    def __init__(self, windows: SlidingWindows) -> None:
        self._windows = windows

    async def hit(self, key_id: str, limit: int) -> Standing:
        return self._windows.hit(key_id, limit)

    def close(self) -> None:
        """Do nothing: there is nothing to close."""


def make_limiter(settings: Settings, clock: Clock) -> Limiter:
    """Return the limiter of an application. Connects to nothing yet. Raises `UnusableSetting` for a bad Redis URL."""
    if settings.redis_url is None and settings.workers > 1:
        logger.warning(
            "rate limit: without ONEINVOICE_REDIS_URL, each of %d workers allows a key its part of the limit.",
            settings.workers,
        )
    return limiter_of(settings, clock, "requests", WINDOW_SECONDS)


def limiter_of(settings: Settings, clock: Clock, counted: str, seconds: int) -> Limiter:
    """Return a limiter of what is `counted`, in windows of so many seconds. Raises as `make_limiter` does."""
    windows = SlidingWindows(clock, share=settings.workers, seconds=seconds)
    if settings.redis_url is None:
        return InProcessLimiter(windows)
    # Imported here: it takes longer than all else that counts requests.
    from oneinvoice_impl.ratelimit.shared import SharedLimiter

    return SharedLimiter(settings.redis_url, windows, counted)
