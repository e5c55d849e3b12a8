"""What a rate limiter may have counted, whatever kind it is of.

Nobody outside knows at what time between sending and receiving a deployment counts a request, nor how: by sliding
logs or counters, in fixed windows of any phase, in token or leaky buckets; with or without the requests that it
refuses. The bounds here hold for each of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.pacer import WINDOW

MINUTE = 60.0
# A counter that weighs the last window by its overlap has forgotten a request after so many seconds.
FORGOTTEN = MINUTE + WINDOW
_BAD_INPUT = (400, 404, 416, 422)
_SOFT = 1.1  # times the limit, that a soft one may let pass
_FAST = 1.5  # times the limit, at which a counter may go down that counts refused requests too


def served(exchange: Exchange) -> bool:
    """Return whether the answer is a list with 200."""
    return exchange.serves_list


class InARow:
    """The requests that were served in a row, from the first's sending to the last's answer within a minute.

    They are added in the order of sending; what was refused as bad input, or sent on to a slash, is passed over. `most`
    is the greatest number that there was.
    """

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self.most = 0
        self._row: deque[Exchange] = deque()
        self._last = 0.0
        for exchange in exchanges:
            self.add(exchange)

    def add(self, exchange: Exchange) -> None:
        if not served(exchange):
            if exchange.status not in _BAD_INPUT and not exchange.wants_slash:
                self._row.clear()
            return
        self._last = max(self._last, exchange.received)
        self._row.append(exchange)
        self.most = max(self.most, self.at(self._last))

    def at(self, time: float) -> int:
        """How many of them were sent in the minute before that time."""
        while self._row and time - self._row[0].sent > MINUTE:
            self._row.popleft()
        return len(self._row)


def may_count(exchanges: Sequence[Exchange], time: float) -> float:
    """How many of the requests a limiter may still count at that time, at most."""
    ages = (time - exchange.received for exchange in exchanges)
    return sum(1.0 if age <= WINDOW else max(0.0, (FORGOTTEN - age) / MINUTE) for age in ages)


def level(exchanges: Sequence[Exchange], time: float, limit: int) -> float:
    """How full the requests have left a bucket at that time that leaks `limit` a minute."""
    full, since = 0.0, 0.0
    for exchange in exchanges:
        full = max(0.0, full - (exchange.sent - since) * limit / MINUTE) + 1
        since = exchange.sent
    return max(0.0, full - (time - since) * limit / MINUTE)


def expire(exchanges: Sequence[Exchange], start: float, end: float) -> int:
    """How many requests may leave a window of a minute in that time."""
    return sum(
        exchange.sent <= min(start, end - MINUTE) and exchange.received >= start - WINDOW for exchange in exchanges
    )


def may_return(exchanges: Sequence[Exchange], start: float, end: float, limit: int) -> float:
    """How many requests a limiter that refuses at the start may serve by the end, and refuse again after them.

    A fixed window that turns over meanwhile is no such limiter unless it gets all that it lets through, its limit.
    """
    return 1 + (end - start) * _FAST * limit / MINUTE + expire(exchanges, start, end)


def holds(exchanges: Sequence[Exchange], limit: int, within: float) -> float:
    """How many requests at once were served, at least, by what fills `limit` times a minute, or a little faster.

    What was served within so many seconds counts as at once. A bucket that holds one refuses whatever comes a
    millisecond too early, so that even distances tell nothing of its limit.
    """
    done = [exchange for exchange in exchanges if served(exchange)]
    most = 0.0
    for first, exchange in enumerate(done):
        received = exchange.received
        for count, later in enumerate(done[first : first + limit], start=1):
            received = max(received, later.received)
            if received - exchange.sent > within:
                break
            most = max(most, count - (received - exchange.sent) * _SOFT * limit / MINUTE)
    return most
