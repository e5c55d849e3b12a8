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

What was refused. One limiter has to explain all that was seen. Of each kind, with each phase, it
is asked for every refusal whether the limiter may have been full, and for what was served whether it may have had room,
soft by a tenth:

- a sliding log, which holds the requests of the last minute;
- fixed windows that begin at some second of each minute, or with the first request after the last one ended;
- a sliding counter, which adds to those of its window the ones of the last by its overlap with the last minute;
- a bucket that holds what the key was served at once, which all requests since have filled.

Phases are tried in half seconds, and between any two requests. All requests are counted, or those alone that were
served. Two things explain a refusal for itself: a limit for each second besides, if the last second had as many
requests as any that was served, or more were sent together than ever were served so; and in the first minute of a run
what others sent with the key before. No more of those can count later than the first minute left open. Each request
counts at any time between its sending and its answer, and windows may end a second early or late, whichever explains
more. So nothing is unexplained for want of a second; what is explained may still be wrong.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate, pairwise
from typing import Protocol

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.ratelimit.limiter_bounds import (
    MINUTE,
    SOFT_LIMIT,
    ServedStreak,
    bucket_level,
    max_let_in,
    min_bucket_capacity,
)

_SLACK = 1.0  # seconds by which timers are off
_PHASE_STEP = 0.5  # seconds
_LEAK_ROUNDING = 0.01  # of a request, in the level of a bucket
_ALIKE = 2  # requests, by which equal counts may differ
_TOGETHER = 0.01  # seconds, within which requests are sent together
_RIGHT_AFTER = 4.0  # seconds
_EVEN = 0.9  # of the distance of the limit's pace, that clocks and answers leave of it
_ROUNDING = 1  # request, by which an estimate is off for a phase between two that are tried


def exceeds_every_limiter(exchanges: Sequence[Exchange], limit: int, lag: float = 0.0) -> bool:
    """Tell whether more requests were served than any limiter of the limit would have, soft ones included.

    With a `lag`, the limiter doesn't know of what it has served in the last so many seconds.
    """
    served = [exchange for exchange in exchanges if exchange.serves_list]
    most = math.ceil(SOFT_LIMIT * limit)
    if lag:
        return not (_fits_lagging_bucket(served, limit, lag) or _fits_windows(served, most, lag))
    return not (fits_bucket(served, limit) or _fits_windows(served, most))


def fits_bucket(exchanges: Sequence[Exchange], limit: int) -> bool:
    """Tell whether a bucket that holds the limit, a soft one at most, would have served as many."""
    most = math.ceil(SOFT_LIMIT * limit)
    return min_bucket_capacity(exchanges, limit, within=math.inf) <= most + 1


def uncounted_requests(exchanges: Sequence[Exchange], limit: int) -> list[str]:
    """Return which requests, in words, may not be counted, where two bursts after a silence were served too much.

    If they alone aren't, the others were as many as the limit, or a soft one, in both bursts when the key was refused,
    and the same, whatever their share was; and then the key stayed refused. Nodes that count for themselves serve the
    same in all, or serve on by turns.
    """
    bursts = _bursts(exchanges)
    most = math.ceil(SOFT_LIMIT * limit)
    if fits_bucket(exchanges, limit) or not all(_stays_refused(exchanges, burst, limit) for burst in bursts):
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
    """Return what was served up to the first refusal, with what was sent together, and so after each long silence."""
    bursts, refused, last = [list[Exchange]()], math.inf, -math.inf
    for exchange in exchanges:
        if refused < exchange.sent and exchange.sent - last > MINUTE / 3:
            bursts.append([])
            refused = math.inf
        last = exchange.received
        if exchange.status == 429:
            refused = min(refused, exchange.received)
        elif exchange.serves_list and exchange.sent < refused:
            bursts[-1].append(exchange)
    return [burst for burst in bursts if burst]


def _fits_lagging_bucket(served: Sequence[Exchange], limit: int, lag: float) -> bool:
    most, rate = math.ceil(SOFT_LIMIT * limit), SOFT_LIMIT * limit / MINUTE
    received = list(accumulate((each.received for each in served), max))
    for last, exchange in enumerate(served):
        known = min(last, bisect_right(received, exchange.sent - lag))
        if any(known - first > most + rate * (exchange.received - served[first].sent) for first in range(known)):
            return False
    return True


def _fits_windows(served: Sequence[Exchange], most: int, lag: float = 0.0) -> bool:
    earliest_ends = {0: -math.inf}  # of the last window, by the number of requests up to its end
    for done in range(len(served)):
        if done not in earliest_ends:
            continue
        last_end, first = earliest_ends[done], served[done]
        full_at = max((each.received for each in served[done : done + most]), default=0.0)
        for after in range(done + 1, len(served) + 1):
            if after > done + most and (not lag or served[after - 1].sent > full_at + lag):
                break
            end = max(last_end + MINUTE - _SLACK, served[after - 1].sent)
            latest = first.received + MINUTE + _SLACK
            if after < len(served):
                latest = min(latest, served[after].received)
            if end <= latest:
                earliest_ends[after] = min(end, earliest_ends.get(after, math.inf))
    return len(served) in earliest_ends


