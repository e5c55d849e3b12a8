"""Delays of the machine: how late it wakes what sleeps, which everything that is timed here has to allow for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType

_EVERY = 0.02  # seconds


class DelayMeter:
    """Meter of how much later than asked for a thread is woken, for the context. `longest` is in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.longest = 0.0
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._measure, daemon=True)

    def __enter__(self) -> DelayMeter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _measure(self) -> None:
        before = self._clock()
        while not self._ended.wait(_EVERY):
            now = self._clock()
            self.longest = max(self.longest, now - before - _EVERY)
            before = now
