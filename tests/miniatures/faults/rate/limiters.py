"""Limits that are too low, missing, shared, forgetful or resentful, and other codes than 429."""

from __future__ import annotations

from collections import defaultdict

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.limits import (
    WINDOW,
    CountsForever,
    FixedWindow,
    Global,
    Hurried,
    LeakyBucket,
    Limiter,
    Lockout,
    NeverRecovering,
    PerOrganisation,
    SlidingLog,
    Stretched,
    TokenBucket,
    Unlimited,
)


@fault("RATE-1")
class RateOf30(Deployment):
    """30 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=30)


@fault("RATE-1")
class RateOf59(Deployment):
    """59 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=59)


@fault("RATE-1")
class RateOf50InFixedMinute(Deployment):
    """50 requests are served in each minute from the first request on."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(limit=50)


@fault("RATE-1")
class TokensOfHalfRate(Deployment):
    """Thirty requests are served at once, and then one every other second."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(per_minute=30, burst=30)


@fault("RATE-1")
class LeakOfHalfRate(Deployment):
    """Ten requests are served at once, and then what leaks out, one every other second."""

    def new_limiter(self) -> Limiter:
        return LeakyBucket(per_minute=30, burst=10)


@fault("RATE-1")
class HalfRateFromFullBucket(Deployment):
    """60 requests are served at once, and then one every other second."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(per_minute=30, burst=60)


@fault("RATE-1")
class ThreeQuartersFromFullBucket(Deployment):
    """60 requests are served at once, and then three in four seconds."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(per_minute=45, burst=60)


@fault("RATE-2")
class RateOf60InASecond(Deployment):
    """60 requests are served in any second."""

    def new_limiter(self) -> Limiter:
        return Hurried(SlidingLog(), seconds=1)


@fault("RATE-2")
class RateOf60In10Seconds(Deployment):
    """60 requests are served in any ten seconds."""

    def new_limiter(self) -> Limiter:
        return Hurried(FixedWindow(), seconds=10)


@fault("RATE-2")
class RateOf60In20Seconds(Deployment):
    """60 requests are served in any 20 seconds."""

    def new_limiter(self) -> Limiter:
        return Hurried(SlidingLog(), seconds=20)


@fault("RATE-2")
class TokensOfTenASecond(Deployment):
    """Twenty requests are served at once, and then ten a second."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(per_minute=600, burst=20)


class _Workers(Deployment):
    """Has workers that count for themselves; a connection leads to one of them."""

    workers = 4

    def new_limiter(self) -> Limiter:
        self._limiters = [self.new_limiter_of_worker() for _ in range(self.workers)]
        return self._limiters[0]

    def new_limiter_of_worker(self) -> Limiter:
        return SlidingLog()

    def counts(self, request: Request) -> bool:
        # The kernel hands connections to workers as it likes: here in turn, by the client's port.
        port = int(request.environ["REMOTE_PORT"])
        self.limiter = self._limiters[port // 2 % self.workers]
        return super().counts(request)


@fault("RATE-2")
class WorkersThatCountForThemselves(_Workers):
    """Each of four workers serves 60 requests in any minute."""


@fault("RATE-2")
class RateUnlimited(Deployment):
    """Everything is served."""

    def new_limiter(self) -> Limiter:
        return Unlimited()


@fault("RATE-2")
class RateOf140(Deployment):
    """140 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=140)


