"""Limits that are too low, missing, shared, forgetful or resentful, and other codes than 429."""

from __future__ import annotations

from collections import defaultdict

from werkzeug.wrappers import Request, Response

from tests.miniatures.deployment import Deployment
from tests.miniatures.limits import (
    WINDOW,
    CountsForever,
    FixedWindow,
    Global,
    LeakyBucket,
    Limiter,
    Lockout,
    NeverRecovering,
    PerEndpoint,
    PerOrganisation,
    SlidingLog,
    Stretched,
    TokenBucket,
    Unlimited,
)


class RateOf30(Deployment):
    """30 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=30)


class RateOf59(Deployment):
    """59 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=59)


class RateOf50InFixedMinute(Deployment):
    """50 requests are served in each minute from the first request on."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(limit=50)


class TokensOfHalfRate(Deployment):
    """Thirty requests are served at once, and then one every other second."""

    def new_limiter(self) -> Limiter:
        return TokenBucket(per_minute=30, burst=30)


class LeakOfHalfRate(Deployment):
    """Ten requests are served at once, and then what leaks out, one every other second."""

    def new_limiter(self) -> Limiter:
        return LeakyBucket(per_minute=30, burst=10)


class RateUnlimited(Deployment):
    """Everything is served."""

    def new_limiter(self) -> Limiter:
        return Unlimited()


class RateOf140(Deployment):
    """140 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=140)


class RateOf300(Deployment):
    """300 requests are served in any minute."""

    def new_limiter(self) -> Limiter:
        return SlidingLog(limit=300)


class _Overloaded(Deployment):
    """Limits as it should."""

    def new_limiter(self) -> Limiter:
        return SlidingLog()


class OverloadUnavailable(_Overloaded):
    """Overload gets 503, with Retry-After."""

    def overloaded(self, resource: str) -> Response:
        return self.error(503, "Too busy; try again in a minute.", **{"Retry-After": "60"})


class OverloadForbidden(_Overloaded):
    """Overload gets 403."""

    def overloaded(self, resource: str) -> Response:
        return self.error(403, "Your quota is exceeded.")


class OverloadCrashes(_Overloaded):
    """Overload gets 500."""

    def overloaded(self, resource: str) -> Response:
        return self.error(500, "Something went wrong.")


class OverloadBadRequest(_Overloaded):
    """Overload gets 400."""

    def overloaded(self, resource: str) -> Response:
        return self.error(400, "Too many requests.")


class OverloadUnauthorized(_Overloaded):
    """Overload gets 401, as a bad key does."""

    def overloaded(self, resource: str) -> Response:
        return self.refuse("overload", resource)


class OverloadGoesElsewhere(_Overloaded):
    """Overload gets a redirect to a page that asks for patience."""

    def overloaded(self, resource: str) -> Response:
        return self.error(302, "Over there.", Location="/busy")


class OverloadServedWithError(_Overloaded):
    """Overload gets 200 with an error in it."""

    def overloaded(self, resource: str) -> Response:
        return self.render({"error": "too many requests"})


class OverloadServedEmpty(_Overloaded):
    """Overload gets 200 with an empty list."""

    def overloaded(self, resource: str) -> Response:
        return self.render({"items": [], "count": 0})


class OverloadDropped(_Overloaded):
    """On overload the connection is dropped."""

    def overloaded(self, resource: str) -> Response:
        raise ConnectionResetError("dropped on purpose")


class RateOfAllKeys(Deployment):
    """60 requests are served in any minute for all keys together."""

    def new_limiter(self) -> Limiter:
        return Global(SlidingLog())


class RateOfOrganisation(Deployment):
    """60 requests are served in any minute for all keys of an organisation together."""

    def new_limiter(self) -> Limiter:
        return PerOrganisation(SlidingLog())


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


class OtherKeysRefusedToo(Deployment):
    """For half a minute after a refusal every key is refused, whoever it belongs to."""

    def new_limiter(self) -> Limiter:
        return _Collective("primary", "sibling", "other")


class SiblingRefusedToo(Deployment):
    """For half a minute after a refusal every key of the organisation is refused."""

    def new_limiter(self) -> Limiter:
        return _Collective("primary", "sibling")


class LocksOutForFiveMinutes(Deployment):
    """A key that was refused once is refused for five minutes."""

    seconds = 300

    def new_limiter(self) -> Limiter:
        return Lockout(SlidingLog(), seconds=self.seconds)


