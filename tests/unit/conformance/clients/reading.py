"""Lists that a client read in trials that nobody played: pages of records whose ids tell their positions."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from oneinvoice_conformance.clients.observation import ClientRequest, Readback, Truth

from tests.unit.conformance.clients.happenings import asked

LISTS = ("members", "quotes", "invoices")


def ids(name: str, positions: Iterable[int]) -> list[str]:
    """Return the ids of records at positions of a list."""
    return [f"{name}_{position}" for position in positions]


def page(at: float, name: str, offset: int, total: int, limit: int | None = 50, **other: Any) -> ClientRequest:
    """Return a request for a page, answered as the API does; `got` is another number of records, `status` a filter."""
    size = min(limit or 50, 200, max(0, total - offset))
    positions = range(offset, offset + other.pop("got", size))
    query = {"limit": limit, "offset": offset, "status": other.pop("filter", None)}
    target = "&".join(f"{key}={value}" for key, value in query.items() if value is not None)
    records = other.pop("ids", ids(name, positions))
    content = {"data": [{"id": id} for id in records], "pagination": {"total": total}}
    made: ClientRequest = asked(
        at, f"{name}?{target}", records=len(records), total=total, body=json.dumps(content).encode(), **other
    )
    return made


def whole(name: str, total: int, limit: int | None = 50, at: float = 0.0, **other: Any) -> list[ClientRequest]:
    """Return the requests of a pass through a list, from its front to its end."""
    size = min(limit or 50, 200)
    return [
        page(at + number / 10, name, offset, total, limit, **other)
        for number, offset in enumerate(range(0, max(total, 1), size))
    ]


def everything(total: int = 120, limit: int | None = 50, **other: Any) -> list[ClientRequest]:
    """Return the requests of a pass through each of the three lists."""
    return [each for number, name in enumerate(LISTS) for each in whole(name, total, limit, 10.0 * number, **other)]


def truth(total: int = 120, *, without: Iterable[str] = ()) -> Truth:
    """Return lists of so many records each, of which all stood throughout but those without."""
    records = {name: {id: {"id": id, "status": "new"} for id in ids(name, range(total))} for name in LISTS}
    return Truth(records, {name: frozenset(each) - frozenset(without) for name, each in records.items()})


def kept(total: int = 120, *, without: Iterable[str] = (), more: Iterable[str] = ()) -> Readback:
    """Return a readback of all records but some, and with more members."""
    lists = {
        name: {id: {"id": id, "status": "new"} for id in ids(name, range(total)) if id not in without} for name in LISTS
    }
    return Readback({**lists, "members": lists["members"] | {id: {"id": id} for id in more}})
