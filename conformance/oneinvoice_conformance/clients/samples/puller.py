"""Pullers of the self-test: one that keeps its side, and a naive one."""

from __future__ import annotations

import email.utils
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from typing import Any, Protocol

from oneinvoice_conformance.clients.samples.store import Record, Store

_LISTS = ("members", "quotes", "invoices")
_TRIES = 5
_PASSES = 3
_TIMEOUT = 10.0  # seconds


class Puller(Protocol):
    """Puller of a list."""

    def records(self, name: str) -> Iterator[Record]: ...


class GivenUp(Exception):
    """Raised where a list can't be read."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


class GoodPuller:
    """Puller that waits as it is told, goes on from what it got, and takes nothing broken for data."""

    def __init__(self, origin: str, key: str) -> None:
        self._origin = origin
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "application/json"}
        self._open = urllib.request.build_opener(_NoRedirects).open

    def records(self, name: str) -> Iterator[Record]:
        """Yield all records of a list, read again where others came or went meanwhile. Raises `GivenUp`."""
        for _ in range(_PASSES):
            records, is_steady = self._read(name)
            yield from records
            if is_steady:
                return

    def _read(self, name: str) -> tuple[list[Record], bool]:
        """Return the records of a list, and whether there were as many all the time."""
        records: list[Record] = []
        totals: list[int] = []
        while not totals or len(records) < totals[-1]:
            page = self._page(f"/api/v1/{name}?limit=100&offset={len(records)}")
            totals.append(page["pagination"]["total"])
            records += page["data"]
            if not page["data"]:
                break
        return records, len(set(totals)) == 1

    def _page(self, target: str) -> dict[str, Any]:
        for attempt in range(_TRIES):
            try:
                request = urllib.request.Request(self._origin + target, headers=self._headers)  # noqa: S310
                with self._open(request, timeout=_TIMEOUT) as answer:
                    return _as_page(answer.read())
            except urllib.error.HTTPError as error:
                if error.code != 429 and error.code < 500:
                    raise GivenUp(f"{target}: {error.code}") from error
                pause = _told(error.headers) if error.code == 429 else None
                time.sleep(2.0**attempt if pause is None else pause)
            except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
                time.sleep(0.5 * 2**attempt)
        raise GivenUp(f"{target}: no answer after {_TRIES} tries")


def _as_page(body: bytes) -> dict[str, Any]:
    """Return a page. Raises `ValueError`, `LookupError` or `TypeError` for what is none."""
    page = json.loads(body)
    if not isinstance(page["data"], list) or not isinstance(page["pagination"]["total"], int):
        raise TypeError("it is no page")
    assert isinstance(page, dict)
    return page


def _told(headers: Message) -> float | None:
    """Return the seconds that Retry-After has its client wait, from now on (RFC 9110, section 10.2.3)."""
    value = headers.get("Retry-After", "")
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time()) + 0.1
    except ValueError:
        return None


class NaivePuller:
    """Puller that retries at once whatever happened, trusts its own offsets, and knows all fields."""

    def __init__(self, origin: str, key: str) -> None:
        self._origin, self._key = origin, key

    def records(self, name: str) -> Iterator[Record]:
        """Yield the records of all pages."""
        offset, total = 0, 1
        while offset < total:
            page = self._page(f"{self._origin}/api/v1/{name}?limit=50&offset={offset}")
            yield from page["data"]
            offset, total = offset + 50, page["pagination"]["total"]

    def _page(self, url: str) -> Any:
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {self._key}"})  # noqa: S310
        for _ in range(20):
            try:
                with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                    return json.loads(answer.read())
            except urllib.error.HTTPError:
                time.sleep(0.2)
        raise GivenUp(url)


def pull(puller: Puller, store: Store) -> int:
    """Read all lists into the store, and return an exit code."""
    told = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    try:
        for name in _LISTS:
            store.keep(name, list(puller.records(name)), told)
    except GivenUp as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


def surroundings() -> tuple[str, str]:
    """Return the API's origin and the key."""
    return os.environ["ONEINVOICE_URL"], os.environ["ONEINVOICE_KEY"]
