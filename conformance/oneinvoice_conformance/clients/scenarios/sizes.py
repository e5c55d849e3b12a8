"""Sizes of the pages that a client asks for, and records that fit them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

from oneinvoice_conformance.clients.mock.controls import Data
from oneinvoice_conformance.clients.observation import Trial, pages
from oneinvoice_conformance.documented import DEFAULT_PAGE_SIZE, ENDPOINTS, MAX_PAGE_SIZE


def page_size(control: Trial, name: str) -> int:
    """Return the size of the largest pages of a list that the client can get, in records."""
    asked = [request.limit or DEFAULT_PAGE_SIZE for request in pages(control.requests, name)]
    return min(max(asked, default=DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE)


def two_full_pages(control: Trial, data: Data) -> Data:
    """Return data whose lists end with a full page."""
    return _with_pages(control, data, 2)


def some_pages(control: Trial, data: Data) -> Data:
    """Return data whose lists have two pages and a half."""
    return _with_pages(control, data, 2.5)


def _with_pages(control: Trial, data: Data, count: float) -> Data:
    """Return data whose lists have so many of the client's pages each; of a list that it reads by status, each status.

    A user's own data stays as it is.
    """
    if data.fixtures is not None:
        return data
    content = {name: _records(control, name, count) for name in ENDPOINTS}
    return replace(data, fixtures=json.dumps(content).encode(), fixtures_type="application/json")


def _records(control: Trial, name: str, count: float) -> list[dict[str, Any]]:
    number = math.ceil(count * page_size(control, name))
    filters = {request.status_filter for request in pages(control.requests, name) if request.is_page} or {None}
    if None in filters:
        return [{}] * number
    return [{"status": status} for status in sorted(filters, key=str) for _ in range(number)]
