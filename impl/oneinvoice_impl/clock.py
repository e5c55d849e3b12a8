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
    """Clock that is moved by hand: the system's time plus an offset, or a time that stands still."""

    EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 12, 31, tzinfo=UTC)
    """Bounds of what it is moved to: times reckoned from it have four digits for the year, too."""

    def __init__(self, start: datetime | None = None) -> None:
        """`start` is the time, in UTC, at which it stands until it is moved; None goes with the system's."""
        self._start = None if start is None else (start, 0.0)
        self._standing = self._start
        self._ahead = timedelta()
        self._elapsed = 0.0

    @property
    def ahead(self) -> timedelta:
        """Time by which it is ahead of the system's, or of the start."""
        if self._standing is None or self._start is not None:
            return self._ahead
        return self() - super().__call__()

    @property
    def is_frozen(self) -> bool:
        """Tell whether it stands still."""
        return self._standing is not None

    def __call__(self) -> datetime:
        return (datetime.now(UTC) if self._standing is None else self._standing[0]) + self._ahead

    def monotonic(self) -> float:
        """Return the seconds that passed and that the clock was moved on by; nothing takes any of them back."""
        return (super().monotonic() if self._standing is None else self._standing[1]) + self._elapsed

    def advance(self, duration: timedelta) -> None:
        """Move on. Raises `ValueError` for a negative duration or beyond LATEST, and moves nothing."""
        if not timedelta() <= duration <= self.LATEST - self():
            raise ValueError
        self._move(duration)

    def set(self, moment: datetime) -> None:
        """Move to a moment, of before or after. Raises `ValueError` outside of the bounds, and moves nothing."""
        if not self.EARLIEST <= moment <= self.LATEST:
            raise ValueError
        self._move(moment - self())

    def let_pass(self, seconds: float) -> None:
        """Have so many seconds passed for durations, and none for the time: what is counted in a window starts anew."""
        self._elapsed += seconds

    def freeze(self) -> None:
        """Stand still."""
        if self._standing is None:
            self._standing = (super().__call__(), super().monotonic())

    def resume(self) -> None:
        """Go on from where it stands."""
        if self._standing is not None:
            stood_at, elapsed = self._standing
            self._ahead -= super().__call__() - stood_at
            self._elapsed -= super().monotonic() - elapsed
            self._standing = None

    def reset(self) -> None:
        """Go with the system's time again, or stand at the start."""
        self._ahead = timedelta()
        self._standing = self._start

    def _move(self, duration: timedelta) -> None:
        self._ahead += duration
        self._elapsed += max(duration.total_seconds(), 0)


SYSTEM_CLOCK = Clock()
