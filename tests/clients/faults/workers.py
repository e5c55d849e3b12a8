"""Four workers at once, and gates that don't hold all of them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from tests.clients.base.puller import Page, Puller
from tests.clients.base.transport import Answer, Unauthorised
from tests.clients.decorators import fault


class Concurrent(Puller):
    """Correct puller of four workers, who share one gate."""

    limit = 20
    workers = 4

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        first = self.ask(name, 0, query)
        yield first
        got = len(first.records)
        if got < first.total and got:
            with ThreadPoolExecutor(self.workers) as pool:
                offsets = range(got, first.total, got)
                for pages in pool.map(lambda offset: self.fetch(name, offset, query), offsets):
                    yield from pages

    def fetch(self, name: str, offset: int, query: dict[str, str]) -> list[Page]:
        """Return the page at an offset, and what is missing of it where it is shorter than asked for."""
        pages = [self.ask(name, offset, query)]
        limit = self.limit or 50
        while pages[-1].records and (got := sum(len(page.records) for page in pages)) < min(
            limit, pages[-1].total - offset
        ):
            pages.append(self.ask(name, offset + got, query))
        return pages


@fault("PACE-4", "has one of four workers wait, and three go on")
class OneWorkerWaits(Concurrent):
    def hold(self, seconds: float, name: str) -> None:
        self.rest(seconds)


@fault("PACE-4", "reads the three lists at once, each with a gate of its own")
class GateForEachList(Puller):
    limit = 20
    workers = 3

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.gates: dict[str, float] = {}

    def sync(self) -> None:
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self.read, self.lists))

    def hold(self, seconds: float, name: str) -> None:
        self.gates[name] = time.monotonic() + seconds

    def await_turn(self, name: str) -> None:
        self.rest(self.gates.get(name, 0) - time.monotonic())


@fault("PACE-4", "opens the gate again once an answer of another worker comes that is none of the limit")
class AnswersOpenGate(Concurrent):
    def exchange(self, target: str) -> Answer:
        answer = super().exchange(target)
        if answer.status == 200:
            self._open_at = 0.0
        return answer

    def await_turn(self, name: str) -> None:
        while self._open_at > time.monotonic():
            time.sleep(0.02)


@fault("PACE-4", "replaces a worker that waits by a new one")
class ReplacesWaitingWorkers(Concurrent):
    workers = 40

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.busy = threading.Semaphore(4)
        self.is_refused = False

    def exchange(self, target: str) -> Answer:
        with self.busy:
            if self.is_refused:
                raise Unauthorised("the API no longer takes the key")
            time.sleep(0.1)
            answer = super().exchange(target)
            self.is_refused = self.is_refused or answer.status == 401
            return answer

    def hold(self, seconds: float, name: str) -> None:
        self.rest(seconds)


@fault("PACE-4", "has each of four workers ask once more before it closes the gate")
class EachWorkerAsksAgain(Concurrent):
    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.told = threading.local()

    def await_turn(self, name: str) -> None:
        if self._open_at > time.monotonic() and not getattr(self.told, "closed", False):
            self.told.closed = True
            return
        super().await_turn(name)
