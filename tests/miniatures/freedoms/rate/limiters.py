"""How a deployment counts the requests of a minute, and how it says that there were too many."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import Run, variant
from tests.miniatures.deployment import Deployment
from tests.miniatures.limits import (
    WINDOW,
    FixedWindow,
    LeakyBucket,
    Limiter,
    SlidingCounter,
    SlidingLog,
    TokenBucket,
)


@variant(shown_by=Run.RATE)
class RateBySlidingLog(Deployment):
    """60 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog()


@variant(shown_by=Run.RATE)
class RateBySlidingLogOfAll(Deployment):
    """60 requests are served in any minute, and those that are refused count too."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(counts_rejected=True)


@variant(shown_by=Run.RATE)
class RateBySlidingCounter(Deployment):
    """60 requests are served in a minute that is estimated from two fixed ones."""

    def new_limiter(self) -> Limiter:
        return SlidingCounter()


@variant(shown_by=Run.RATE)
class RateBySlidingCounterOfAll(Deployment):
    """60 requests are served in a minute that is estimated from two fixed ones, in which refused ones count."""

    def new_limiter(self) -> Limiter:
        return SlidingCounter(counts_rejected=True, phase=35)


@variant(shown_by=Run.RATE)
class RateByFixedMinute(Deployment):
    """60 requests are served in each minute from the first request on."""

    def new_limiter(self) -> Limiter:
        return FixedWindow()


@variant(shown_by=Run.RATE)
class RateByFixedMinuteTurningEarly(Deployment):
    """60 requests are served in each minute, and the first one ends after half a second."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(phase=0.5)


@variant(shown_by=Run.RATE)
class RateByFixedMinuteTurningLate(Deployment):
    """60 requests are served in each minute, and the first one ends after 40 s; refused ones count."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(counts_rejected=True, phase=40)


@variant(shown_by=Run.RATE)
class RateByTokens(Deployment):
    """60 requests are served at once, and then one in each second."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(burst=60)


@variant(shown_by=Run.RATE)
class RateByFewTokens(Deployment):
    """One request is served in each second, and ten more at once."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(burst=10)


@variant(shown_by=Run.RATE)
class RateByLeak(Deployment):
    """60 requests are served at once, and then what leaked out, one in each second; refused ones fill it again."""

    def new_limiter(self) -> Limiter:
        return LeakyBucket(burst=60, counts_rejected=True)


@variant(shown_by=Run.RATE)
class RateBySmallLeak(Deployment):
    """One request is served in each second, and twenty more at once."""

    def new_limiter(self) -> Limiter:
        return LeakyBucket(burst=20)


@variant(shown_by=Run.RATE)
class SoftRateOf66(Deployment):
    """66 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=66)


@variant(shown_by=Run.RATE, undecided=("RATE-2",))
class SoftRateOf120(Deployment):
    """120 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=120)


class _TwoNodes:
    """Two nodes that don't know of each other, with a balancer that throws a coin."""

    def __init__(self) -> None:
        self._nodes = (SlidingLog(), SlidingLog())
        self._coin = random.Random("balancer")

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        return self._coin.choice(self._nodes).admit(key, endpoint, now)


@variant(shown_by=Run.RATE, undecided=("RATE-2",), may_be_undecided=("RATE-3", "RATE-5"))
class RateOfEachNode(Deployment):
    """Two nodes serve 60 requests in any minute each, and a request comes to either."""

    def new_limiter(self) -> Limiter:
        return _TwoNodes()


