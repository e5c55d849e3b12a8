"""Passes of a client through a list, told from its requests.

A client may read a list as it likes: from the front, from the end, several pages at once, by each status, in pages that
overlap or differ in size, and again as often as it likes. So no rule asks for an order. What is asked is:

- Which records did it get? The union of all pages that it got whole. Whatever is missing there it can't have, however
  it reads. A page is what came (`offset`, and `records` from there on), never what was asked for.
- Which requests belong together? Those of a list and a status are a *reading*, since `total` and `offset` mean others
  under another filter. A reading is one pass after the other: another begins where the offset is asked for at which the
  reading began. What got no page (a 429, a 500, a cut body) is in no pass: asking again for that is another matter.

What a client knew when it asked is told by `timing`.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress

from oneinvoice_conformance.clients.observation import ClientRequest, Trial

Reading = tuple[str, str | None]
"""List and status that are read."""


def readings(requests: Iterable[ClientRequest]) -> dict[Reading, list[ClientRequest]]:
    """Return the pages that were got of each list and status, in their order."""
    found: dict[Reading, list[ClientRequest]] = defaultdict(list)
    for request in requests:
        if request.is_page and request.endpoint is not None and request.offset is not None:
            found[request.endpoint, request.status_filter].append(request)
    return found


def passes(pages: Sequence[ClientRequest]) -> list[list[ClientRequest]]:
    """Return the passes of a reading."""
    found: list[list[ClientRequest]] = []
    for page in pages:
        if not found or (page.offset == pages[0].offset and page.at > (found[-1][0].answered or 0)):
            found.append([])
        found[-1].append(page)
    return found


def end_of(page: ClientRequest) -> int:
    """Return the offset after the last record of a page."""
    return (page.offset or 0) + (page.records or 0)


def is_past_the_end(page: ClientRequest) -> bool:
    """Tell whether a page was asked for at an offset where the list has no more."""
    return bool(page.offset) and (page.offset or 0) >= (page.total or 0)


def is_covered(position: int, pages: Iterable[ClientRequest]) -> bool:
    """Tell whether one of the pages has the record at a position."""
    return any((page.offset or 0) <= position < end_of(page) for page in pages)


def gaps(pages: Iterable[ClientRequest], total: int) -> list[range]:
    """Return the positions of a list that none of the pages has."""
    found, position = [], 0
    for page in sorted((each for each in pages if each.records), key=lambda page: page.offset or 0):
        if (page.offset or 0) > position:
            found.append(range(position, min(page.offset or 0, total)))
        position = max(position, end_of(page))
    return [*found, range(position, total)] if position < total else found


def ids_in(page: ClientRequest) -> set[str]:
    """Return the ids of the records of a page."""
    with suppress(ValueError, LookupError, TypeError, RecursionError):
        return {str(record["id"]) for record in json.loads(page.body)["data"]}
    return set()


def ids_got(requests: Iterable[ClientRequest], name: str) -> set[str]:
    """Return the ids of the records of a list that were got."""
    pages = [request for request in requests if request.endpoint == name and request.is_page]
    return set().union(*map(ids_in, pages))


def kept_ids(trial: Trial, name: str) -> set[str] | None:
    """Return the ids that a client keeps of a list, by its own word; None where it doesn't tell."""
    kept = trial.readback.lists.get(name) if trial.readback is not None else None
    return None if kept is None else set(kept)


def keeps_whole(trial: Trial | None, name: str) -> bool:
    """Tell whether a client keeps all records of a list that stood throughout."""
    kept = kept_ids(trial, name) if trial is not None else None
    return trial is not None and kept is not None and trial.truth.stood.get(name, frozenset()) <= kept
