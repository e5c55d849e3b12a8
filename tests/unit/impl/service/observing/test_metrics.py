"""What is counted of a process."""

from __future__ import annotations

from typing import Any

from oneinvoice_impl.service.observing.metrics import Metrics
from prometheus_client import REGISTRY


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"oneinvoice_{name}", labels) or 0


def end(metrics: Metrics, method: str = "GET", status: int = 200) -> None:
    metrics.end_request(None, request_id="req_1", method=method, route="/x", status=status, seconds=0.02)


def test_requests_and_their_durations() -> None:
    metrics = Metrics(lambda: False)
    for status in (200, 200, 429):
        end(metrics, status=status)
    end(metrics, "BREW")
    assert value("requests_total", method="GET", route="/x", status="200") == 2
    assert value("requests_total", method="GET", route="/x", status="429") == 1
    assert value("requests_total", method="other", route="/x", status="200") == 1
    assert value("request_seconds_bucket", method="GET", route="/x", le="0.01") == 0
    assert value("request_seconds_bucket", method="GET", route="/x", le="0.025") == 3


def test_calls_that_failed() -> None:
    metrics = Metrics(lambda: False)
    metrics.end_call(None, None)
    metrics.end_call(None, "Overdue")
    assert value("database_failures_total", reason="Overdue") == 1


def test_redis_is_told_of_as_it_goes_and_comes() -> None:
    is_suspended = True
    metrics = Metrics(lambda: is_suspended)
    seen = [value("redis_suspended")]
    end(metrics)
    seen.append(value("redis_suspended"))
    is_suspended = False
    end(metrics)
    assert [*seen, value("redis_suspended")] == [0, 1, 0]


def test_attempts_by_outcome() -> None:
    class Outcome:
        def __init__(self, delivered: bool, next_at: Any = None, disable: str | None = None) -> None:
            self.delivered, self.next_at, self.disable = delivered, next_at, disable

    metrics = Metrics(lambda: False)
    for each in (Outcome(True), Outcome(False, next_at=1), Outcome(False), Outcome(False, disable="410"), None):
        metrics.end_attempt(None, each, 0.1)  # type: ignore[arg-type]
    words = ("delivered", "retried", "failed", "disabled")
    assert [value("webhook_attempts_total", outcome=word) for word in words] == [1, 1, 1, 1]
    assert value("webhook_attempt_seconds_count") == 4
