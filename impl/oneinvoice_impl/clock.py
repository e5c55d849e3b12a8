"""The time: whatever asks for it in an application asks one of these."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The system's. Called, it gives the time in UTC."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds from some moment on, for durations: they never go back, whatever the time is set to."""
        return time.monotonic()


class MovableClock(Clock):
    """The system's, and as far ahead of it as it was moved."""

    MOST_AHEAD = timedelta(days=3653)
    """Ten years."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        self._elapsed = timedelta()

    def __call__(self) -> datetime:
        return super().__call__() + self.ahead

    def monotonic(self) -> float:
        """Seconds that passed and that the clock was advanced by; `reset` takes none of them back."""
        return super().monotonic() + self._elapsed.total_seconds()

    def advance(self, duration: timedelta) -> None:
        """Move on. Raises `ValueError` beyond MOST_AHEAD, and moves nothing."""
        if not timedelta() <= duration <= self.MOST_AHEAD - self.ahead:
            raise ValueError
        self.ahead += duration
        self._elapsed += duration

    def reset(self) -> None:
        """Back to the system's time."""
        self.ahead = timedelta()


SYSTEM_CLOCK = Clock()
