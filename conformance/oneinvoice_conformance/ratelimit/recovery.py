"""The recovery: what a refused key gets after a minute of silence."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.pacer import WINDOW
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import max_counted

_PROBES = 4  # requests after the first that is served again, and
_REFILL = float(_PROBES)  # the seconds before them


@dataclass(frozen=True, slots=True)
class Recovery:
    """A silence, and what came after it.

    answers: the first one after a minute, and if that was refused, one when any limiter has to serve; none if untried
    refilled_too_little: whether the key was served again, but not even as often as any refill within a minute allows
    """

    answers: tuple[Exchange, ...] = ()
    refilled_too_little: bool = False

    @property
    def is_served(self) -> bool:
        """Tell whether the key was served again."""
        return any(each.serves_list for each in self.answers)


def watch_recovery(key: KeyUnderLoad) -> Recovery:
    """Ask once after a minute of silence; and if that is refused, once more when any limiter has to serve it."""
    key.stay_silent(WINDOW, "to see whether the key is served again")
    answers = key.send()
    if not answers[0].serves_list:
        key.wait_until(_served_at_last(key), "until no limiter counts what it refused")
        return Recovery((*answers, *key.send()))
    if key.is_paced:
        return Recovery(tuple(answers))
    # Whatever refills in a minute has these; a bucket that was full once may take an hour.
    key.wait_until(key.now() + _REFILL, "to see whether it is served on")
    return Recovery(tuple(answers), refilled_too_little=not all(each.serves_list for each in key.send(_PROBES)))


def _served_at_last(key: KeyUnderLoad) -> float:
    """Return the time from which no limiter can count so many of the key's requests that it refuses one more."""
    sent, time = key.sent(), key.now()
    limit = min(key.limit, key.most_served())  # a limit that is too low is RATE-1's
    while max_counted(sent, time) > max(0, limit - 1):
        time += 1
    return time
