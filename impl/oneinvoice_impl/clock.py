"""Clocks: the one source of the time in an application."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The system's clock. Called, it gives the time in UTC."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds from some moment on, for durations: they never go back, whatever the time is set to."""
        return time.monotonic()


class ManualClock(Clock):
    """Clock that is advanced by hand: the system's time plus an offset, or else a time that stands still."""

    MOST_AHEAD = timedelta(days=3653)
    """Ten years."""

    def __init__(self, start: datetime | None = None) -> None:
        """`start` is the time, in UTC, at which it stands until it is moved; None goes with the system's."""
        self._start = start
        self.ahead = timedelta()
        self._elapsed = timedelta()

    def __call__(self) -> datetime:
        return (self._start or datetime.now(UTC)) + self.ahead

    def monotonic(self) -> float:
        """Return the seconds that passed and that the clock was advanced by; `reset` takes none of them back."""
        return (super().monotonic() if self._start is None else 0.0) + self._elapsed.total_seconds()

    def advance(self, duration: timedelta) -> None:
        """Move on. Raises `ValueError` beyond MOST_AHEAD, and moves nothing."""
        if not timedelta() <= duration <= self.MOST_AHEAD - self.ahead:
            raise ValueError
        self.ahead += duration
        self._elapsed += duration

    def reset(self) -> None:
        """Go back to the system's time, or to the start."""
        self.ahead = timedelta()


SYSTEM_CLOCK = Clock()
