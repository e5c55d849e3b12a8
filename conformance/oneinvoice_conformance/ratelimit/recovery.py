"""The recovery: what a refused key gets after a minute of silence."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.http.pacer import WINDOW
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import max_counted


@dataclass(frozen=True, slots=True)
class Recovery:
    """A minute of silence, but for a few probes, and what came after it.

    answers: the first one after a minute, and if that was refused, one when any limiter has to serve; if that was, too,
        one after a minute without any request, and if that was served, another after a second overload; none if untried
    """

    answers: tuple[Exchange, ...] = ()

    @property
    def is_served(self) -> bool:
        """Tell whether the key was served again."""
        return bool(self.answers) and self.answers[-1].serves_list


def watch_recovery(key: KeyUnderLoad, refused_at: float) -> Recovery:
    """Ask once a minute after that time; and if that is refused, once more when any limiter has to serve it.

    What was asked meanwhile may have prolonged a refusal: so it is no failure before a minute without any request, and
    if the key is served then, not before the same has been seen of another overload.
    """
    key.wait_until(refused_at + WINDOW, "silence to see whether the key is served again")
    answers = key.send()
    if not answers[0].serves_list:
        key.wait_until(_served_at_last(key), "until no limiter counts what it refused")
        answers += key.send()
    if not answers[-1].serves_list:
        key.stay_silent(WINDOW, "without any request, to see whether the key is served again")
        answers += key.send()
        if answers[-1].serves_list and send_burst(key).refusals:
            key.stay_silent(WINDOW, "without any request, after another overload")
            answers += key.send()
    return Recovery(tuple(answers))


def _served_at_last(key: KeyUnderLoad) -> float:
    """Return the time from which no limiter can count so many of the key's requests that it refuses one more."""
    sent, time = key.sent(), key.now()
    limit = min(key.limit, key.most_served())  # a limit that is too low is RATE-1's
    while max_counted(sent, time) > max(0, limit - 1):
        time += 1
    return time
