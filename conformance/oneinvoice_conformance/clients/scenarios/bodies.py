"""Scenario of bodies that are no data, each of which hides a page once.

Those that look like a page have records that exist nowhere else, so that a client which keeps one of them took it from
there. A client that asks again meets all kinds in one run; one that gives up is run again until all were sent.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from uuid import uuid4

from oneinvoice_conformance.clients.front.answer import Answer, Api, Framing
from oneinvoice_conformance.clients.observation import ClientRequest, Mark, ProgramEnd, Readback
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.scenarios.sizes import some_pages
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

BAD_BODIES = "bad-bodies"
RUNS = "runs"
"""Fact: the `BadRun`s."""

_BUDGET = 25.0  # seconds in which another run may begin
_SILENCE = 12.0  # seconds after which a client that waits is not waited for
_HTML = b"<!DOCTYPE html>\n<html><head><title>Welcome</title></head><body><h1>It works!</h1></body></html>\n"


class BadKind(StrEnum):
    """Kind of body that is no data, in words for reports."""

    CUT = "a body that is cut in the middle"
    CUT_END = "a body whose end is missing by its Content-Length"
    CUT_CHUNKS = "a body in chunks without the last"
    HTML = "a page of HTML with status 200"
    EMPTY = "an empty body with status 200"
    ERROR = "a list in the body of a 503"


@dataclass(frozen=True, slots=True)
class BadBody:
    """Body that was sent in the place of a page: in answer to which request, which ids it hid, and which it made up."""

    request: int
    kind: BadKind
    hidden: frozenset[str]
    invented: frozenset[str]


@dataclass(frozen=True, slots=True)
class BadRun:
    """Run of the client's program with the bad bodies that it got, by the numbers of its first and last request."""

    first: int
    last: int
    bodies: tuple[BadBody, ...]
    end: ProgramEnd
    kept: Readback | None


@scenario(
    BAD_BODIES,
    "Bodies that are cut, empty, HTML or of a 503 come in the place of pages.",
    "TOL-3",
    seconds=5.0,
    data=some_pages,
)
def bad_bodies(stage: Stage) -> None:
    """Send each kind of body in the place of a page that was not asked for before."""
    kinds = [*BadKind]
    stage.random.shuffle(kinds)
    runs: list[BadRun] = []
    while kinds and (not runs or (runs[-1].bodies and stage.journal.clock() < _BUDGET)):
        spoiler = _Spoiler(kinds, stage.random)
        stage.front.script = spoiler.answer
        first = runs[-1].last + 1 if runs else 1
        end = stage.run_until(lambda: _is_silent(stage), "the client gets a bad body")
        kept = stage.readback() if Means.READBACK in stage.client.means else None
        last = max((request.number for request in stage.journal.requests), default=first)
        runs.append(BadRun(first, last, tuple(spoiler.bodies), end, kept))
    stage.facts[RUNS] = tuple(runs)


def _is_silent(stage: Stage) -> bool:
    requests = stage.journal.requests
    last = requests[-1].answered if requests else None
    return last is not None and stage.journal.clock() - last > _SILENCE


class _Spoiler:
    """Spoiler of the first pages that come, each of which comes well when it is asked for again."""

    def __init__(self, kinds: list[BadKind], chance: random.Random) -> None:
        self._kinds = kinds
        self._chance = chance
        self._lock = threading.Lock()
        self._places: set[tuple[str | None, str | None, int | None]] = set()
        self.bodies: list[BadBody] = []

    def answer(self, request: ClientRequest, api: Api) -> Answer:
        whole = api()
        content = whole.page()
        place = (request.endpoint, request.status_filter, request.offset)
        with self._lock:
            if content is None or not content["data"] or place in self._places or not self._kinds:
                return whole
            self._places.add(place)
            kind = self._kinds.pop()
            invented = _invented(content)
            self.bodies.append(BadBody(request.number, kind, _ids(content), _ids(invented)))
        return replace(_SPOILED[kind](whole, invented), mark=Mark.BROKEN, note=kind.value)


def _ids(content: dict[str, Any]) -> frozenset[str]:
    return frozenset(str(record["id"]) for record in content["data"])


def _invented(content: dict[str, Any]) -> dict[str, Any]:
    """Return a page of records that exist nowhere else, in this run or another."""
    records = [{**record, "id": f"{record['id'][:4]}{uuid4().hex[:12]}"} for record in content["data"]]
    return {**content, "data": records}


def _cut_end(whole: Answer, content: dict[str, Any]) -> Answer:
    """Return a page after whose last bracket spaces are to follow, which never come."""
    page = whole.with_json(content, Mark.BROKEN, "")
    return replace(page, body=page.body + b" " * len(page.body), framing=Framing.CUT)


def _error(whole: Answer, content: dict[str, Any]) -> Answer:
    page = replace(whole.with_json(content, Mark.BROKEN, ""), status=503)
    return page.with_header("Retry-After", "1")


_SPOILED: dict[BadKind, Callable[[Answer, dict[str, Any]], Answer]] = {
    BadKind.CUT: lambda whole, content: replace(whole.with_json(content, Mark.BROKEN, ""), framing=Framing.CUT),
    BadKind.CUT_END: _cut_end,
    BadKind.CUT_CHUNKS: lambda whole, content: replace(
        whole.with_json(content, Mark.BROKEN, ""), framing=Framing.CUT_CHUNKS
    ),
    BadKind.HTML: lambda whole, content: replace(whole, headers=(("Content-Type", "text/html"),), body=_HTML),
    BadKind.EMPTY: lambda whole, content: replace(whole, body=b""),
    BadKind.ERROR: _error,
}
