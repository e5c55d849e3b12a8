"""The recovery: what a refused key gets after a minute of silence, and on which endpoints it is served again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.pacer import WINDOW
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import ServedStreak, max_counted

_APART = 2.0  # seconds between two requests: each limiter that serves the one has room for the next
_ROUNDS = 3  # in which an endpoint is refused between two requests that are served


@dataclass(frozen=True, slots=True)
class Recovery:
    """A minute of silence, but for a few probes, and what came after it.

    answers: the first one after a minute, and if that was refused, one when any limiter has to serve; if that was, too,
        one after a minute without any request, and if that was served, another after a second overload; none if untried
    left_behind: refusals of another endpoint, or form of a request, that goes on to be refused while the key is served,
        and the last of what was served between them; none if all are served again
    """

    answers: tuple[Exchange, ...] = ()
    left_behind: tuple[Exchange, ...] = ()

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
        limit = min(key.limit, key.most_served())  # a limit that is too low is RATE-1's
        key.wait_until(_served_at_last(key.sent(), key.now(), limit), "until no limiter counts what it refused")
        answers += key.send()
    if not answers[-1].serves_list:
        key.stay_silent(WINDOW, "without any request, to see whether the key is served again")
        answers += key.send()
        if answers[-1].serves_list and send_burst(key).refusals:
            key.stay_silent(WINDOW, "without any request, after another overload")
            answers += key.send()
    return Recovery(tuple(answers))


def find_left_behind(key: KeyUnderLoad, refused_at: float) -> tuple[Exchange, ...]:
    """Return refusals of what was served before that time, and stays refused while the key is served again.

    Each form of a request that fills a minute counts, and only what was not served since. It may have a limit of its
    own, which is another requirement's: so it is left alone until none would count what it was sent.
    """
    for request in dict.fromkeys(key.mix):
        asked = [each for each in key.sent() if each.request == request]
        if request == key.request or not any(each.serves_list and each.sent < refused_at for each in asked):
            continue
        if any(each.serves_list and each.sent >= refused_at for each in asked):
            continue
        if refusals := _refusals_beside(key, request, refused_at):
            return refusals
    return ()


def _refusals_beside(key: KeyUnderLoad, request: Request, refused_at: float) -> tuple[Exchange, ...]:
    """Return the refusals of a request between others that are served to the key; none if it is, or those are not."""
    _wait_apart(key)
    first = key.send(1, request)[0]
    if first.serves_list:
        return ()
    asked = [each for each in key.sent() if each.request.endpoint == request.endpoint]
    # What was asked meanwhile may have prolonged the refusal: one has to come after a minute without any.
    was_silent = any(
        later.sent >= refused_at and later.sent - earlier.received >= WINDOW for earlier, later in pairwise(asked)
    )
    if not was_silent:
        key.wait_until(first.received + WINDOW, f"to see whether {request.endpoint} are served again")
    limit = min(key.limit, ServedStreak(asked).most)
    key.wait_until(_served_at_last(asked, key.now(), limit), f"to see whether {request.endpoint} are served again")
    answers = [*_ask_apart(key, key.request)]
    for _ in range(_ROUNDS):
        answers += [*_ask_apart(key, request), *_ask_apart(key, key.request)]
        if answers[-2].serves_list or not answers[-1].serves_list:
            return ()
    return tuple(answers) if answers[0].serves_list else ()


def _ask_apart(key: KeyUnderLoad, request: Request) -> Sequence[Exchange]:
    _wait_apart(key)
    return key.send(1, request)


def _wait_apart(key: KeyUnderLoad) -> None:
    key.wait_until(key.journal[-1].received + _APART, "between the endpoints")


def _served_at_last(exchanges: Sequence[Exchange], time: float, limit: int) -> float:
    """Return the time from which no limiter can count so many of these requests that it refuses one more."""
    while max_counted(exchanges, time) > max(0, limit - 1):
        time += 1
    return time
