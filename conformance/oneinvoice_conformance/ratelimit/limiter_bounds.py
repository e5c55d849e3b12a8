"""Bounds on what a rate limiter may have counted, whatever kind it is of.

Each request has three times: `sent <= counted <= received`. Only the first and the last are known. A bound therefore
takes of the two whichever is worse for its conclusion, and adds a second for clocks that run apart (`WINDOW` is
61 s where a minute is meant). `max_…` is never less than the truth, `min_…` never more. The kinds of limiters that
they hold for, and what verdicts follow from them, stand at the head of `overload.py`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence
from itertools import islice

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.pacer import WINDOW

MINUTE = 60.0
# So many seconds after its answer a request is forgotten, also by a counter that weighs the last window by its overlap.
FORGET_AFTER = MINUTE + WINDOW
_PERHAPS_COUNTED = (400, 404, 416, 422)
SOFT_LIMIT = 1.1  # times the limit, that a soft one may let pass
LAG = 1.0  # seconds, after which nodes that share a count know of each other's requests
FLOOD = 1.5  # times the limit, that a limit on all requests from one address lets pass at least
# Times the limit, that the last window of a sliding counter holds at most where it counts refused requests, too.
_COUNTING_REFUSED = 1.5


class ServedStreak:
    """Requests served in a row within a minute, counted from the first's sending to the last's answer.

    All of them were counted between those two times, so that the deployment did serve as many in one minute, wherever
    that began. They are added in the order of sending. A refusal ends the streak; what was refused as bad input, or
    sent on to a slash, is passed over, since it may count or not. `most` is the greatest length that there was.
    """

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self.most = 0
        self._streak: deque[Exchange] = deque()
        self._last_received = 0.0
        for exchange in exchanges:
            self.add(exchange)

    def add(self, exchange: Exchange) -> None:
        """Lengthen the streak by a served request, or end it."""
        if not exchange.serves_list:
            if exchange.status not in _PERHAPS_COUNTED and not exchange.wants_slash:
                self._streak.clear()
            return
        self._last_received = max(self._last_received, exchange.received)
        self._streak.append(exchange)
        self.most = max(self.most, self.length_at(self._last_received))

    def length_at(self, time: float) -> int:
        """Drop what was sent more than a minute before that time, and return how many are left."""
        while self._streak and time - self._streak[0].sent > MINUTE:
            self._streak.popleft()
        return len(self._streak)


def served_since(exchanges: Iterable[Exchange], time: float) -> int:
    """Return how many requests sent since that time were served."""
    return sum(exchange.serves_list and exchange.sent >= time for exchange in exchanges)


def most_in_a_minute(exchanges: Iterable[Exchange]) -> int:
    """Return how many requests were sent, served and answered within a minute, at most."""
    served = sorted((each for each in exchanges if each.serves_list), key=lambda exchange: exchange.received)
    most = first = 0
    for last, exchange in enumerate(served):
        while served[first].sent < exchange.received - MINUTE and first < last:
            first += 1
        most = max(most, last - first + 1)
    return most


def max_counted(exchanges: Sequence[Exchange], time: float) -> float:
    """Return how many of the requests a limiter may still count at that time, at most.

    In a window of a minute a request counts for one until `counted + 60 <= received + 60`. A sliding counter takes the
    requests of the last fixed window, which began at `begin <= counted`, by its overlap with the minute that ends now:
    each for `(begin + 120 - time) / 60 <= (received + 120 - time) / 60`, and never for more than one. A bucket that
    holds no more than a minute's requests has leaked by now whatever it held a minute ago, so that its level is no
    more than the requests since. All requests are counted, refused or not, which can only be too many.
    """
    ages = (time - exchange.received for exchange in exchanges)
    return sum(1.0 if age <= WINDOW else max(0.0, (FORGET_AFTER - age) / MINUTE) for age in ages)


def bucket_level(exchanges: Sequence[Exchange], time: float, limit: int, holds: float = math.inf) -> float:
    """Return how full the requests have left a bucket at that time that leaks `limit` a minute.

    Each adds one, refused or not, up to what the bucket holds, which is as full as such a bucket can be. Requests are
    taken as counted when they were sent; the true level is higher by no more than what leaks while one is under way.
    """
    level, since = 0.0, 0.0
    for exchange in exchanges:
        level = min(holds, max(0.0, level - (exchange.sent - since) * limit / MINUTE) + 1)
        since = exchange.sent
    return max(0.0, level - (time - since) * limit / MINUTE)


def leaving_window(exchanges: Sequence[Exchange], start: float, end: float) -> int:
    """Return how many requests sent by the start may leave a window of a minute between start and end, at most.

    One leaves at `counted + 60`. That is no later than the end only if `sent <= end - 60`, and no earlier than the
    start only if `received >= start - 60`.
    """
    return sum(
        exchange.sent <= min(start, end - MINUTE) and exchange.received >= start - WINDOW for exchange in exchanges
    )


def max_let_in(exchanges: Sequence[Exchange], start: float, end: float, limit: int) -> float:
    """Return how many requests a limiter that refuses at the start may serve by the end and then refuse again, at most.

    - A sliding log is full at the start: it serves one for each that leaves its window.
    - A bucket has less than one at the start, and gets `(end - start) * limit / 60`.
    - A sliding counter is full at the start, and the overlap of the last window takes away a sixtieth of what that
      window holds each second: `limit` a minute, or half as much again where it counts refused requests, too.
    - A fixed window that turns over meanwhile lets in its whole limit before it refuses again. Who sends less than
      that between two refusals knows that none turned over.
    """
    return 1 + (end - start) * _COUNTING_REFUSED * limit / MINUTE + leaving_window(exchanges, start, end)


def min_bucket_capacity(exchanges: Sequence[Exchange], limit: int, within: float) -> float:
    """Return how many requests at once were served, at least, by what fills `limit` times a minute, or a little faster.

    A bucket that serves `count` requests has held at least `count - seconds * rate` of them when the first came, where
    the seconds go from the first's sending to the last answer. What was served within so many seconds counts as at
    once. A bucket that holds one refuses whatever comes a millisecond too early, so that even distances tell nothing
    of its limit.
    """
    answers = [exchange for exchange in exchanges if exchange.serves_list]
    sent, ends = [each.sent for each in answers], [each.received for each in answers]
    most = 0.0
    for first, begun in enumerate(sent):
        if len(sent) - first <= most:
            break
        received = begun
        for count, end in enumerate(islice(ends, first, None), start=1):
            received = max(received, end)
            if received - begun > within:
                break
            most = max(most, count - (received - begun) * SOFT_LIMIT * limit / MINUTE)
    return most
