"""Scenarios of reading whole lists."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from oneinvoice_conformance.clients.front.answer import Answer, Api, Script, as_the_api_answers
from oneinvoice_conformance.clients.observation import ClientRequest, Mark
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.scenarios.sizes import some_pages, two_full_pages
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means

FULL_LAST_PAGE = "full-last-page"
CUT_PAGES = "cut-pages"
REPEATING_PAGE = "repeating-page"
COMING_AND_GOING = "coming-and-going"
ENDLESS = "endless"
"""Fact: whether the program was stopped, since it asked for pages past the end again and again."""
UNSEEN = "unseen"
"""Fact: the list of which a record went and another came, so that its total stayed; None if there is none."""

_PATIENCE = 20  # requests in a loop before the program is stopped
_PAUSE = 0.03  # seconds before an answer, which shows what the client asks for at once

Filter = tuple[str | None, str | None]
"""List and status that a request asks for."""


@scenario(FULL_LAST_PAGE, "The last page of each list is full.", "PAGE-1", "PAGE-3", data=two_full_pages)
def full_last_page(stage: Stage) -> None:
    """Run the client on lists whose totals are multiples of its page size."""
    stage.front.script = _slowly(as_the_api_answers)
    _run_to_an_end(stage)


@scenario(
    CUT_PAGES,
    "Pages of quotes and invoices are shorter than asked for, as those of limits above 200 are.",
    "PAGE-2",
    data=some_pages,
)
def cut_pages(stage: Stage) -> None:
    """Cut pages of quotes and invoices, whose size the documentation leaves open, but the first and the last."""
    lock = threading.Lock()

    def answer(request: ClientRequest, api: Api) -> Answer:
        whole = api()
        if request.endpoint not in ("quotes", "invoices") or not request.offset or request.limit is None:
            return whole
        with lock:
            return _cut(whole, stage.random)

    stage.front.script = answer
    _run_to_an_end(stage)


def _cut(whole: Answer, chance: random.Random) -> Answer:
    """Return a page without its end, unless it is the last one."""
    content = whole.page()
    if content is None:
        return whole
    records, place = content["data"], content["pagination"]
    if len(records) < 2 or place["offset"] + len(records) >= place["total"]:
        return whole
    size = chance.randint(-(-len(records) // 2), len(records) - 1)
    cut = {**content, "data": records[:size], "pagination": {**place, "limit": size}}
    return whole.with_json(cut, Mark.CUT_PAGE, f"cut to {size} of {len(records)}")


@scenario(
    REPEATING_PAGE,
    "The total counts one record that has gone, and an offset past the end gets the last page again.",
    "PAGE-3",
    data=some_pages,
)
def repeating_page(stage: Stage) -> None:
    """Have the last page of each list come again."""
    last_pages: dict[Filter, tuple[int, Any]] = {}
    lock = threading.Lock()

    def answer(request: ClientRequest, api: Api) -> Answer:
        whole = api()
        content = whole.page()
        if content is None:
            return whole
        name, offset = _filter(request), request.offset or 0
        content["pagination"]["total"] += 1
        with lock:
            if content["data"]:
                if offset >= last_pages.get(name, (0, None))[0]:
                    last_pages[name] = (offset, content)
                return whole.with_json(content, Mark.CHANGED, "its total counts a record that has gone")
            _, last = last_pages.get(name, (0, content))
        return whole.with_json(last, Mark.REPEATED_PAGE, "the last page again")

    stage.front.script = _slowly(answer)
    _run_to_an_end(stage)


@scenario(
    COMING_AND_GOING,
    "Between two pages a member goes, and of another list one record goes and another comes.",
    "PAGE-3",
    "PAGE-4",
    data=some_pages,
)
def coming_and_going(stage: Stage) -> None:
    """Remove a record that the client has read, before its second page; of another list add one at the end, too."""
    changes = _Changes(stage)
    stage.front.script = _slowly(changes.answer)
    _run_to_an_end(stage)
    stage.facts[UNSEEN] = changes.unseen
    if Means.READBACK in stage.client.means:
        stage.readback()


class _Changes:
    """Changes between the pages of two lists: of members, whose total moves, and of another, whose total stays."""

    def __init__(self, stage: Stage) -> None:
        assert stage.control is not None
        self._stage = stage
        self._lock = threading.Lock()
        self._read: dict[Filter, list[str]] = {}
        self._changed: set[str] = set()
        others = [name for name in ("invoices", "quotes") if name in stage.client.lists]
        self.unseen = others[0] if others else None

    def answer(self, request: ClientRequest, api: Api) -> Answer:
        with self._lock:
            is_changed = self._change(request)
            whole = api()
            content = whole.page()
            if content is not None and content["data"]:
                ids = [str(record["id"]) for record in content["data"]]
                self._read.setdefault(_filter(request), ids)
        return replace(whole, mark=Mark.CHANGED, note="a record has gone") if is_changed else whole

    def _change(self, request: ClientRequest) -> bool:
        """Change a list once, before its second page, and tell whether that was now."""
        name = request.endpoint
        read = self._read.get(_filter(request))
        if name is None or name in self._changed or not request.offset or not read:
            return False
        if name not in ("members", self.unseen):
            return False
        self._changed.add(name)
        sandbox, status = self._stage.sandbox, request.status_filter
        sandbox.control("DELETE", f"/{name}/{self._stage.random.choice(read)}")
        if name == self.unseen:
            sandbox.control("POST", f"/{name}", {"status": status} if status else {})
        return True


def _slowly(script: Script) -> Script:
    """Return a script that answers a little later."""
    return lambda request, api: replace(script(request, api), delay=_PAUSE)


def _run_to_an_end(stage: Stage) -> None:
    """Run the client, and stop it where it asks past the end, or begins a list anew, again and again."""
    stage.facts[ENDLESS] = False

    def is_endless() -> bool:
        stage.facts[ENDLESS] = _is_endless(stage.journal.requests)
        return bool(stage.facts[ENDLESS])

    stage.run_until(is_endless, "the client reads to the end")


def _is_endless(requests: Sequence[ClientRequest]) -> bool:
    pages = [request for request in requests if request.is_page]
    past = Counter(_filter(each) for each in pages if each.offset and each.offset >= (each.total or 0))
    repeated = Counter(_filter(each) for each in pages if each.mark is Mark.REPEATED_PAGE)
    begun = Counter(_filter(each) for each in pages if not each.offset)
    return any(count > _PATIENCE for counter in (past, repeated, begun) for count in counter.values())


def _filter(request: ClientRequest) -> Filter:
    return request.endpoint, request.status_filter
