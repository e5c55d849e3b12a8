"""Rate limits: "Soft limit: 60 requests/minute per key. On overload you get 429 Too Many Requests."."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from werkzeug.wrappers import Request, Response

from tests.conformance.trust import lying
from tests.conformance.trust.lying import ANYWHERE, Corner, Lie, Lying
from tests.miniatures import Run
from tests.miniatures.deployment import RESOURCES, Abort
from tests.miniatures.limits import (
    CountsForever,
    FixedWindow,
    Global,
    Hurried,
    Limiter,
    Lockout,
    PerEndpoint,
    PerOrganisation,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
    Uncounted,
    Unlimited,
)

LIMIT = "Soft limit: 60 requests/minute per key."
OVERLOAD = "On overload you get 429 Too Many Requests."


class Limited(Lying):
    """Has a limiter that isn't the documented one, or refuses with something else."""

    make_limiter: Callable[[], Limiter] = SlidingLog
    code = 429

    def new_limiter(self) -> Limiter:
        return type(self).make_limiter()

    def overloaded(self, resource: str) -> Response:
        honest = super().overloaded(resource)
        if self.code == 429 or not self.lies():
            return honest
        self.lies_told += 1
        if self.code == 200:
            return self.render({"error": "Too many requests"})
        return self.error(self.code, "That was too much.")


class FreeOfCharge(Limited):
    """Doesn't limit what is in its corner."""

    def counts(self, request: Request) -> bool:
        if self.lies():
            self.lies_told += 1
            return False
        return super().counts(request)


class LockedOut(Limited):
    """Doesn't serve an endpoint, or a key, any more once there was a refusal."""

    def __init__(self) -> None:
        super().__init__()
        self._locked = False

    def throttle(self, key: str, resource: str) -> None:
        if self._locked and self.lies():
            self.lies_told += 1
            raise Abort(super().overloaded(resource))
        super().throttle(key, resource)

    def overloaded(self, resource: str) -> Response:
        self._locked = True
        return super().overloaded(resource)


_TOO_FEW: dict[str, Callable[[int], Limiter]] = {
    "a sliding log": lambda limit: SlidingLog(limit=limit),
    "a sliding log in which refused ones count": lambda limit: SlidingLog(limit=limit, counts_rejected=True),
    "a fixed window": lambda limit: FixedWindow(limit=limit, phase=17),
    "a sliding counter": lambda limit: SlidingCounter(limit=limit, phase=40),
    "a bucket": lambda limit: TokenBucket(per_minute=limit, burst=10),
}


def _lie(clause: str, does: str, base: type[Lying], **attributes: object) -> Lie:
    return Lie(("RATE",), clause, does, base, dict(attributes), Run.RATE)


def too_few(chance: Random) -> Lie:
    name, limit = chance.choice([*_TOO_FEW]), chance.choice([10, 20, 30, 40, 45, 50])
    does = f"{limit} requests are served in a minute, by {name}."
    return _lie(LIMIT, does, Limited, make_limiter=lambda: _TOO_FEW[name](limit))


def too_many(chance: Random) -> Lie:
    limiters: dict[str, Callable[[], Limiter]] = {
        "There is no limit": Unlimited,
        "60 requests are served in a second": lambda: Hurried(SlidingLog(), seconds=1),
        "60 requests are served in 10 s": lambda: Hurried(FixedWindow(), seconds=10),
        "60 requests are served in 20 s": lambda: Hurried(SlidingLog(), seconds=20),
        "200 requests are served in a minute": lambda: SlidingLog(limit=200),
        "300 requests are served in a minute": lambda: FixedWindow(limit=300),
        "10 requests are served in a second": lambda: TokenBucket(per_minute=600, burst=10),
    }
    name = chance.choice([*limiters])
    return _lie(LIMIT, f"{name}.", Limited, make_limiter=limiters[name])


def other_code(chance: Random) -> Lie:
    code, resource = (
        chance.choice([503, 503, 403, 400, 401, 404, 500, 420, 200, 509]),
        chance.choice([None, *RESOURCES]),
    )
    corner = chance.choice([ANYWHERE, ANYWHERE, lying.PLAIN if resource else ANYWHERE])
    does = f"Overload gets {code} for {resource or 'all lists'} {corner.words}."
    return _lie(OVERLOAD, does, Limited, code=code, resource=resource, corner=corner)


def not_per_key(chance: Random) -> Lie:
    limiters: dict[str, Callable[[], Limiter]] = {
        "all keys together": lambda: Global(SlidingLog()),
        "all keys together by a fixed window": lambda: Global(FixedWindow(phase=11)),
        "all keys of an organisation": lambda: PerOrganisation(SlidingLog()),
        "all keys of an organisation by a bucket": lambda: PerOrganisation(TokenBucket(burst=20)),
        "each endpoint": lambda: PerEndpoint(SlidingLog()),
        "each endpoint by a fixed window": lambda: PerEndpoint(FixedWindow(phase=23)),
    }
    name = chance.choice([*limiters])
    return _lie(LIMIT, f"There is one limit for {name}.", Limited, make_limiter=limiters[name])


def uncounted(chance: Random) -> Lie:
    resource = chance.choice(RESOURCES)
    if chance.random() < 0.5:
        return _lie(
            LIMIT, f"Requests for {resource} aren't counted.", Limited, make_limiter=lambda: Uncounted(resource)
        )
    corner: Corner = chance.choice([ANYWHERE, lying.UNFILTERED])
    does = f"{resource.capitalize()} {corner.words} are neither counted nor refused."
    return _lie(LIMIT, does, FreeOfCharge, resource=resource, corner=corner)


def never_again(chance: Random) -> Lie:
    limiters: dict[str, Callable[[], Limiter]] = {
        "for five minutes": lambda: Lockout(SlidingLog(), seconds=300),
        "for ten minutes": lambda: Lockout(FixedWindow(phase=8), seconds=600),
        "for ever": lambda: Lockout(TokenBucket(burst=30), seconds=1e9),
        "for ever, by a count that never ends": CountsForever,
    }
    name = chance.choice([*limiters])
    return _lie(LIMIT, f"A key that was refused is {name}.", Limited, make_limiter=limiters[name])


def locked(chance: Random) -> Lie:
    resource = chance.choice([None, *RESOURCES])
    does = f"After one refusal {resource or 'all lists'} are refused for ever, with every key."
    return _lie(LIMIT, does, LockedOut, resource=resource)


DRAWN = (too_few, too_few, too_many, other_code, other_code, not_per_key, uncounted, never_again, locked)
