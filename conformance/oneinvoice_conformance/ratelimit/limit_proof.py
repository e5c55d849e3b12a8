"""The proof of a limit: whether an early refusal means that fewer requests a minute are served than are granted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.pacer import WINDOW
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.explanations import unexplained_refusal
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import FORGET_AFTER, ServedStreak, max_counted

PAUSE = 6.0  # seconds after which a bucket that fills as it should has something again
REFILL = 10  # times the seconds in which the limit grants one request, in which a small bucket fills
_GENTLE = 12  # requests for a bucket that holds one,
_SLOWER = 1.25  # times the distance of the limit's
_BURSTS = 2  # after silences: a fixed window that turns over in the first doesn't in the second


@dataclass(frozen=True, slots=True)
class RepeatedBurst:
    """A burst after a silence in which every limiter forgets.

    served: how many requests in a row were served in it
    persistent_refusal: a 429 after fewer requests than the limit, that came again after a pause: no bucket does that
    """

    served: int
    persistent_refusal: Exchange | None = None


@dataclass(frozen=True, slots=True)
class EvenSpread:
    """Requests at even distances over a minute, after a silence.

    answers: those of up to `limit` requests, the last of them may be refusals
    due: how many were to be sent
    refusal_counts: whether a 429 among them is the limiter's, and not one of a bucket that holds too few of those sent
        together, nor one that errors between them have brought about
    is_gentle: whether they were fewer and slower than the limit, for a bucket that holds one
    """

    answers: tuple[Exchange, ...] = ()
    due: int = 0
    refusal_counts: bool = False
    is_gentle: bool = False


@dataclass(frozen=True, slots=True)
class LimitProof:
    """The bursts that were repeated, and the even spread, as far as they were needed."""

    bursts: tuple[RepeatedBurst, ...] = ()
    spread: EvenSpread = EvenSpread()


def prove_limit(key: KeyUnderLoad, *, one_by_one: bool) -> LimitProof:
    """Find a refusal that no bucket explains, or else what the key is granted if it asks at even distances.

    A fixed window may turn over before the refusal persists, and serve more; then the burst is repeated once more. A
    key that is granted requests `one_by_one` goes without bursts.
    """
    bursts: list[RepeatedBurst] = []
    while not one_by_one and len(bursts) < _BURSTS:
        bursts.append(burst := repeat_burst(key))
        if burst.persistent_refusal or burst.served == key.limit:
            return LimitProof(tuple(bursts))
        if 2 * burst.served < key.limit:
            break  # two windows of so few don't serve what is spread over a minute either
    if key.most_served() >= key.limit:
        return LimitProof(tuple(bursts))
    if one_by_one:
        spread = spread_one_by_one(key)
        if spread.is_gentle or spread.refusal_counts or all(each.serves_list for each in spread.answers):
            return LimitProof(tuple(bursts), spread)
    return LimitProof(tuple(bursts), spread_over_minute(key))


def repeat_burst(key: KeyUnderLoad) -> RepeatedBurst:
    """Overload the key after a silence, and see whether an early refusal persists."""
    key.stay_silent(FORGET_AFTER, "to see whether the limit is served at once")
    first = len(key.journal)
    refusals = send_burst(key).refusals
    exchanges = key.journal[first:]
    most = ServedStreak(exchanges).most
    if refusals and most < key.limit and max_counted(exchanges, refusals[0].sent) <= key.limit:
        key.wait_until(refusals[-1].received + PAUSE, "to see whether the refusal stands")
        again = key.send(request=refusals[0].request)[0]
        if again.status == 429 and refusals[0].status == 429:
            return RepeatedBurst(most, again)
    return RepeatedBurst(most)


def spread_over_minute(key: KeyUnderLoad) -> EvenSpread:
    """Send as many as the limit at even distances over a minute, after a silence in which every limiter forgets."""
    concurrency = _concurrency(key)
    refusal_counts = key.min_capacity() >= concurrency + 2
    key.stay_silent(FORGET_AFTER, "before requests that are spread over a minute")
    answers, without_errors = _spread(key, key.limit, key.interval, concurrency)
    return EvenSpread(answers, key.limit, refusal_counts and without_errors)


def spread_one_by_one(key: KeyUnderLoad) -> EvenSpread:
    """Send at even distances with a key that is granted requests one by one, and see whether a refusal is explained.

    Its bucket fills within some seconds. Where it holds one, to which even distances are never even enough, a few
    slower requests tell whether it fills as it should, after a minute in which all else is forgotten.
    """
    concurrency = _concurrency(key)
    is_gentle = key.min_capacity() < concurrency + 1
    silence = WINDOW if is_gentle and key.has_time(WINDOW + _GENTLE * _SLOWER * key.interval) else REFILL * key.interval
    key.stay_silent(silence, "before requests that are spread over a minute")
    due, interval = (_GENTLE, _SLOWER * key.interval) if is_gentle else (key.limit, key.interval)
    answers, without_errors = _spread(key, due, interval, concurrency)
    refusal = unexplained_refusal(key.sent(), key.limit, key.journal)
    return EvenSpread(answers, due, without_errors and refusal is not None, is_gentle)


def _concurrency(key: KeyUnderLoad) -> int:
    return min(key.served_concurrency(), max(1, math.ceil(1.5 * key.latency() / key.interval)))


def _spread(key: KeyUnderLoad, due: int, interval: float, concurrency: int) -> tuple[tuple[Exchange, ...], bool]:
    """Send so many requests at that distance as long as they are served; return the answers, and whether none erred.

    What gets another error than 429 is sent once more at once, which makes them more than the limit.
    """
    spread, without_errors = list[Exchange](), True
    start = key.now()
    while len(spread) < due:
        count = min(concurrency, due - len(spread))
        key.wait_until(start + len(spread) * interval, "sending requests spread over a minute")
        answers = key.send_mixed(count)
        refused = [answer for answer in answers if not answer.serves_list]
        if refused and all(answer.status != 429 for answer in refused):
            without_errors = False
            answers = [*(answer for answer in answers if answer.serves_list), *key.send(len(refused))]
        spread += answers
        if not all(each.serves_list for each in answers):
            break
    return tuple(spread), without_errors