def unexplained_refusal(exchanges: Sequence[Exchange], limit: int, journal: Sequence[Exchange] = ()) -> Exchange | None:
    """Return a 429 that no limiter of the limit explains together with all else; None if one does.

    `exchanges` are all of the key in the run, in the order of sending. With the `journal` of all keys, whatever was
    sent sooner after another than the limit's pace has it may be refused for its haste, by a limit on the address.
    """
    served = [each for each in exchanges if each.serves_list]
    hasty = _hasty(journal, limit)
    refusals = [
        each
        for each in exchanges
        if each.status == 429 and each.number not in hasty and not _is_for_itself(each, exchanges, limit)
    ]
    counts = [(each, each) for each in (exchanges, served, [each for each in exchanges if each.status != 429])]
    if journal:
        counts.append((exchanges, served))  # what a limit in front refuses, the one behind it doesn't count
    for counted, surely in counts:
        for limiter in _limiters(exchanges, _Counts(exchanges, counted, surely, limit)):
            if all(map(limiter.may_refuse, refusals)) and all(map(limiter.may_serve, served)):
                return None
    return refusals[-1] if refusals else None


def _hasty(journal: Sequence[Exchange], limit: int) -> set[int]:
    """Return the numbers of what was sent sooner after another than the limit's pace has it."""
    least = _EVEN * MINUTE / limit
    in_order = sorted(journal, key=lambda exchange: exchange.sent)
    return {later.number for earlier, later in pairwise(in_order) if later.sent - earlier.sent < least}


def _is_for_itself(refusal: Exchange, exchanges: Sequence[Exchange], limit: int) -> bool:
    """Tell whether what came before the run, or a limit for each second, explains it whatever else is seen."""
    start = exchanges[0].sent
    if refusal.sent < start + MINUTE and _before_run(exchanges, limit) > math.ceil(SOFT_LIMIT * limit) - limit:
        return True
    in_second = sum(refusal.sent - 1.1 <= each.received and each.sent <= refusal.received for each in exchanges) - 1
    return 0 < in_second >= _most_in_a_second(exchanges) or _is_most_together(refusal, exchanges)


def _is_most_together(refusal: Exchange, exchanges: Sequence[Exchange]) -> bool:
    """Tell whether it was sent together with others, more in all than were ever served so."""
    sent = [each.sent for each in exchanges]
    served = [each.sent for each in exchanges if each.serves_list]
    most = max((_count_together(served, time) for time in served), default=0)
    return _count_together(sent, refusal.sent) > max(1, most)


def _count_together(times: Sequence[float], time: float) -> int:
    return bisect_right(times, time + _TOGETHER) - bisect_left(times, time - _TOGETHER)


class _Limiter(Protocol):
    def may_refuse(self, refusal: Exchange) -> bool: ...

    def may_serve(self, exchange: Exchange) -> bool: ...


def _limiters(exchanges: Sequence[Exchange], counts: _Counts) -> Iterator[_Limiter]:
    """Yield a limiter of each kind, and with each phase."""
    yield _Log(counts)
    yield _Bucket(exchanges, counts)
    phases = _phases(exchanges)
    for phase in phases:
        yield _FixedWindows(counts, _begun_by_clock(phase, exchanges))
    first = exchanges[0].sent
    sent, received = [each.sent for each in exchanges], [each.received for each in exchanges]
    latest = list(accumulate(received, max))
    for phase in sorted({first, *(first - phase for phase in phases)}):
        yield _FixedWindows(counts, _begun_by_requests(phase, sent, received, latest))
    for phase in phases:
        yield _SlidingCounter(counts, phase)


class _Counts:
    """Requests that a limiter counts: all of them, or those that it served; `surely` are those that it does anyway."""

    def __init__(
        self, exchanges: Sequence[Exchange], counted: Sequence[Exchange], surely: Sequence[Exchange], limit: int
    ) -> None:
        self.limit, self.most = limit, math.ceil(SOFT_LIMIT * limit)
        self._sent = [each.sent for each in counted]
        self._received = sorted(each.received for each in counted)
        self._surely_sent = [each.sent for each in surely]
        self._surely_received = sorted(each.received for each in surely)
        self._start = exchanges[0].sent
        self._before_run = _before_run(exchanges, limit)

    def at_most(self, start: float, end: float) -> int:
        """Return how many may have been counted from start to end, with those of others before the run."""
        unseen = self._before_run if start < self._start else 0
        return max(0, bisect_left(self._sent, end) - bisect_left(self._received, start)) + unseen

    def at_least(self, start: float, end: float) -> int:
        """Return how many have been counted from start to end, whenever they were."""
        return max(0, bisect_left(self._surely_received, end) - bisect_left(self._surely_sent, start))


class _Log:
    def __init__(self, counts: _Counts) -> None:
        self._counts = counts

    def may_refuse(self, refusal: Exchange) -> bool:
        return self._counts.at_most(refusal.sent - MINUTE - _SLACK, refusal.received) >= self._counts.limit

    def may_serve(self, exchange: Exchange) -> bool:
        return self._counts.at_least(exchange.received - MINUTE + _SLACK, exchange.sent) < self._counts.most


