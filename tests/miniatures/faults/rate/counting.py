"""Endpoints and queries that are not counted, or apart."""

from __future__ import annotations

from werkzeug.wrappers import Request

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.faults.rate.limiters import _Overloaded
from tests.miniatures.limits import (
    Limiter,
    PerEndpoint,
    SlidingLog,
    Uncounted,
    Unlimited,
)


@fault("RATE-5")
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


@fault("RATE-5")
class MembersCountApart(Deployment):
    """Members have a limit of their own, quotes and invoices share one."""

    def new_limiter(self) -> Limiter:
        return _Apart("members", SlidingLog())


@fault("RATE-5")
class QuotesCountApart(Deployment):
    """Quotes have a limit of their own, members and invoices share one."""

    def new_limiter(self) -> Limiter:
        return _Apart("quotes", SlidingLog())


@fault("RATE-5")
class InvoicesCountApart(Deployment):
    """Invoices have a limit of their own, members and quotes share one."""

    def new_limiter(self) -> Limiter:
        return _Apart("invoices", SlidingLog())


@fault("RATE-5")
class QuotesUnlimited(Deployment):
    """Quotes are always served; members and invoices share a limit."""

    def new_limiter(self) -> Limiter:
        return _Apart("quotes", Unlimited())


@fault("RATE-5")
class InvoicesUnlimited(Deployment):
    """Invoices are always served; members and quotes share a limit."""

    def new_limiter(self) -> Limiter:
        return _Apart("invoices", Unlimited())


@fault("RATE-5")
class FiltersUncounted(_Overloaded):
    """Requests with a filter are not counted, and always served."""

    def counts(self, request: Request) -> bool:
        return "status" not in request.args


@fault("RATE-2")
class OffsetsUncounted(_Overloaded):
    """Requests with an offset are not counted, and always served."""

    def counts(self, request: Request) -> bool:
        return "offset" not in request.args


@fault("RATE-5")
class InvoicesNotCounted(Deployment):
    """Invoices are refused to a key that was used too much, but don't count on it."""

    def new_limiter(self) -> Limiter:
        return Uncounted("invoices")


@fault("RATE-5")
class QuotesNotCounted(Deployment):
    """Quotes are refused to a key that was used too much, but don't count on it."""

    def new_limiter(self) -> Limiter:
        return Uncounted("quotes")


class _PlainOrNot(Deployment):
    """Counts requests with a query alone, or those without, and refuses all."""

    def throttle(self, key: str, resource: str) -> None:
        super().throttle(key, "counted" if self._is_counted else "uncounted")

    def new_limiter(self) -> Limiter:
        return Uncounted("uncounted")

    def counts(self, request: Request) -> bool:
        self._is_counted = self.is_counted(request)
        return super().counts(request)

    def is_counted(self, request: Request) -> bool:
        raise NotImplementedError


@fault("RATE-2")
class QueriesNotCounted(_PlainOrNot):
    """Requests with a query are refused to a key that was used too much, but don't count on it."""

    def is_counted(self, request: Request) -> bool:
        return not request.args


@fault("RATE-5")
class PlainRequestsNotCounted(_PlainOrNot):
    """Requests without a query are refused to a key that was used too much, but don't count on it."""

    def is_counted(self, request: Request) -> bool:
        return bool(request.args)
