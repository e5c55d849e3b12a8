"""The proof of a limit: whether an early refusal means that fewer requests a minute are served than are granted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import FORGET_AFTER, ServedStreak, max_counted

PAUSE = 3.0  # seconds after which a bucket that fills as it should has something again
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
    refusal_counts: whether a 429 among them is the limiter's, and not one of a bucket that holds too few of those sent
        together, nor one that errors between them have brought about
    """

    answers: tuple[Exchange, ...] = ()
    refusal_counts: bool = False


@dataclass(frozen=True, slots=True)
class LimitProof:
    """The bursts that were repeated, and the even spread, as far as they were needed."""

    bursts: tuple[RepeatedBurst, ...] = ()
    spread: EvenSpread = EvenSpread()


def prove_limit(key: KeyUnderLoad, *, refilled_too_little: bool) -> LimitProof:
    """Find a refusal that no bucket explains, or else what the key is granted if it asks at even distances.

    A fixed window may turn over before the refusal persists, and serve more; then the burst is repeated once more. A
    key that refilled too little within a minute goes without bursts: what it has left says nothing of them.
    """
    bursts: list[RepeatedBurst] = []
    while not refilled_too_little and len(bursts) < _BURSTS:
        bursts.append(burst := repeat_burst(key))
        if burst.persistent_refusal or burst.served == key.limit:
            return LimitProof(tuple(bursts))
        if 2 * burst.served < key.limit:
            break  # two windows of so few don't serve what is spread over a minute either
    needs_spread = refilled_too_little or key.most_served() < key.limit
    return LimitProof(tuple(bursts), spread_over_minute(key) if needs_spread else EvenSpread())


def repeat_burst(key: KeyUnderLoad) -> RepeatedBurst:
    """Overload the key after a silence, and see whether an early refusal persists."""
    key.stay_silent(FORGET_AFTER, "to see whether the limit is served at once")
    first = len(key.journal)
    refusals = send_burst(key).refusals
    exchanges = key.journal[first:]
    most = ServedStreak(exchanges).most
    if refusals and most < key.limit and max_counted(exchanges, refusals[0].sent) <= key.limit:
        key.wait_until(refusals[-1].received + PAUSE, "to see whether the refusal stands")
        again = key.send()[0]
        if again.status == 429 and refusals[0].status == 429:
            return RepeatedBurst(most, again)
    return RepeatedBurst(most)


def spread_over_minute(key: KeyUnderLoad) -> EvenSpread:
    """Send as many as the limit at even distances over a minute, after a silence, as long as they are served.

    What gets another error than 429 is sent once more at once.
    """
    key.stay_silent(FORGET_AFTER, "before requests that are spread over a minute")
    concurrency = min(key.served_concurrency(), max(1, math.ceil(1.5 * key.latency() / key.interval)))
    refusal_counts = key.min_capacity() >= concurrency + 2
    spread = list[Exchange]()
    start = key.now()
    while len(spread) < key.limit:
        count = min(concurrency, key.limit - len(spread))
        key.wait_until(start + len(spread) * key.interval, "sending requests spread over a minute")
        answers = key.send(count)
        refused = [answer for answer in answers if not answer.serves_list]
        if refused and all(answer.status != 429 for answer in refused):
            refusal_counts = False  # sent again, they are more than the limit
            answers = [*(answer for answer in answers if answer.serves_list), *key.send(len(refused))]
        spread += answers
        if not all(each.serves_list for each in answers):
            break
    return EvenSpread(tuple(spread), refusal_counts)
