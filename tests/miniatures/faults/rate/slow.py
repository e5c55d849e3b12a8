"""Faults of deployments that take a quarter of a second for an answer, one after the other."""

from __future__ import annotations

from werkzeug.wrappers import Request, Response

from tests.miniatures.decorators import fault
from tests.miniatures.deployment import Deployment
from tests.miniatures.limits import FixedWindow, Limiter, SlidingCounter, SlidingLog


class _Slow(Deployment):
    """Limits as it should."""

    pause = 0.25

    def new_limiter(self) -> Limiter:
        return SlidingLog()


@fault("RATE-5")
class PlainQuotesUnlimitedWhereSlow(_Slow):
    """Slow, and quotes without a query are neither counted nor refused."""

    def counts(self, request: Request) -> bool:
        return not request.path.endswith("quotes") or bool(request.args)


@fault("RATE-5")
class InvoicesUnlimitedByMinuteWhereSlow(_Slow):
    """Slow, with fixed minutes, and invoices are neither counted nor refused."""

    def new_limiter(self) -> Limiter:
        return FixedWindow(phase=17)

    def counts(self, request: Request) -> bool:
        return not request.path.endswith("invoices")


class _OtherCode(_Slow):
    """Overload gets another code for some requests."""

    code = 503

    def counts(self, request: Request) -> bool:
        self._is_other = self.is_other(request)
        return super().counts(request)

    def overloaded(self, resource: str) -> Response:
        return self.error(self.code, "That was too much.") if self._is_other else super().overloaded(resource)

    def is_other(self, request: Request) -> bool:
        raise NotImplementedError


@fault("RATE-2")
class OverloadOfInvoicesUnavailableWhereSlow(_OtherCode):
    """Slow, and overload gets 503 for invoices."""

    def is_other(self, request: Request) -> bool:
        return request.path.endswith("invoices")


@fault("RATE-2")
class OverloadOfInvoicesForbiddenByCounterWhereSlow(OverloadOfInvoicesUnavailableWhereSlow):
    """Slow, with a sliding counter, and overload gets 403 for invoices."""

    code = 403

    def new_limiter(self) -> Limiter:
        return SlidingCounter(phase=31)


@fault("RATE-2")
class OverloadOfPlainMembersUnavailableWhereSlow(_OtherCode):
    """Slow, and overload gets 503 for members without a query."""

    def is_other(self, request: Request) -> bool:
        return request.path.endswith("members") and not request.args


@fault("RATE-2")
class OverloadOfMembersUnavailableWhereSlow(_OtherCode):
    """Slow, and overload gets 503 for members."""

    def is_other(self, request: Request) -> bool:
        return request.path.endswith("members")
