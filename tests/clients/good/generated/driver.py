"""Read all lists by the requests of the generated client, with asyncio."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any

import httpx

from tests.clients.good.generated.files import Files

LIMIT = int(os.environ.get("CLIENT_PAGE_SIZE", "100"))
WORKERS = int(os.environ.get("CLIENT_WORKERS", "1"))
LISTS = os.environ.get("CLIENT_LISTS", "members,quotes,invoices").split(",")
_PATIENCE, _ATTEMPTS, _PASSES = 9, 5, 3

Page = dict[str, Any]


class Stopped(Exception):
    """The client ends here; the text says why."""


class Later(Exception):
    """The same request is to be sent again, once `seconds` are over."""

    def __init__(self, why: str, seconds: float) -> None:
        super().__init__(why)
        self.seconds = seconds


class Driver:
    """Lists by the generated client; one event says whether requests may be sent."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http
        self.open = asyncio.Event()
        self.open.set()
        self.until = 0.0
        self.slots = asyncio.Semaphore(WORKERS)

    async def page(self, name: str, offset: int) -> Page:
        """Return a page. Raises `Stopped`."""
        kwargs = _requests(name)(limit=LIMIT, offset=offset)
        limited = failed = 0
        while True:
            await self.open.wait()
            try:
                answer = await self.send(kwargs)
                if answer.status_code == 429:
                    limited += 1
                    if limited > _PATIENCE:
                        raise Stopped(f"{name}: the limit never ends")
                    await self.close_for(_retry_after(answer), limited)
                    continue
                return _page(answer)
            except Later as problem:
                failed += 1
                if failed >= _ATTEMPTS:
                    raise Stopped(f"{name}: {problem}") from None
                await asyncio.sleep(max(problem.seconds, 0.5 * 2.0**failed))

    async def send(self, kwargs: dict[str, Any]) -> httpx.Response:
        try:
            return await self.http.request(**kwargs)
        except httpx.TooManyRedirects:
            raise Stopped("redirects without an end") from None
        except httpx.HTTPError as problem:
            if _is_untrusted(problem):
                raise Stopped("the certificate is not trusted") from None
            raise Later(type(problem).__name__, 0) from None

    async def close_for(self, told: float | None, number: int) -> None:
        """Keep everybody from sending for a while; the first who is told so opens again."""
        seconds = min(60.0, 2.0 ** (number - 1)) + 0.1 if told is None else told + 0.1
        self.until = max(self.until, time.monotonic() + seconds)
        if not self.open.is_set():
            await self.open.wait()
            return
        self.open.clear()
        while (left := self.until - time.monotonic()) > 0:
            await asyncio.sleep(left)
        self.open.set()

    async def stretch(self, name: str, start: int, end: int | None = None) -> list[Page]:
        """Return the pages from a position to another, or to the end."""
        pages: list[Page] = []
        async with self.slots:
            while end is None or start < end:
                pages.append(page := await self.page(name, start))
                start += len(page["data"])
                if not page["data"] or start >= page["pagination"]["total"] or _repeats(pages):
                    break
        return pages

    async def once(self, name: str) -> list[Page]:
        """Return the pages of a list, as one pass finds them."""
        if WORKERS == 1:
            return await self.stretch(name, 0)
        first = await self.stretch(name, 0, 1)
        total, size = first[0]["pagination"]["total"], len(first[0]["data"])
        starts = range(size, total, size) if size else ()
        try:
            async with asyncio.TaskGroup() as group:  # which ends all where one is stopped
                tasks = [group.create_task(self.stretch(name, each, min(total, each + size))) for each in starts]
        except* Stopped as stopped:
            raise stopped.exceptions[0] from None
        return first + [page for task in tasks for page in task.result()]

    async def all(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(_PASSES):
            pages = await self.once(name)
            records = {record["id"]: record for page in pages for record in page["data"]}
            found.update(records)
            totals = {page["pagination"]["total"] for page in pages}
            if len(totals) == 1 and len(records) >= max(totals):
                return records
        if len(found) < pages[-1]["pagination"]["total"]:
            raise Stopped(f"{name} can't be read whole")
        return found


async def sync(files: Files) -> None:
    """Keep all lists. Raises `Stopped`."""
    made = import_module("oneinvoice_client")
    client = made.AuthenticatedClient(
        base_url=os.environ["ONEINVOICE_URL"],
        token=os.environ["ONEINVOICE_KEY"],
        timeout=httpx.Timeout(8),
        follow_redirects=True,
    )
    async with client as generated:
        driver = Driver(generated.get_async_httpx_client())
        for name in LISTS:
            began = time.time()
            files.keep(name, await driver.all(name), began)


def _requests(name: str) -> Callable[..., dict[str, Any]]:
    """Return what makes the arguments of a request of the generated client."""
    module = import_module(f"oneinvoice_client.api.{name}.list_{name}")
    function: Callable[..., dict[str, Any]] = module._get_kwargs
    return function


def _page(answer: httpx.Response) -> Page:
    if answer.status_code >= 500:
        raise Later(f"status {answer.status_code}", _retry_after(answer) or 0)
    if answer.status_code != 200:
        raise Stopped(f"status {answer.status_code}")
    try:
        page: Page = answer.json()
        if {type(record["id"]) for record in page["data"]} <= {str} and type(page["pagination"]["total"]) is int:
            return page
    except (ValueError, LookupError, TypeError):
        pass
    raise Later("no page", 0)


def _repeats(pages: list[Page]) -> bool:
    """Tell whether the last page has nothing that those before it didn't have."""
    *before, last = pages
    return {record["id"] for record in last["data"]} <= {record["id"] for page in before for record in page["data"]}


def _retry_after(answer: httpx.Response) -> float | None:
    text = answer.headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _is_untrusted(problem: BaseException | None) -> bool:
    while problem is not None:
        if isinstance(problem, ssl.SSLCertVerificationError):
            return True
        problem = problem.__cause__ or problem.__context__
    return False
