"""Load profile: the limiter that a run measured, in words and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE, SOFT_LIMIT
from oneinvoice_conformance.ratelimit.overload_result import OverloadResult

STEP = 2.0  # seconds
_FASTER = 1.5  # times the limit, that a few requests don't show by chance


@dataclass(frozen=True, slots=True)
class LoadStep:
    """Answers that the key got in `STEP` seconds: how many requests were served, and how many refused."""

    served: int
    refused: int


@dataclass(frozen=True, slots=True)
class LoadProfile:
    """Load of one key since the overload began to build up, and the limiter that it shows.

    words: the limiter, as far as it was seen
    steps: what the key got, from the first request that counts on, in steps of `STEP` seconds
    """

    words: str
    steps: tuple[LoadStep, ...] = ()


def load_profile(result: OverloadResult, exchanges: Sequence[Exchange]) -> LoadProfile:
    """Return the profile of a measured overload; `exchanges` are all of its key in the run, in the order of sending."""
    return LoadProfile(_words(result, exchanges), tuple(_steps(exchanges)))


def refused_from_the_start(exchanges: Sequence[Exchange]) -> LoadProfile:
    """Return the profile of a key that was never served."""
    seconds = exchanges[-1].received - exchanges[0].sent
    words = f"none of {len(exchanges)} requests in {_seconds(seconds)} was served: 429 from the first on"
    return LoadProfile(words, tuple(_steps(exchanges)))


def _steps(exchanges: Sequence[Exchange]) -> list[LoadStep]:
    if not exchanges:
        return []
    start = exchanges[0].sent
    served, refused = dict[int, int](), dict[int, int]()
    for exchange in exchanges:
        counts = served if exchange.serves_list else refused
        step = int((exchange.sent - start) / STEP)
        counts[step] = counts.get(step, 0) + 1
    last = max((*served, *refused))
    return [LoadStep(served.get(step, 0), refused.get(step, 0)) for step in range(last + 1)]


def _words(result: OverloadResult, exchanges: Sequence[Exchange]) -> str:
    if not result.refusals:
        return f"no refusal up to {result.most_in_a_minute} requests within a minute"
    at_once = _served_before(exchanges, result.refusals[0])
    words = _of_connections(result, at_once) or _of_rate(result, exchanges, at_once) or _of_minutes(result, at_once)
    if result.uncounted:
        words += f"; {' or '.join(result.uncounted)} not counted"
    return words


def _served_before(exchanges: Sequence[Exchange], refusal: Exchange) -> int:
    """Return how many requests were served in the minute before a refusal."""
    return sum(each.serves_list and refusal.sent - MINUTE <= each.sent <= refusal.sent for each in exchanges)


def _span(exchanges: Sequence[Exchange], refusal: Exchange) -> float:
    """Return the seconds in which those were served."""
    times = [each.sent for each in exchanges if each.serves_list and refusal.sent - MINUTE <= each.sent <= refusal.sent]
    return refusal.sent - times[0] if times else 0.0


def _of_connections(result: OverloadResult, at_once: int) -> str | None:
    """Tell of a limit that other connections don't know."""
    answers = result.overflow.on_new_connections
    served = result.overflow.served
    if not result.overflow.is_by_connection:
        return None
    total, is_open = at_once + served, answers[-1].serves_list
    if is_open:
        more = f"{at_once} on one connection, and {served} more on new ones: more than {total} in a minute"
        return f"{more}, as where workers count for themselves or a refusal begins the count anew"
    each = max(2, round(total / at_once)) if at_once else 2
    return f"about {each} × {round(total / each)}, by connection: {total} in a minute"


def _of_rate(result: OverloadResult, exchanges: Sequence[Exchange], at_once: int) -> str | None:
    """Tell of a limit that serves again before a minute is over."""
    if result.is_one_by_one:
        return f"one by one: {result.most_in_a_minute} in a minute at most, and {result.capacity:.0f} at once"
    at_pace = [each.sent for each in result.overflow.at_pace if each.serves_list]
    seconds = median(later - earlier for earlier, later in pairwise(at_pace)) if len(at_pace) > 1 else MINUTE
    if _FASTER * result.limit * seconds < MINUTE:
        first = f"{at_once} in {_seconds(_span(exchanges, result.refusals[0]))}"
        return f"{first}, and then at least one each {seconds:.1f} s: {MINUTE / seconds:.0f} a minute or more"
    probe = result.silence.served
    if probe is None:
        return None
    since = max(each.received for each in (*result.refusals, *result.overflow.at_pace) if each.sent < probe.sent)
    refused = [each.sent - since for each in result.silence.probes if each.sent < probe.sent]
    seconds = probe.sent - since
    if result.silence.turns:
        window = f"{at_once} in {_seconds(seconds)} or less"
        if result.silence.turns > 1 or result.silence.most_at_once > SOFT_LIMIT * at_once:
            return f"{window}, again and again" + (f", but not in {_seconds(refused[-1])}" if refused else "")
        return f"{at_once} in a fixed window that turned over {_seconds(seconds)} after the refusal, or sooner"
    rate = result.silence.refilled / result.silence.seconds * MINUTE
    if rate < 0.8 * result.limit and not result.second_minute.unexplained:
        return None  # what leaves a window, and no bucket's refill
    if result.second_minute.unexplained and result.second_minute.served < rate:
        rate = result.second_minute.served
    holds = max(1.0, at_once - _span(exchanges, result.refusals[0]) * rate / MINUTE)  # the rest was refilled meanwhile
    return f"about {rate:.0f} a minute, one by one, from a bucket of about {holds:.0f}"


def _of_minutes(result: OverloadResult, at_once: int) -> str:
    """Tell of a limit that serves nothing until a minute is over."""
    second, answers = result.second_minute, result.recovery.answers
    if second.unexplained and second.served < at_once:
        return f"{at_once} at first, and then about {second.served} a minute"
    if result.recovery.is_served:
        again = f", and {second.served} again after it" if second.served else ""
        return f"{at_once} in a minute{again}"
    if answers:
        return f"{at_once}, and none again in {_seconds(answers[-1].sent - result.refusals[-1].received)}"
    return f"{at_once} before the first refusal"


def _seconds(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds >= 1 else "a second"
