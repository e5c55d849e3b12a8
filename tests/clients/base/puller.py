"""Puller: reads all lists page by page, waits as it is told, and keeps what it read."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode

from tests.clients.base.store import LISTS, Record, Store
from tests.clients.base.transport import Answer, Broken, Failure, Limited, Refused, Transport, Unauthorised

_MARGIN = 0.1  # seconds, of clocks that differ


@dataclass(frozen=True)
class Page:
    """Page of a list from a position, with the time by the server at which it was so."""

    records: list[Record]
    total: int
    as_of: str = ""


class Puller(Transport):
    """Correct puller in small steps. All its requests share one gate, which a 429 closes."""

    lists: tuple[str, ...] = LISTS
    limit: int | None = 200  # records in a page; None leaves it to the API
    passes = 3  # through a list that moves
    patience = 12  # requests of which the last may still be limited
    attempts = 5  # at what fails
    workers = 1

    def __init__(self, url: str, key: str, store: Store) -> None:
        super().__init__(url, key)
        self.store = store
        self._gate = threading.Lock()
        self._open_at = 0.0
        self._given_up = threading.Event()

    def run(self) -> int:
        """Read everything, and return the exit code."""
        try:
            self.sync()
        except Failure as failure:
            return self.failed(failure)
        return 0

    def failed(self, failure: Failure) -> int:
        print(f"failed: {failure}", file=sys.stderr)
        return 1

    def sync(self) -> None:
        for name in self.lists:
            self.read(name)

    def read(self, name: str) -> None:
        """Read a list until one pass had all of it, and keep what was found."""
        started = time.time()
        found: dict[str, Record] = {}
        for number in range(1, self.passes + 1):
            pages: list[Page] = []
            for page in self.pages(name, {}):
                pages.append(page)
                found |= {record["id"]: record for record in page.records}
            if self.is_whole(pages):
                break
            if number == self.passes and len(found) < pages[-1].total:
                raise Failure(f"{len(found)} of {pages[-1].total} {name} were found")
        self.keep(name, found, pages, started)

    def keep(self, name: str, found: dict[str, Record], pages: list[Page], started: float) -> None:
        self.store.keep(name, found.values(), pages[-1].as_of, started)

    def is_whole(self, pages: list[Page]) -> bool:
        """Tell whether nothing moved while the pages were read, and all of the list is in them."""
        ids = {record["id"] for page in pages for record in page.records}
        return len({page.total for page in pages}) == 1 and len(ids) >= pages[-1].total

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        """Yield the pages of one pass, which ends at one that has nothing new."""
        offset, seen = self.first_offset(), set[str]()
        while True:
            page = self.ask(name, offset, query)
            yield page
            ids = {record["id"] for record in page.records}
            if self.is_repeated(ids, seen):
                return
            seen |= ids
            offset = self.next_offset(offset, page)
            if self.is_end(offset, page):
                return

    def first_offset(self) -> int:
        return 0

    def is_repeated(self, ids: set[str], seen: set[str]) -> bool:
        return ids <= seen

    def next_offset(self, offset: int, page: Page) -> int:
        return offset + len(page.records)

    def is_end(self, offset: int, page: Page) -> bool:
        return not page.records or offset >= page.total

    def target(self, name: str, offset: int, query: dict[str, str]) -> str:
        """Return path and query of a page."""
        limit = {} if self.limit is None else {"limit": str(self.limit)}
        return f"/api/v1/{name}?{urlencode(limit | {'offset': str(offset)} | query)}"

    def ask(self, name: str, offset: int, query: dict[str, str]) -> Page:
        """Ask for a page until it is there, as often and as slowly as is decent; a worker that gives up ends all."""
        try:
            return self.asked(name, offset, query)
        except Failure:
            self._given_up.set()
            raise

    def asked(self, name: str, offset: int, query: dict[str, str]) -> Page:
        limited = broken = 0
        while True:
            self.await_turn(name)
            try:
                return self.page(self.exchange(self.target(name, offset, query)))
            except Limited as limit:
                limited += 1
                if limited >= self.patience:
                    raise Failure(f"{name} were refused by the rate limit {limited} times") from None
                self.hold(self.wait_limited(limit.answer, limited), name)
            except Broken as problem:
                broken += 1
                if broken >= self.attempts:
                    raise Failure(f"{name} can't be read: {problem}") from None
                self.rest(self.wait_broken(problem.answer, broken))

    def page(self, answer: Answer) -> Page:
        """Return the page that an answer has; raise what else it says."""
        self.check(answer)
        return self.parse(answer)

    def check(self, answer: Answer) -> None:
        match answer.status:
            case 200:
                return
            case 401:
                raise Unauthorised("the API no longer takes the key")
            case 429:
                raise Limited(answer)
            case status if status >= 500:
                raise Broken(f"the API answered {status}", answer)
            case status:
                raise Refused(f"the API answered {status}")

    def parse(self, answer: Answer) -> Page:
        content = self.content(answer)
        try:
            page = Page(content["data"], content["pagination"]["total"], _time(answer))
            if not all(isinstance(record["id"], str) for record in page.records):
                raise TypeError
            return Page(page.records, int(page.total), page.as_of)
        except (KeyError, TypeError, ValueError):
            raise Broken("the answer is no page", answer) from None

    def content(self, answer: Answer) -> Any:
        try:
            return json.loads(answer.body)
        except ValueError:
            raise Broken("the answer is no JSON", answer) from None

    def wait_limited(self, answer: Answer, number: int) -> float:
        """Return how long nothing may be sent after the n-th 429 for a page, in seconds."""
        told = self.retry_after(answer)
        return self.wait_untold(number) if told is None else told + _MARGIN

    def wait_untold(self, number: int) -> float:
        """Return how long to wait after the n-th 429 that doesn't say it: 1 s, 2 s, 4 s, …."""
        return min(60.0, 2.0 ** (number - 1)) + _MARGIN

    def wait_broken(self, answer: Answer | None, number: int) -> float:
        """Return how long to wait after the n-th failure, in seconds."""
        told = self.retry_after(answer) if answer else None
        return max(told or 0.0, 0.5 * 2.0 ** (number - 1))

    def retry_after(self, answer: Answer) -> float | None:
        """Return what Retry-After says, in seconds from now; None where nothing can be read from it."""
        text = answer.headers.get("retry-after", "").strip()
        if text.isascii() and text.isdecimal():
            return float(text)
        return self.until_date(text)

    def until_date(self, text: str) -> float | None:
        try:
            return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
        except ValueError:
            return None

    def hold(self, seconds: float, name: str) -> None:
        """Close the gate for all workers."""
        with self._gate:
            self._open_at = max(self._open_at, time.monotonic() + seconds)

    def await_turn(self, name: str) -> None:
        """Wait until the gate is open."""
        while (seconds := self._open_at - time.monotonic()) > 0:
            self.rest(seconds)
        if self.is_over():
            raise Failure("another worker gave up")

    def is_over(self) -> bool:
        return self._given_up.is_set()

    def rest(self, seconds: float) -> None:
        """Wait, without a connection that the API may have closed by then."""
        if seconds >= 1:
            self.close()
        time.sleep(max(0.0, seconds))


def _time(answer: Answer) -> str:
    """Return the time of an answer by its server, in the form of the API."""
    try:
        moment = parsedate_to_datetime(answer.headers.get("date", ""))
    except ValueError:
        moment = datetime.now(UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
