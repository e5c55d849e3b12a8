"""How a deployment counts the requests of a minute, and how it says that there were too many."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from werkzeug.wrappers import Request, Response

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


class RateBySlidingLog(Deployment):
    """60 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog()


class RateBySlidingLogOfAll(Deployment):
    """60 requests are served in any minute, and those that are refused count too."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(counts_rejected=True)


class RateBySlidingCounter(Deployment):
    """60 requests are served in a minute that is estimated from two fixed ones."""

    def new_limiter(self) -> Limiter:
        return SlidingCounter()


class RateBySlidingCounterOfAll(Deployment):
    """60 requests are served in a minute that is estimated from two fixed ones, in which refused ones count."""

    def new_limiter(self) -> Limiter:
        return SlidingCounter(counts_rejected=True, phase=35)


class RateByFixedMinute(Deployment):
    """60 requests are served in each minute from the first request on."""

    def new_limiter(self) -> Limiter:
        return FixedWindow()


class RateByFixedMinuteTurningEarly(Deployment):
    """60 requests are served in each minute, and the first one ends after half a second."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(phase=0.5)


class RateByFixedMinuteTurningLate(Deployment):
    """60 requests are served in each minute, and the first one ends after 40 s; refused ones count."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(counts_rejected=True, phase=40)


class RateByTokens(Deployment):
    """60 requests are served at once, and then one in each second."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(burst=60)


class RateByFewTokens(Deployment):
    """One request is served in each second, and ten more at once."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(burst=10)


class RateByLeak(Deployment):
    """60 requests are served at once, and then what leaked out, one in each second; refused ones fill it again."""

    def new_limiter(self) -> Limiter:
        return LeakyBucket(burst=60, counts_rejected=True)


class RateBySmallLeak(Deployment):
    """One request is served in each second, and twenty more at once."""

    def new_limiter(self) -> Limiter:
        return LeakyBucket(burst=20)


class SoftRateOf66(Deployment):
    """66 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=66)


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


class RateOfEachNode(Deployment):
    """Two nodes serve 60 requests in any minute each, and a request comes to either."""

    def new_limiter(self) -> Limiter:
        return _TwoNodes()


class RetryAfterSeconds(RateBySlidingLog):
    """A 429 says in Retry-After how many seconds to wait."""

    def overloaded(self, resource: str) -> Response:
        return self.error(429, "Wait a minute.", **{"Retry-After": "60"})


class RetryAfterDate(RateBySlidingLog):
    """A 429 says in Retry-After when to come again, as a date (RFC 9110)."""

    def overloaded(self, resource: str) -> Response:
        then = datetime.now(UTC) + timedelta(seconds=WINDOW)
        return self.error(429, "Wait a minute.", **{"Retry-After": format_datetime(then, usegmt=True)})


class RetryAfterTooShort(RateBySlidingLog):
    """A 429 says in Retry-After to wait one second, which is too little."""

    def overloaded(self, resource: str) -> Response:
        return self.error(429, "Wait a little.", **{"Retry-After": "1"})


class RetryAfterNonsense(RateBySlidingLog):
    """A 429 says in Retry-After to wait a minute, in words."""

    def overloaded(self, resource: str) -> Response:
        return self.error(429, "Wait a minute.", **{"Retry-After": "a minute"})


class RateRefusedWithPage(RateBySlidingLog):
    """A 429 is an HTML page."""

    def overloaded(self, resource: str) -> Response:
        return Response("<!doctype html><title>429</title><h1>Too many</h1>", 429, content_type="text/html")


class RateRefusedWithList(RateBySlidingLog):
    """A 429 has an empty list in it, as an answer would."""

    def overloaded(self, resource: str) -> Response:
        return Response(json.dumps({"items": [], "count": 0}), 429, content_type="application/json")


class RateRefusedEmpty(RateBySlidingLog):
    """A 429 has no body, and closes the connection."""

    def overloaded(self, resource: str) -> Response:
        return Response(status=429, headers={"Connection": "close"})


class RateTold(RateByFixedMinute):
    """Every answer tells in its headers what is left."""

    def finish(self, request: Request, response: Response) -> Response:
        response.headers["RateLimit-Policy"] = '"minute";q=60;w=60'
        response.headers["RateLimit"] = '"minute";r=0;t=60' if response.status_code == 429 else '"minute";r=1;t=60'
        return response


class DiscoveryCountsOnKey(RateBySlidingLog):
    """Discovery counts on the key that is sent with it, and is refused with it."""

    def discover(self, request: Request) -> Response:
        if "Authorization" in request.headers:
            self.throttle(self.name_of_key(request), "discovery")
        return super().discover(request)


class DiscoveryHasRateOfItsOwn(RateBySlidingLog):
    """Discovery is served 60 times in any minute, whoever asks."""

    def discover(self, request: Request) -> Response:
        self.throttle("nobody", "discovery")
        return super().discover(request)


FREE: list[type[Deployment]] = [
    RateBySlidingLog,
    RateBySlidingLogOfAll,
    RateBySlidingCounter,
    RateBySlidingCounterOfAll,
    RateByFixedMinute,
    RateByFixedMinuteTurningEarly,
    RateByFixedMinuteTurningLate,
    RateByTokens,
    RateByFewTokens,
    RateByLeak,
    RateBySmallLeak,
    SoftRateOf66,
    SoftRateOf120,
    RateOfEachNode,
    RetryAfterSeconds,
    RetryAfterDate,
    RetryAfterTooShort,
    RetryAfterNonsense,
    RateRefusedWithPage,
    RateRefusedWithList,
    RateRefusedEmpty,
    RateTold,
    DiscoveryCountsOnKey,
    DiscoveryHasRateOfItsOwn,
]
