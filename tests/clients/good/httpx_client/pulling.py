"""Pull the lists with httpx, asking again by tenacity."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type

from tests.clients.good.httpx_client.database import Database

LISTS = ("members", "quotes", "invoices")
_LIMIT = int(os.environ.get("CLIENT_PAGE_SIZE", "200"))
_WORKERS = int(os.environ.get("CLIENT_WORKERS", "1"))
_FOLLOWS = os.environ.get("CLIENT_REDIRECTS", "yes") == "yes"
_MOST_429, _MOST_FAILURES, _MOST_PASSES = 10, 6, 4


class TryLater(Exception):
    """The API is busy or unwell; `seconds` is what it said, if it did. `is_limit` tells a 429 from a failure."""

    def __init__(self, why: str, *, is_limit: bool = False, seconds: float | None = None) -> None:
        super().__init__(why)
        self.is_limit, self.seconds = is_limit, seconds


class GivenUp(Exception):
    """Nothing more can be read; the text says why."""


class Limiter:
    """One moment before which no thread sends anything."""

    def __init__(self) -> None:
        self._lock, self._moment = threading.Lock(), 0.0

    def wait(self) -> None:
        while (left := self._moment - time.monotonic()) > 0:
            time.sleep(left)

    def pause(self, seconds: float) -> None:
        with self._lock:
            self._moment = max(self._moment, time.monotonic() + seconds)


class Api:
    """The API, by one key."""

    def __init__(self, url: str, key: str) -> None:
        # httpx drops Authorization where a redirect leads to another origin.
        self._http = httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {key}", "Accept": "application/json"},
            timeout=8,
            follow_redirects=_FOLLOWS,
            http1=True,
        )
        self._limiter = Limiter()
        self._stopped = threading.Event()

    def page(self, name: str, offset: int) -> dict[str, Any]:
        """Return a page that is whole and sound. Raises `GivenUp`."""
        counts = {"limit": 0, "failure": 0}

        def pause(state: RetryCallState) -> float:
            problem = _problem(state)
            kind = "limit" if problem.is_limit else "failure"
            counts[kind] += 1  # tenacity asks how long before it asks whether
            if not problem.is_limit:
                return max(problem.seconds or 0, min(8.0, 0.4 * 2.0 ** counts[kind]))
            told = problem.seconds
            self._limiter.pause(0.2 + (min(64.0, 2.0 ** (counts[kind] - 1)) if told is None else told))
            return 0

        def is_over(state: RetryCallState) -> bool:
            return counts["limit"] >= _MOST_429 or counts["failure"] >= _MOST_FAILURES

        retrying = Retrying(retry=retry_if_exception_type(TryLater), wait=pause, stop=is_over, reraise=True)
        try:
            return retrying(self._ask, name, offset)
        except TryLater as problem:
            self._stopped.set()
            raise GivenUp(f"{name} can't be read now: {problem}") from None
        except GivenUp:
            self._stopped.set()
            raise

    def _ask(self, name: str, offset: int) -> dict[str, Any]:
        self._limiter.wait()
        if self._stopped.is_set():
            raise GivenUp("another thread was refused")
        try:
            answer = self._http.get(f"/api/v1/{name}", params={"limit": _LIMIT, "offset": offset})
        except httpx.ConnectError as problem:
            if "CERTIFICATE_VERIFY_FAILED" in str(problem):
                raise GivenUp("the API's certificate is not trusted") from None
            raise TryLater("no connection") from None
        except httpx.TooManyRedirects:
            raise GivenUp("the API redirects in a circle") from None
        except httpx.HTTPError as problem:
            raise TryLater(f"no whole answer ({type(problem).__name__})") from None
        return self._page_of(answer)

    def _page_of(self, answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code == 401:
            raise GivenUp("the key was refused")
        if answer.status_code == 429:
            raise TryLater("too many requests", is_limit=True, seconds=_seconds(answer))
        if answer.status_code >= 500:
            raise TryLater(f"status {answer.status_code}", seconds=_seconds(answer))
        if answer.status_code != 200:
            raise GivenUp(f"status {answer.status_code}")
        try:
            page = answer.json()
            if all(record["id"] for record in page["data"]) and page["pagination"]["total"] >= 0:
                return dict(page)
        except (ValueError, KeyError, TypeError):
            pass
        raise TryLater("the answer is no page")

    def all(self, name: str) -> dict[str, Any]:
        """Return a list by id, as a pass saw it in which nothing moved; else all that some pass saw."""
        found: dict[str, Any] = {}
        for _ in range(_MOST_PASSES):
            pages = self._pass(name)
            records = {record["id"]: record for page in pages for record in page["data"]}
            found |= records
            totals = {page["pagination"]["total"] for page in pages}
            if len(totals) == 1 and len(records) >= totals.pop():
                return records
        if len(found) < pages[-1]["pagination"]["total"]:
            raise GivenUp(f"{name} are never whole")
        return found

    def _pass(self, name: str) -> list[dict[str, Any]]:
        first = self.page(name, 0)
        pages, total, size = [first], first["pagination"]["total"], len(first["data"])
        if _WORKERS > 1 and 0 < size < total:
            with ThreadPoolExecutor(_WORKERS) as pool:
                for some in pool.map(
                    lambda start: self._stretch(name, start, min(start + size, total)), range(size, total, size)
                ):
                    pages += some
            return pages
        return pages + (self._stretch(name, size, None) if size < total else [])

    def _stretch(self, name: str, start: int, end: int | None) -> list[dict[str, Any]]:
        """Return the pages from a position to another, or to the end of the list."""
        pages: list[dict[str, Any]] = []
        known: set[str] = set()
        while end is None or start < end:
            page = self.page(name, start)
            pages.append(page)
            ids = {record["id"] for record in page["data"]}
            start += len(page["data"])
            if ids <= known or start >= page["pagination"]["total"]:
                break
            known |= ids
        return pages


def sync(database: Database) -> int:
    """Keep all lists, and return the exit code."""
    api = Api(os.environ["ONEINVOICE_URL"], os.environ["ONEINVOICE_KEY"])
    for name in os.environ.get("CLIENT_LISTS", ",".join(LISTS)).split(","):
        began = time.time()
        try:
            database.keep(name, api.all(name), began)
        except GivenUp as problem:
            print(f"{name}: {problem}")
            return 3
    return 0


def _problem(state: RetryCallState) -> TryLater:
    problem = state.outcome and state.outcome.exception()
    assert isinstance(problem, TryLater)
    return problem


def _seconds(answer: httpx.Response) -> float | None:
    """Return what Retry-After asks for, in seconds."""
    value = answer.headers.get("Retry-After", "")
    try:
        return float(int(value))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
