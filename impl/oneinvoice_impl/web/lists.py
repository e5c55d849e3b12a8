"""Pages of a list, and the filters above it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request

from oneinvoice_impl.store.records.record_browser import ALL_STATUSES, Slice

PER_PAGE = 50

_LONGEST_NUMBER = 9
_NO_FILTER = "There is no such filter; choose one of those above the list."


@dataclass(frozen=True, slots=True)
class StatusFilter:
    """One of the filters of a list: its label, how many it leaves, and its address."""

    label: str
    count: int
    href: str
    current: bool


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of a list; `number` counts from 1."""

    path: str
    status: str | None
    number: int
    total: int

    @property
    def part(self) -> Slice:
        """The records of the page."""
        return Slice((self.number - 1) * PER_PAGE, PER_PAGE, self.total)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return last_page(self.total)

    @property
    def first_row(self) -> int:
        """The position of its first record, from 1 on."""
        return self.part.offset + 1

    @property
    def last_row(self) -> int:
        """The position of its last record."""
        return min(self.part.offset + PER_PAGE, self.total)

    def href(self, number: int) -> str:
        """Return the address of another page of the same list."""
        return address(self.path, self.status, number)


def requested_status(request: Request, statuses: Sequence[str]) -> str | None:
    """Return the filter that the address names, None for all. Raises `HTTPException` (404) for one that there isn't."""
    status = request.query_params.get("status") or None
    if status is not None and status not in statuses:
        raise HTTPException(HTTPStatus.NOT_FOUND, _NO_FILTER)
    return status


def requested_page(request: Request, status: str | None, total: int) -> ListPage:
    """Return the page that the address names: the first if it names none, the last if there aren't so many."""
    text = request.query_params.get("page", "")
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    number = min(max(1, int(text)), last_page(total)) if is_number else 1
    return ListPage(request.url.path, status, number, total)


def filters(labels: Mapping[str, str], counts: Mapping[str, int], page: ListPage) -> list[StatusFilter]:
    """Return a filter for each status in `labels`, after one for all of them."""
    return [
        StatusFilter(label, counts[status], address(page.path, status), (page.status or ALL_STATUSES) == status)
        for status, label in {ALL_STATUSES: "All", **labels}.items()
    ]


def address(path: str, status: str | None, number: int = 1) -> str:
    """Return the address of a page of a list."""
    query = {"status": status} if status else {}
    more = {"page": str(number)} if number > 1 else {}
    return f"{path}?{urlencode({**query, **more})}" if query or more else path


def last_page(total: int) -> int:
    """Return the number of the last page of so many records."""
    return max(1, -(-total // PER_PAGE))