@fault("RATE-2")
class RateOf300(Deployment):
    """300 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=300)


class _Overloaded(Deployment):
    """Limits as it should."""

    def new_limiter(self) -> Limiter:
        return SlidingLog()


@fault("RATE-2")
class OverloadUnavailable(_Overloaded):
    """Overload gets 503, with Retry-After."""

    def overloaded(self, resource: str) -> Response:
        return self.error(503, "Too busy; try again in a minute.", **{"Retry-After": "60"})


@fault("RATE-2")
class OverloadForbidden(_Overloaded):
    """Overload gets 403."""

    def overloaded(self, resource: str) -> Response:
        return self.error(403, "Your quota is exceeded.")


@fault("RATE-2")
class OverloadCrashes(_Overloaded):
    """Overload gets 500."""

    def overloaded(self, resource: str) -> Response:
        return self.error(500, "Something went wrong.")


@fault("RATE-2")
class OverloadBadRequest(_Overloaded):
    """Overload gets 400."""

    def overloaded(self, resource: str) -> Response:
        return self.error(400, "Too many requests.")


@fault("RATE-2")
class OverloadUnauthorized(_Overloaded):
    """Overload gets 401, as a bad key does."""

    def overloaded(self, resource: str) -> Response:
        return self.refuse("overload", resource)


@fault("RATE-2")
class OverloadGoesElsewhere(_Overloaded):
    """Overload gets a redirect to a page that asks for patience."""

    def overloaded(self, resource: str) -> Response:
        return self.error(302, "Over there.", Location="/busy")


@fault("RATE-2")
class OverloadServedWithError(_Overloaded):
    """Overload gets 200 with an error in it."""

    def overloaded(self, resource: str) -> Response:
        return self.render({"error": "too many requests"})


@fault("RATE-2")
class OverloadServedEmpty(_Overloaded):
    """Overload gets 200 with an empty list."""

    def overloaded(self, resource: str) -> Response:
        return self.render({"items": [], "count": 0})


@fault("RATE-2")
class OverloadDropped(_Overloaded):
    """On overload the connection is dropped."""

    def overloaded(self, resource: str) -> Response:
        raise ConnectionResetError("dropped on purpose")


@fault("RATE-3")
class RateOfAllKeys(Deployment):
    """60 requests are served in any minute for all keys together."""

    def new_limiter(self) -> Limiter:
        return Global(SlidingLog())


@fault("RATE-3")
class RateOfOrganisation(Deployment):
    """60 requests are served in any minute for all keys of an organisation together."""

    def new_limiter(self) -> Limiter:
        return PerOrganisation(SlidingLog())


@fault("RATE-3")
class RateOfOrganisationByMinute(Deployment):
    """60 requests are served in each minute for all keys of an organisation together."""

    def new_limiter(self) -> Limiter:
        return PerOrganisation(FixedWindow())


class _Collective:
    """Refuses everybody in some list of keys for as long as one of them is over its limit."""

    def __init__(self, *members: str) -> None:
        self.members = members
        self._logs: defaultdict[str, SlidingLog] = defaultdict(SlidingLog)
        self._refused = -WINDOW

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        if key in self.members and now < self._refused + WINDOW / 2:
            return False
        served = self._logs[key].admit(key, endpoint, now)
        if not served:
            self._refused = now
        return served


@fault("RATE-3")
class OtherKeysRefusedToo(Deployment):
    """For half a minute after a refusal every key is refused, whoever it belongs to."""

    def new_limiter(self) -> Limiter:
        return _Collective("primary", "sibling", "other")


@fault("RATE-3")
class SiblingRefusedToo(Deployment):
    """For half a minute after a refusal every key of the organisation is refused."""

    def new_limiter(self) -> Limiter:
        return _Collective("primary", "sibling")


@fault("RATE-4")
class LocksOutForFiveMinutes(Deployment):
    """A key that was refused once is refused for five minutes."""

    seconds = 300

    def new_limiter(self) -> Limiter:
        return Lockout(SlidingLog(), seconds=self.seconds)


@fault("RATE-4")
class LocksOutForTwoMinutes(Deployment):
    """A key that was refused once is refused for two minutes."""

    def new_limiter(self) -> Limiter:
        return Lockout(FixedWindow(), seconds=120)


@fault("RATE-4")
class LocksOutForEightySeconds(LocksOutForFiveMinutes):
    """A key that was refused once is refused for 80 seconds, a third of a minute too long."""

    seconds = 80


@fault("RATE-4")
class RateOfNinetySeconds(Deployment):
    """60 requests are served in any 90 seconds."""

    def new_limiter(self) -> Limiter:
        return Stretched(SlidingLog(), times=1.5)


@fault("RATE-4")
class LocksOutForGood(Deployment):
    """A key that was refused once is refused for ever."""

    def new_limiter(self) -> Limiter:
        return NeverRecovering(SlidingLog())


@fault("RATE-4")
class CountsForGood(Deployment):
    """60 requests of a key are served, and no more."""

    def new_limiter(self) -> Limiter:
        return CountsForever()


@fault("RATE-4")
class RateOfFiveMinutes(Deployment):
    """60 requests are served in any five minutes."""

    def new_limiter(self) -> Limiter:
        return Stretched(SlidingLog(), times=5)
