"""Sliding windows in this process: for each key the times of its requests in the last minute, or hour.

`limits` has windows in memory too; they look at the windows of all keys on each hit.
"""

from __future__ import annotations

from collections import OrderedDict, deque

from oneinvoice_impl.clock import Clock
from oneinvoice_impl.ratelimit.standing import WINDOW_SECONDS, Standing, standing

MOST_KEYS = 10_000


class SlidingWindows:
    """Sliding windows of many keys. Used from one thread.

    Of more than `most_keys` keys, the one that was silent for longest is forgotten.
    """

    def __init__(self, clock: Clock, share: int = 1, most_keys: int = MOST_KEYS, seconds: int = WINDOW_SECONDS) -> None:
        """A key may send its limit ÷ `share` here, at least 1: where so many processes have windows of their own.

        `seconds` is the length of a window.
        """
        self.seconds = seconds
        self._clock = clock
        self._share = share
        self._most_keys = most_keys
        self._logs: OrderedDict[str, deque[float]] = OrderedDict()

    def hit(self, key_id: str, limit: int) -> Standing:
        """Count a request, unless it is over the limit: who is refused is not set back by it."""
        now = self._clock.monotonic()
        log = self._log(key_id)
        while log and log[0] + self.seconds <= now:
            log.popleft()
        allowed = max(limit // self._share, 1)
        if len(log) >= allowed:
            # Where the limit was lowered, the log may hold more than it allows.
            return standing(False, limit, 0, log[-allowed] + self.seconds - now, self.seconds)
        log.append(now)
        return standing(True, limit, allowed - len(log), log[0] + self.seconds - now, self.seconds)

    def _log(self, key_id: str) -> deque[float]:
        log = self._logs.get(key_id)
        if log is not None:
            self._logs.move_to_end(key_id)
            return log
        if len(self._logs) >= self._most_keys:
            self._logs.popitem(last=False)
        log = self._logs[key_id] = deque()
        return log
