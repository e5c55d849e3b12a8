"""Watchers: metrics and traces, and what tells them of requests, calls of the database and webhooks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from starlette.types import Scope

from oneinvoice_impl.service.observing.asked import metrics_are_asked_for, traces_are_asked_for
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.errors import DatabaseFailure
from oneinvoice_impl.store.types import Connection
from oneinvoice_impl.store.webhooks.delivery_queue import Claim, Outcome
from oneinvoice_impl.webhooks.delivery_attempts import DeliveryAttempts

T = TypeVar("T")


class Watcher(Protocol):
    """Is told of what begins and ends; what the first returns is given to the second."""

    def begin_request(self, scope: Scope) -> Any:
        """Begin with the request of an ASGI scope."""

    def end_request(self, begun: Any, *, request_id: str, method: str, route: str, status: int, seconds: float) -> None:
        """End with a request; `route` is a template, such as `/quotes/{id}`."""

    def begin_call(self, kind: str) -> Any:
        """Begin with a call of the database: `run`, `read` or `write`."""

    def end_call(self, begun: Any, failure: str | None) -> None:
        """End with a call of the database; `failure` is the name of what it failed of."""

    def begin_attempt(self, claim: Claim) -> Any:
        """Begin with an attempt at a delivery."""

    def end_attempt(self, begun: Any, outcome: Outcome | None, seconds: float) -> None:
        """End with an attempt, which has no outcome if it was broken off."""

    def close(self) -> None:
        """Write what is left, within seconds."""


class ObservedDatabase(Database):
    """A database whose calls are watched."""

    def __init__(self, url: str, watchers: Sequence[Watcher]) -> None:
        super().__init__(url)
        self._watchers = watchers

    async def run(self, query: Callable[[Connection], T], **options: Any) -> T:
        with self._watched("run"):
            return await super().run(query, **options)

    async def read(self, query: Callable[[Connection], T], **options: Any) -> T:
        with self._watched("read"):
            return await super().read(query, **options)

    async def write(self, work: Callable[[Connection], T], **options: Any) -> T:
        with self._watched("write"):
            return await super().write(work, **options)

    @contextmanager
    def _watched(self, kind: str) -> Iterator[None]:
        begun = [watcher.begin_call(kind) for watcher in self._watchers]
        failure = None
        try:
            yield
        except DatabaseFailure as error:
            failure = type(error.__cause__ or error).__name__
            raise
        finally:
            for watcher, each in zip(self._watchers, begun, strict=True):
                watcher.end_call(each, failure)


def observed_attempts(watchers: Sequence[Watcher]) -> type[DeliveryAttempts]:
    """Return the class of attempts that are watched."""

    class ObservedAttempts(DeliveryAttempts):
        async def attempt(self, claim: Claim) -> Outcome:
            begun = [watcher.begin_attempt(claim) for watcher in watchers]
            begun_at, outcome = time.perf_counter(), None
            try:
                outcome = await super().attempt(claim)
            finally:
                seconds = time.perf_counter() - begun_at
                for watcher, each in zip(watchers, begun, strict=True):
                    watcher.end_attempt(each, outcome, seconds)
            return outcome

    return ObservedAttempts if watchers else DeliveryAttempts


def watchers(is_suspended: Callable[[], bool] = lambda: False) -> Sequence[Watcher]:
    """Return the watchers that the environment asks for; what they need is loaded for them alone."""
    found: list[Watcher] = []
    if metrics_are_asked_for():
        from oneinvoice_impl.service.observing.metrics import Metrics

        found.append(Metrics(is_suspended))
    if traces_are_asked_for():
        from oneinvoice_impl.service.observing.traces import Traces

        found.append(Traces())
    return found
