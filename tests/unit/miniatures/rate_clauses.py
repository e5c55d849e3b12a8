"""What the documentation says of rate limits, held against a deployment whose clock stands still until it is moved on.

Each clause begins after ten minutes of silence, and gives the account of every key one of its own.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.miniatures import Deployment
from tests.unit.miniatures.reader import Answer, in_process

ENDPOINTS = ("/members", "/quotes", "/invoices")
# As the documentation shows them.
FILTERED = ("/members?status=active", "/quotes?status=accepted", "/invoices?status=paid")
PAGE = "/members?limit=1&offset=1"
LIMIT = 60
# What the register lets a soft limit go to.
OVERLOAD = 133
# A minute, and what it takes to forget one refusal where the last minute is estimated and refusals count.
SILENCE = 65.0  # seconds


class Minutes:
    """A deployment in time that passes only here; `get` asks anew each time."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment = deployment
        deployment.clock = lambda: 0.0

    def get(self, endpoint: str = "/members", key: str = "primary") -> Answer | None:
        """The answer, or nothing where the connection was dropped."""
        try:
            return in_process(self.deployment).get(endpoint, key)
        except ConnectionResetError:
            return None

    def burst(self, size: int = OVERLOAD, endpoint: str = "/members", key: str = "primary") -> list[Answer | None]:
        return [self.get(endpoint, key) for _ in range(size)]

    def serves(self, endpoint: str = "/members", key: str = "primary") -> bool:
        answer = self.get(endpoint, key)
        return answer is not None and answer.status == 200 and bool(answer.marks)


def broken_rules(deployment: Deployment) -> set[str]:
    """The ids of the rules that this deployment breaks."""
    minutes = Minutes(deployment)
    broken = set()
    for rule, keeps in CLAUSES.items():
        deployment.advance(600)
        if not keeps(minutes):
            broken.add(rule)
    return broken


def serves_60(minutes: Minutes) -> bool:
    """At once, or spread evenly over a minute."""
    if all(minutes.serves() for _ in range(LIMIT)):
        return True
    minutes.deployment.advance(600)
    return all(_serves_after(minutes, 1.0) for _ in range(LIMIT))


def _serves_after(minutes: Minutes, seconds: float) -> bool:
    minutes.deployment.advance(seconds)
    return minutes.serves()


def overload_gets_429(minutes: Minutes) -> bool:
    return all(map(_are_refused, (minutes.burst(), minutes.burst(endpoint=PAGE))))


def _are_refused(answers: list[Answer | None]) -> bool:
    """Whether some are, and with 429 alone."""
    refusals = [answer for answer in answers if answer is None or answer.status != 200 or not answer.marks]
    return bool(refusals) and all(answer is not None and answer.status == 429 for answer in refusals)


def keys_are_apart(minutes: Minutes) -> bool:
    """Whichever key is over the limit, the others are served."""
    for throttled, others in [("sibling", ("other", "primary")), ("other", ("sibling",))]:
        minutes.deployment.advance(600)
        minutes.burst(key=throttled)
        if not all(minutes.serves(key=other) for other in others):
            return False
    return True


def recovers(minutes: Minutes) -> bool:
    """After the first refusal, that is."""
    for _ in range(OVERLOAD):
        if not minutes.serves():
            break
    return _serves_after(minutes, SILENCE)


def counts_together(minutes: Minutes) -> bool:
    """Whichever endpoint is overloaded, none is served until time has passed."""
    for overloaded in ENDPOINTS:
        minutes.deployment.advance(600)
        minutes.burst(endpoint=overloaded)
        if any(minutes.serves(endpoint) for endpoint in (*ENDPOINTS, *FILTERED)):
            return False
    return True


CLAUSES: dict[str, Callable[[Minutes], bool]] = {
    "RATE-1": serves_60,
    "RATE-2": overload_gets_429,
    "RATE-3": keys_are_apart,
    "RATE-4": recovers,
    "RATE-5": counts_together,
}