class _Bucket:
    def __init__(self, exchanges: Sequence[Exchange], counts: _Counts) -> None:
        self._exchanges, self._limit = exchanges, counts.limit
        self._holds = max(1.0, min_bucket_capacity(exchanges, counts.limit, within=math.inf))
        self._is_fit = self._holds <= counts.most + 1
        # Its level is taken as if each were counted when it was sent, and may have leaked so many seconds less.
        answers = [each.seconds for each in exchanges if each.serves_list or each.status == 429]
        self._under_way = 2 * max(answers, default=0.0)

    def may_refuse(self, refusal: Exchange) -> bool:
        before = [each for each in self._exchanges if each.sent <= refusal.received and each is not refusal]
        if not before:
            return True
        time = max(refusal.sent, before[-1].sent) - self._under_way
        level = bucket_level(before, time, self._limit, self._holds)
        return self._is_fit and level + 1 > self._holds + _LEAK_ROUNDING

    def may_serve(self, exchange: Exchange) -> bool:
        return True  # since it holds as much as that takes


class _FixedWindows:
    """Fixed windows that begin at those times, in order; each lasts a minute."""

    def __init__(self, counts: _Counts, begins: Sequence[float]) -> None:
        self._counts, self._begins = counts, begins

    def may_refuse(self, refusal: Exchange) -> bool:
        begins = (self._begin(refusal.sent - _SLACK), self._begin(refusal.received))
        return any(self._counts.at_most(begin - _SLACK, refusal.received) >= self._counts.limit for begin in begins)

    def may_serve(self, exchange: Exchange) -> bool:
        begin = self._begin(exchange.received + _SLACK)
        return self._counts.at_least(begin + _SLACK, exchange.sent) < self._counts.most

    def _begin(self, time: float) -> float:
        return self._begins[max(0, bisect_left(self._begins, time) - 1)]


class _SlidingCounter:
    """Sliding counter whose windows begin at that second of each minute."""

    def __init__(self, counts: _Counts, phase: float) -> None:
        self._counts, self._phase = counts, phase

    def may_refuse(self, refusal: Exchange) -> bool:
        begin, overlap = self._window(refusal.sent)
        if refusal.received > begin + MINUTE:
            return True
        last = self._counts.at_most(begin - MINUTE, begin)
        return last * overlap + self._counts.at_most(begin, refusal.received) + 1 > self._counts.limit - _ROUNDING

    def may_serve(self, exchange: Exchange) -> bool:
        begin, overlap = self._window(exchange.received)
        if exchange.sent < begin:
            return True
        last = self._counts.at_least(begin - MINUTE, begin)
        return last * overlap + self._counts.at_least(begin, exchange.sent) + 1 <= self._counts.most + _ROUNDING

    def _window(self, time: float) -> tuple[float, float]:
        """Return when the window of that time begins, and by how much the last one overlaps the minute before it."""
        begin = self._phase + math.floor((time - self._phase) / MINUTE) * MINUTE
        return begin, 1 - (time - begin) / MINUTE


def _phases(exchanges: Sequence[Exchange]) -> list[float]:
    """Return phases of windows to try: each half second, and between any two requests."""
    steps = [step * _PHASE_STEP for step in range(int(MINUTE / _PHASE_STEP))]
    return steps + [time % MINUTE for each in exchanges for time in (each.sent - 1e-6, each.received + 1e-6)]


def _begun_by_clock(phase: float, exchanges: Sequence[Exchange]) -> list[float]:
    """Return the beginnings of windows at that second of each minute."""
    first, last = (math.floor((each.sent - phase) / MINUTE) for each in (exchanges[0], exchanges[-1]))
    return [phase + number * MINUTE for number in range(first - 1, last + 2)]


def _begun_by_requests(
    begin: float, sent: Sequence[float], received: Sequence[float], latest: Sequence[float]
) -> list[float]:
    """Return the beginnings of windows, each with the first request after the last one ended.

    `latest` is of each request the time of the latest answer to it and those before it, in which to search.
    """
    begins, index = [begin], 0
    while (index := bisect_left(latest, begins[-1] + MINUTE, index)) < len(sent):
        if received[index] >= begins[-1] + MINUTE:
            begins.append(max(sent[index], begins[-1] + MINUTE))
        index += 1
    return begins


def _before_run(exchanges: Sequence[Exchange], limit: int) -> int:
    """Return how many requests others may have sent with the key before the run, that the first minute left open."""
    first_minute = [each for each in exchanges if each.received <= exchanges[0].sent + MINUTE]
    return max(0, math.ceil(SOFT_LIMIT * limit) - ServedStreak(first_minute).most)


def _most_in_a_second(exchanges: Sequence[Exchange]) -> int:
    """Return the most requests that were served within one second."""
    served = [exchange for exchange in exchanges if exchange.serves_list]
    most = first = 0
    for last, exchange in enumerate(served):
        while first < last and exchange.received - served[first].sent > 1:
            first += 1
        most = max(most, last - first + 1)
    return most
