"""Paging of clients: pages that don't follow each other, and lists that never end."""

from __future__ import annotations

from typing import Any

import pytest
from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.mock.journal.paging import Paging, place_of

from tests.unit.impl.mock.journal.made import entry


def page(since: float, offset: int, count: int, limit: int | None = None, total: int = 120, **values: Any) -> Entry:
    query = f"offset={offset}" if limit is None else f"limit={limit}&offset={offset}"
    return entry(since, f"/api/v1/quotes?{query}", page=(offset, count, total), **values)


def found(entries: list[Entry]) -> list[str | None]:
    """What the notes on the requests say is broken; None for one that is no finding."""
    paging, requirements = Paging(), []
    for each in entries:
        place = place_of(each)
        assert place is not None
        requirements += [note.requirement for note in paging.notes(each, place)]
    return requirements


OTHER = "127.0.0.1:2"


@pytest.mark.parametrize(
    ("entries", "requirements"),
    [
        ([page(0, 0, 50), page(1, 50, 50), page(2, 100, 20)], []),
        # A page was cut, and the client goes on from what it asked for.
        ([page(0, 0, 31, 50), page(1, 50, 50, 50)], ["CLIENT/PAGE-2"]),
        ([page(0, 0, 31, 50), page(1, 31, 50, 50)], []),
        ([page(0, 0, 31, 50), page(1, 20, 50, 50)], [None]),
        # Workers share a list by whole pages.
        ([page(0, 0, 50, 50), page(1, 100, 20, 50), page(1.1, 50, 50, 50)], [None]),
        ([page(0, 0, 31, 50), page(0.05, 50, 50, 50, connection=OTHER)], [None]),
        # Two passes at once, with pages of their own sizes.
        ([page(0, 0, 50, 50), page(1, 0, 20, 20), page(2, 20, 20, 20), page(3, 50, 50, 50)], [None]),
        ([page(0, 0, 50, 50), page(301, 60, 50, 50)], []),
    ],
)
def test_who_skips_records(entries: list[Entry], requirements: list[str | None]) -> None:
    assert found(entries) == requirements


@pytest.mark.parametrize(
    ("entries", "requirements"),
    [
        ([page(0, 100, 20), page(1, 120, 0)], [None]),
        ([page(0, 100, 20), page(1, 120, 0), page(2, 140, 0)], [None, "CLIENT/PAGE-3"]),
        ([page(0, 120, 0), page(1, 120, 0), page(2, 120, 0)], [None, "CLIENT/PAGE-3", "CLIENT/PAGE-3"]),
        # Workers that all had a request under way, and one that looks for new records now and then.
        ([page(0, 120, 0), *(page(0.01 * n, 140 + n, 0, connection=f"127.0.0.1:{n}") for n in (1, 2, 3))], [None] * 4),
        ([page(0, 120, 0), page(10, 120, 0), page(20, 120, 0)], [None] * 3),
        ([page(0, 120, 0), page(0.2, 140, 0, connection=OTHER)], [None, "CLIENT/PAGE-3"]),
        # Another pass, or another one at the same time.
        ([page(0, 120, 0, 20), page(0.2, 120, 0, 20, connection=OTHER), page(0.4, 120, 0, 50)], [None] * 3),
        ([page(0, 120, 0), page(1, 0, 50), page(2, 120, 0)], [None, None]),
        ([page(0, 0, 0, total=0), page(1, 0, 0, total=0)], []),
    ],
)
def test_who_goes_on_past_the_end(entries: list[Entry], requirements: list[str | None]) -> None:
    assert found(entries) == requirements