@variant(shown_by=Run.RATE, may_be_undecided=("RATE-2", "RATE-3", "RATE-5"))
class RateOfEachConnection(Deployment):
    """Two workers serve 60 requests in each minute each, and a connection leads to one of them."""

    def new_limiter(self) -> Limiter:
        self._limiters = [FixedWindow(phase=40), FixedWindow(phase=40)]
        return self._limiters[0]

    def counts(self, request: Request) -> bool:
        self.limiter = self._limiters[int(request.environ["REMOTE_PORT"]) // 2 % 2]
        return super().counts(request)


@variant(shown_by=Run.RATE)
class RetryAfterSeconds(RateBySlidingLog):
    """A 429 says in Retry-After how many seconds to wait."""

    def overloaded(self, resource: str) -> Response:
        return self.error(429, "Wait a minute.", **{"Retry-After": "60"})


@variant(shown_by=Run.RATE)
class RetryAfterDate(RateBySlidingLog):
    """A 429 says in Retry-After when to come again, as a date (RFC 9110)."""

    def overloaded(self, resource: str) -> Response:
        then = datetime.now(UTC) + timedelta(seconds=WINDOW)
        return self.error(429, "Wait a minute.", **{"Retry-After": format_datetime(then, usegmt=True)})


@variant(shown_by=Run.RATE)
class RetryAfterTooShort(RateBySlidingLog):
    """A 429 says in Retry-After to wait one second, which is too little."""

    def overloaded(self, resource: str) -> Response:
        return self.error(429, "Wait a little.", **{"Retry-After": "1"})


@variant(shown_by=Run.RATE)
class RetryAfterNonsense(RateBySlidingLog):
    """A 429 says in Retry-After to wait a minute, in words."""

    def overloaded(self, resource: str) -> Response:
        return self.error(429, "Wait a minute.", **{"Retry-After": "a minute"})


@variant(shown_by=Run.RATE)
class RateRefusedWithPage(RateBySlidingLog):
    """A 429 is an HTML page."""

    def overloaded(self, resource: str) -> Response:
        return Response("<!doctype html><title>429</title><h1>Too many</h1>", 429, content_type="text/html")


@variant(shown_by=Run.RATE)
class RateRefusedWithList(RateBySlidingLog):
    """A 429 has an empty list in it, as an answer would."""

    def overloaded(self, resource: str) -> Response:
        return Response(json.dumps({"items": [], "count": 0}), 429, content_type="application/json")


@variant(shown_by=Run.RATE)
class RateRefusedEmpty(RateBySlidingLog):
    """A 429 has no body, and closes the connection."""

    def overloaded(self, resource: str) -> Response:
        return Response(status=429, headers={"Connection": "close"})


@variant(shown_by=Run.RATE)
class RateTold(RateByFixedMinute):
    """Every answer tells in its headers what is left."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["RateLimit-Policy"] = '"minute";q=60;w=60'
        response.headers["RateLimit"] = '"minute";r=0;t=60' if response.status_code == 429 else '"minute";r=1;t=60'
        return response


@variant(shown_by=Run.RATE)
class DiscoveryCountsOnKey(RateBySlidingLog):
    """Discovery counts on the key that is sent with it, and is refused with it."""

    def discover(self, request: Request) -> Response:
        if "Authorization" in request.headers:
            self.throttle(self.name_of_key(request), "discovery")
        return super().discover(request)


@variant(shown_by=Run.RATE)
class DiscoveryHasRateOfItsOwn(RateBySlidingLog):
    """Discovery is served 60 times in any minute, whoever asks."""

    def discover(self, request: Request) -> Response:
        self.throttle("nobody", "discovery")
        return super().discover(request)


@variant(shown_by=Run.RATE)
class RateBySlidingLogWhereSlow(RateBySlidingLog):
    """60 requests are served in any minute, one after the other, each in a quarter of a second."""

    pause = 0.25


@variant(shown_by=Run.RATE)
class RateBySlidingCounterWhereSlow(RateBySlidingCounter):
    """60 requests are served in a minute estimated from two, one after the other, each in a quarter of a second."""

    pause = 0.25


@variant(shown_by=Run.RATE)
class RateByTokensWhereSlow(RateByTokens):
    """60 requests are served at once, and then one in each second; each takes a quarter of one, one after the other."""

    pause = 0.25
