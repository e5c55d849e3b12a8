"""Metrics of a process, by prometheus_client; import it where they are asked for.

The values are in files of a folder that all processes of a service share, and that `exporter` reads.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from http import HTTPMethod

from prometheus_client import Counter, Gauge, Histogram
from starlette.types import Scope

from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome

_METHODS = frozenset(HTTPMethod)
# From what a page of members costs to the longest that a client waits, and of webhooks what a receiver may take.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_ATTEMPT_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15)

_requests = Counter("oneinvoice_requests", "Requests answered.", ("method", "route", "status"))
_durations = Histogram(
    "oneinvoice_request_seconds", "Time to the end of the answer.", ("method", "route"), buckets=_SECONDS
)
_failures = Counter("oneinvoice_database_failures", "Calls of the database that failed, by what of.", ("reason",))
_attempts = Counter("oneinvoice_webhook_attempts", "Attempts at deliveries of webhooks.", ("outcome",))
_attempt_durations = Histogram("oneinvoice_webhook_attempt_seconds", "Time of an attempt.", buckets=_ATTEMPT_SECONDS)
_suspended = Gauge(
    "oneinvoice_redis_suspended", "Workers that count requests alone, without Redis.", multiprocess_mode="livesum"
)


class Metrics:
    """Watcher that counts."""

    def __init__(self, is_suspended: Callable[[], bool]) -> None:
        """`is_suspended` tells whether this process counts requests without the Redis that it has."""
        self._is_suspended = is_suspended
        self._was_suspended = False
        _suspended.set(0)

    def begin_request(self, scope: Scope) -> None:
        """Do nothing."""

    def end_request(
        self, begun: None, *, request_id: str, method: str, route: str, status: int, seconds: float
    ) -> None:
        """Count a request."""
        known = method if method in _METHODS else "other"
        _of_status(known, route, status).inc()
        _of_route(known, route).observe(seconds)
        if self._is_suspended() != self._was_suspended:
            self._was_suspended = not self._was_suspended
            _suspended.set(self._was_suspended)

    def begin_call(self, kind: str) -> None:
        """Do nothing."""

    def end_call(self, begun: None, failure: str | None) -> None:
        """Count a call that failed."""
        if failure is not None:
            _failures.labels(failure).inc()

    def begin_attempt(self, claim: Claim) -> None:
        """Do nothing."""

    def end_attempt(self, begun: None, outcome: Outcome | None, seconds: float) -> None:
        """Count an attempt."""
        if outcome is not None:
            _attempts.labels(_word(outcome)).inc()
            _attempt_durations.observe(seconds)

    def close(self) -> None:
        """Do nothing: what is counted is written at once."""


# To look one up costs as much as to count.
@cache
def _of_status(method: str, route: str, status: int) -> Counter:
    return _requests.labels(method, route, status)


@cache
def _of_route(method: str, route: str) -> Histogram:
    return _durations.labels(method, route)


def _word(outcome: Outcome) -> str:
    if outcome.delivered:
        return "delivered"
    if outcome.disable is not None:
        return "disabled"
    return "failed" if outcome.next_at is None else "retried"