class LocksOutForTwoMinutes(Deployment):
    """A key that was refused once is refused for two minutes."""

    def new_limiter(self) -> Limiter:
        return Lockout(FixedWindow(), seconds=120)


class LocksOutForSeventyFiveSeconds(LocksOutForFiveMinutes):
    """A key that was refused once is refused for 75 seconds, a quarter of a minute too long."""

    seconds = 75


class RateOfNinetySeconds(Deployment):
    """60 requests are served in any 90 seconds."""

    def new_limiter(self) -> Limiter:
        return Stretched(SlidingLog(), times=1.5)


class LocksOutForGood(Deployment):
    """A key that was refused once is refused for ever."""

    def new_limiter(self) -> Limiter:
        return NeverRecovering(SlidingLog())


class CountsForGood(Deployment):
    """60 requests of a key are served, and no more."""

    def new_limiter(self) -> Limiter:
        return CountsForever()


class RateOfFiveMinutes(Deployment):
    """60 requests are served in any five minutes."""

    def new_limiter(self) -> Limiter:
        return Stretched(SlidingLog(), times=5)


class RateOfEachEndpoint(Deployment):
    """60 requests are served in any minute on each endpoint."""

    def new_limiter(self) -> Limiter:
        return PerEndpoint(SlidingLog())


class _Apart:
    """One endpoint has a limit of its own, or none; the others share theirs."""

    def __init__(self, endpoint: str, own: Limiter) -> None:
        self.endpoint = endpoint
        self.own = own
        self.shared = SlidingLog()

    def admit(self, key: str, endpoint: str, now: float) -> bool:
        limiter = self.own if endpoint == self.endpoint else self.shared
        return limiter.admit(key, endpoint, now)


class MembersCountApart(Deployment):
    """Members have a limit of their own, quotes and invoices share one."""

    def new_limiter(self) -> Limiter:
        return _Apart("members", SlidingLog())


class QuotesCountApart(Deployment):
    """Quotes have a limit of their own, members and invoices share one."""

    def new_limiter(self) -> Limiter:
        return _Apart("quotes", SlidingLog())


class InvoicesCountApart(Deployment):
    """Invoices have a limit of their own, members and quotes share one."""

    def new_limiter(self) -> Limiter:
        return _Apart("invoices", SlidingLog())


class QuotesUnlimited(Deployment):
    """Quotes are always served; members and invoices share a limit."""

    def new_limiter(self) -> Limiter:
        return _Apart("quotes", Unlimited())


class InvoicesUnlimited(Deployment):
    """Invoices are always served; members and quotes share a limit."""

    def new_limiter(self) -> Limiter:
        return _Apart("invoices", Unlimited())


class FiltersUncounted(_Overloaded):
    """Requests with a filter are not counted, and always served."""

    def counts(self, request: Request) -> bool:
        return "status" not in request.args


class OffsetsUncounted(_Overloaded):
    """Requests with an offset are not counted, and always served."""

    def counts(self, request: Request) -> bool:
        return "offset" not in request.args


FAULTS: dict[str, list[type[Deployment]]] = {
    "RATE-1": [RateOf30, RateOf59, RateOf50InFixedMinute, TokensOfHalfRate, LeakOfHalfRate],
    "RATE-2": [
        RateUnlimited,
        RateOf140,
        RateOf300,
        OffsetsUncounted,
        OverloadUnavailable,
        OverloadForbidden,
        OverloadCrashes,
        OverloadBadRequest,
        OverloadUnauthorized,
        OverloadGoesElsewhere,
        OverloadServedWithError,
        OverloadServedEmpty,
        OverloadDropped,
    ],
    "RATE-3": [
        RateOfAllKeys,
        RateOfOrganisation,
        RateOfOrganisationByMinute,
        OtherKeysRefusedToo,
        SiblingRefusedToo,
    ],
    "RATE-4": [
        LocksOutForFiveMinutes,
        LocksOutForTwoMinutes,
        LocksOutForSeventyFiveSeconds,
        LocksOutForGood,
        CountsForGood,
        RateOfFiveMinutes,
        RateOfNinetySeconds,
    ],
    "RATE-5": [
        RateOfEachEndpoint,
        MembersCountApart,
        QuotesCountApart,
        InvoicesCountApart,
        QuotesUnlimited,
        InvoicesUnlimited,
        FiltersUncounted,
    ],
}
