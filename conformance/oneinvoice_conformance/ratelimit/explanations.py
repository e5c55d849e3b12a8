"""Explanations: whether any limiter that grants the limit could have served, or refused, what was seen.

The question. `limiter_bounds` has inequalities for one moment; here all that was seen is held against each kind of
limiter at once, with its phase and its size left open. A verdict rests on what no kind explains, whatever its phase.

What was served. A limiter of `limit` a minute, soft by a tenth, serves in any time no more than

- as a window: `most = ceil(1.1 * limit)` in each of its windows. Windows of a minute may begin at full minutes, or with
  the first request after the last one ended, so that there may be gaps between them. Requests in the order of sending
  are therefore cut into groups of at most `most`, such that a minute fits round each group and no two minutes overlap.
  Of the cuts after `j` requests only the one counts that leaves the last window to end first, since any later group
  that fits after a later end fits after an earlier one too. Sliding logs and counters serve no more than that.
- as a bucket: `most + 1.1 * limit * seconds / 60` in any stretch of so many seconds.

What was refused. A refusal is explained

- by a log or a fixed window that `limit` requests of the last minute fill;
- by a sliding counter of some phase, if those of its window, and of the last one by its overlap with the minute that
  ends now, are as many. The phase has to be the same for all refusals, and the counter must not be fuller, by a tenth,
  when it serves. Phases are tried in half seconds, and between any two requests;
- by a bucket that holds what the key was served at once, where all requests since have filled it;
- by a limit for each second besides, if the last second had as many requests as any that was served.

All requests are counted, or those alone that were served, but the same for all refusals.
Requests before the run, by others with the same key, may count too: no more than what the first minute left open. Each
request counts at any time between its sending and its answer, and windows may end a second early or late, whichever
explains more. So nothing is unexplained for want of a second; what is explained may still be wrong.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE, SOFT_LIMIT, ServedStreak, bucket_level, max_let_in

_SLACK = 1.0  # seconds by which timers are off
_PHASE_STEP = 0.5  # seconds
_LEAK_ROUNDING = 0.01  # of a request, in the level of a bucket
_ALIKE = 2  # requests, by which equal counts may differ
_RIGHT_AFTER = 4.0  # seconds
_ROUNDING = 1  # request, by which an estimate is off for a phase between two that are tried


def exceeds_every_limiter(exchanges: Sequence[Exchange], limit: int) -> bool:
    """Tell whether more requests were served than any limiter of the limit would have, soft ones included."""
    served = [exchange for exchange in exchanges if exchange.serves_list]
    most = math.ceil(SOFT_LIMIT * limit)
    return not (_fits_bucket(served, most) or _fits_windows(served, most))


def uncounted_requests(exchanges: Sequence[Exchange], limit: int) -> list[str]:
    """Return which requests, in words, may not be counted, where two bursts after a silence were served too much.

    If they alone aren't, the others were as many as the limit, or a soft one, in both bursts when the key was refused,
    and the same, whatever their share was; and then the key stayed refused. Nodes that count for themselves serve the
    same in all, or serve on by turns.
    """
    bursts = _bursts(exchanges)
    most = math.ceil(SOFT_LIMIT * limit)
    if not all(_stays_refused(exchanges, burst, limit) for burst in bursts):
        return []
    kinds: dict[str, Callable[[Request], bool]] = {
        **{endpoint: partial(_is_of, endpoint) for endpoint in ENDPOINTS},
        "requests with a query": lambda request: not request.is_plain,
        "requests without a query": lambda request: request.is_plain,
    }
    return [
        kind
        for kind, belongs in kinds.items()
        if _are_alike(counts := [sum(not belongs(each.request) for each in burst) for burst in bursts])
        and all(limit <= count <= most for count in counts)
        and not _are_alike([len(burst) for burst in bursts])
    ]


def _are_alike(counts: Sequence[int]) -> bool:
    return max(counts) - min(counts) <= _ALIKE


def _stays_refused(exchanges: Sequence[Exchange], burst: Sequence[Exchange], limit: int) -> bool:
    """Tell whether no more was served right after a burst than a limiter lets in that is used up by it."""
    end = burst[-1].received
    after = [each for each in exchanges if end <= each.sent < end + _RIGHT_AFTER]
    served = sum(each.serves_list for each in after)
    return bool(after) and served <= max_let_in(exchanges, end, after[-1].received, limit)


def _is_of(endpoint: str, request: Request) -> bool:
    return request.endpoint == endpoint


def _bursts(exchanges: Sequence[Exchange]) -> list[list[Exchange]]:
    """Return what was served up to the first refusal, and then after each silence of half a minute."""
    bursts, is_refused, last = [list[Exchange]()], False, -math.inf
    for exchange in exchanges:
        if is_refused and exchange.sent - last > MINUTE / 2:
            bursts.append([])
            is_refused = False
        last = exchange.received
        is_refused |= not exchange.serves_list
        if not is_refused:
            bursts[-1].append(exchange)
    return [burst for burst in bursts if burst]


def _fits_bucket(served: Sequence[Exchange], most: int) -> bool:
    rate = most / MINUTE
    for first, exchange in enumerate(served):
        received = exchange.received
        for count, later in enumerate(served[first:], start=1):
            received = max(received, later.received)
            if count > most + 1 + rate * (received - exchange.sent):
                return False
    return True


def _fits_windows(served: Sequence[Exchange], most: int) -> bool:
    earliest_ends = {0: -math.inf}  # of the last window, by the number of requests up to its end
    for done in range(len(served)):
        if done not in earliest_ends:
            continue
        last_end, first = earliest_ends[done], served[done]
        for after in range(done + 1, min(done + most, len(served)) + 1):
            end = max(last_end + MINUTE - _SLACK, served[after - 1].sent)
            latest = first.received + MINUTE + _SLACK
            if after < len(served):
                latest = min(latest, served[after].received)
            if end <= latest:
                earliest_ends[after] = min(end, earliest_ends.get(after, math.inf))
    return len(served) in earliest_ends


def unexplained_refusal(exchanges: Sequence[Exchange], limit: int, capacity: float) -> Exchange | None:
    """Return a 429 that no limiter of the limit explains together with all else; None if one does.

    `exchanges` are all of the key in the run, in the order of sending, and `capacity` is what it was served at once.
    """
    doubtful: Exchange | None = None
    phases = _phases(exchanges)
    for counted in (exchanges, [exchange for exchange in exchanges if exchange.serves_list]):
        history = _History(exchanges, counted, limit)
        refusals = [each for each in exchanges if each.status == 429 and not history.explains(each, capacity)]
        served = [each for each in exchanges if each.serves_list]
        if not refusals:
            return None
        for phase in phases:
            if all(history.may_refuse(each, phase) for each in refusals) and all(
                history.may_serve(each, phase) for each in served
            ):
                return None
        doubtful = refusals[-1]
    return doubtful


class _History:
    """The requests that a limiter counts: all of them, or those that it served."""

    def __init__(self, exchanges: Sequence[Exchange], counted: Sequence[Exchange], limit: int) -> None:
        self._limit, self._most = limit, math.ceil(SOFT_LIMIT * limit)
        self._exchanges = exchanges
        self._sent = [each.sent for each in counted]
        self._received = sorted(each.received for each in counted)
        self._start = exchanges[0].sent
        first_minute = [each for each in exchanges if each.received <= self._start + MINUTE]
        self._before_run = max(0, self._most - ServedStreak(first_minute).most)
        self._most_in_a_second = _most_in_a_second(exchanges)

    def explains(self, refusal: Exchange, capacity: float) -> bool:
        """Tell whether a log, a window, a bucket, a limit for each second, or what came before the run explains it."""
        time = refusal.sent
        if time < self._start + MINUTE and self._before_run > self._most - self._limit:
            return True
        begin, end = time - MINUTE - _SLACK, refusal.received
        if self._most_counted(begin, end) + self._unseen(begin) >= self._limit:
            return True
        before = [each for each in self._exchanges if each.sent <= refusal.received and each is not refusal]
        if (
            before
            and bucket_level(before, max(time, before[-1].sent), self._limit) + 1 > max(1.0, capacity) + _LEAK_ROUNDING
        ):
            return True
        in_second = sum(each.received >= time - 1.1 for each in before)
        return 0 < in_second >= self._most_in_a_second

    def may_refuse(self, refusal: Exchange, phase: float) -> bool:
        """Tell whether a sliding counter whose windows begin at that second of each minute may have refused it."""
        time = refusal.sent
        begin, overlap = _window(time, phase)
        if refusal.received > begin + MINUTE:
            return True
        last = self._most_counted(begin - MINUTE, begin) + self._unseen(begin - MINUTE)
        return last * overlap + self._most_counted(begin, refusal.received) + 1 > self._limit - _ROUNDING

    def may_serve(self, exchange: Exchange, phase: float) -> bool:
        """Tell whether such a counter, soft at most, may have served it."""
        begin, overlap = _window(exchange.received, phase)
        if exchange.sent < begin:
            return True
        last = self._least_counted(begin - MINUTE, begin)
        return last * overlap + self._least_counted(begin, exchange.sent) + 1 <= self._most + _ROUNDING

    def _most_counted(self, start: float, end: float) -> int:
        return max(0, bisect_left(self._sent, end) - bisect_left(self._received, start))

    def _least_counted(self, start: float, end: float) -> int:
        return max(0, bisect_left(self._received, end) - bisect_left(self._sent, start))

    def _unseen(self, start: float) -> int:
        """Return how many requests of others may count that were sent before the run began, but not before `start`."""
        return self._before_run if start < self._start else 0


def _phases(exchanges: Sequence[Exchange]) -> list[float]:
    """Return phases of windows to try: each half second, and between any two requests."""
    steps = [step * _PHASE_STEP for step in range(int(MINUTE / _PHASE_STEP))]
    return steps + [time % MINUTE for each in exchanges for time in (each.sent - 1e-6, each.received + 1e-6)]


def _window(time: float, phase: float) -> tuple[float, float]:
    """Return when the window of that time begins, and by how much the last one overlaps the minute that ends then."""
    begin = phase + math.floor((time - phase) / MINUTE) * MINUTE
    return begin, 1 - (time - begin) / MINUTE


def _most_in_a_second(exchanges: Sequence[Exchange]) -> int:
    """Return the most requests that were served within one second."""
    served = [exchange for exchange in exchanges if exchange.serves_list]
    most = first = 0
    for last, exchange in enumerate(served):
        while first < last and exchange.received - served[first].sent > 1:
            first += 1
        most = max(most, last - first + 1)
    return most
