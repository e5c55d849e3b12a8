"""The second minute: what the key is served after a silence, when a first one was used up.

A bucket that was full serves the limit once, and may refill at half of it. So a second minute is used, up to what later
rules leave of it. Where it is refused early, requests at somewhat less than the limit's pace tell a counter that still
weighs the first minute from a limit that is too low.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.burst import Burst, send_burst
from oneinvoice_conformance.ratelimit.explanations import fits_bucket, unexplained_refusal
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import SOFT_LIMIT

_TRIES = 108  # requests, before it stays open what explains the refusals: windows have to turn over meanwhile
_TOGETHER = 9  # requests where the clock is moved by whole seconds, and no pace of single ones can be kept
_LOOK_EVERY = 3  # refusals, for a look at all limiters and phases takes a while
_UNREFUSED = 18  # tries in a row that are served show the limit's pace
_PACE = 0.9  # of the limit, at which no limiter of it refuses when it has forgotten what came before
_RESERVED = 0.2  # of the limit, for what is sent with the key after the rate limit was judged
_RESERVED_FOR_BAD_INPUT = 0.3  # where that has to be sent with the key, too


@dataclass(frozen=True, slots=True)
class SecondMinute:
    """A second minute that was used.

    served: how many requests were served in it at once
    burst: how it ended: with a refusal, if there was one
    unexplained: a refusal that no limiter of the limit explains
    """

    served: int = 0
    burst: Burst = field(default_factory=Burst)
    unexplained: Exchange | None = None


def use_second_minute(key: KeyUnderLoad, *, goes_over: bool) -> SecondMinute:
    """Use a minute after a silence, up to what is granted or over it."""
    first = len(key.journal) - 1  # with the one that showed the recovery
    burst = send_burst(key, None if goes_over else _quota(key))
    return SecondMinute(sum(each.serves_list for each in key.journal[first:]), burst)


def explain_refusal(key: KeyUnderLoad, minute: SecondMinute) -> SecondMinute:
    """See whether a limiter of the limit explains that a second minute was refused early."""
    # What serves more, and is no bucket, is several limiters, or a window that turned over.
    is_one = key.most_served() <= SOFT_LIMIT * key.limit or fits_bucket(key.sent(), key.limit)
    if not minute.burst.refusals or minute.served >= key.limit or key.is_paced or not is_one:
        return minute
    return replace(minute, unexplained=_try_until_unexplained(key))


def _quota(key: KeyUnderLoad) -> int:
    has_sibling = Role.SIBLING in key.client.deployment.keys
    return round(key.limit * (1 - (_RESERVED if has_sibling else _RESERVED_FOR_BAD_INPUT)))


def _try_until_unexplained(key: KeyUnderLoad) -> Exchange | None:
    """Return a refusal that is unexplained; ask somewhat slower than the limit grants.

    What is refused may count too, so that knocking often would keep a counter full; and a limit for each second on the
    address refuses what is sent in haste.
    """
    unrefused, refused, key.pauses = 0, 0, False
    together = 1 if key.waits_exactly else _TOGETHER
    for _ in range(0, _TRIES, together):
        key.wait_until(key.journal[-1].sent + together * key.interval / _PACE, "to see what explains the refusal")
        answers = [key.send()[0] for _ in range(together)]
        is_refused = any(answer.status == 429 for answer in answers)
        unrefused, refused = (0, refused + 1) if is_refused else (unrefused + together, refused)
        if is_refused and refused % _LOOK_EVERY == 1 and (refusal := _unexplained(key)):
            return refusal
        if unrefused >= _UNREFUSED:
            break
    return _unexplained(key) if refused else None


def _unexplained(key: KeyUnderLoad) -> Exchange | None:
    return unexplained_refusal(key.sent(), key.limit, key.journal if key.waits_exactly else ())
