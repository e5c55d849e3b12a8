"""Endpoints that stay refused once there was a refusal, while others are served again."""

from __future__ import annotations

import math

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Abort, Deployment
from tests.miniatures.limits import FixedWindow, Limiter, SlidingLog, TokenBucket


class _LocksOut(Deployment):
    """Refuses some requests for a while after any refusal, to the key that was refused."""

    seconds = math.inf

    def new_limiter(self) -> Limiter:
        self._until: dict[str, float] = {}
        return SlidingLog()

    def counts(self, request: Request) -> bool:
        key = self.locked(self.name_of_key(request))
        if self.now() < self._until.get(key, -math.inf) and self.is_locked(request):
            raise Abort(super().overloaded(""))
        self._key = key
        return super().counts(request)

    def overloaded(self, resource: str) -> Response:
        self._until.setdefault(self._key, self.now() + self.seconds)
        return super().overloaded(resource)

    def locked(self, key: str) -> str:
        """Return whom a refusal of that key locks out."""
        return key

    def is_locked(self, request: Request) -> bool:
        raise NotImplementedError


@fault("RATE-4")
class QuotesLockedForGood(_LocksOut):
    """Once a key was refused, quotes are refused for ever, to all keys."""

    def locked(self, key: str) -> str:
        return "all"

    def is_locked(self, request: Request) -> bool:
        return request.path.endswith("quotes")


@fault("RATE-4")
class InvoicesLockedForTenMinutes(_LocksOut):
    """Invoices are refused for ten minutes to a key that was refused once."""

    seconds = 600

    def is_locked(self, request: Request) -> bool:
        return request.path.endswith("invoices")


@fault("RATE-4")
class InvoicesLockedByMinute(InvoicesLockedForTenMinutes):
    """Invoices are refused for five minutes to a key that was refused once in a fixed minute."""

    seconds = 300

    def new_limiter(self) -> Limiter:
        super().new_limiter()
        return FixedWindow(phase=23)


@fault("RATE-4")
class PlainInvoicesLockedByTokens(_LocksOut):
    """One request is served in each second, and ten more at once; invoices without a query never after a refusal."""

    def new_limiter(self) -> Limiter:
        super().new_limiter()
        return TokenBucket(burst=10)

    def is_locked(self, request: Request) -> bool:
        return request.path.endswith("invoices") and not request.args


@fault("RATE-4")
class QuotesLockedWhereSlow(QuotesLockedForGood):
    """Slow, and once a key was refused, quotes are refused for ever, to all keys."""

    pause = 0.25
