"""Scenarios of the rate limit: 429 with Retry-After in seconds or as a date, and to one of several workers."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate

from oneinvoice_conformance.clients.front.answer import Answer, Api, too_many
from oneinvoice_conformance.clients.observation import ClientRequest, Mark
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.scenarios.turn import (
    Turn,
    is_for_a_page,
    pages_before,
    with_pages_for_workers,
)
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.subject import Means
from oneinvoice_conformance.clients.timing import is_concurrent

SECONDS = "limited-for-seconds"
DATE = "limited-until-a-date"
WORKERS = "limited-among-workers"

_ENOUGH = 40  # refusals after which nothing more is to be learned
_SLOW = 0.6  # seconds that answers take where several are to be under way at once
_HANDING = 0.1  # seconds until the 429 comes, in which other workers begin what they have at hand
_WAIT = 2  # seconds


@scenario(SECONDS, "Pages get 429 with Retry-After in seconds.", "PACE-1", "PACE-2", "PACE-3", "PACE-5", seconds=4)
def limited_for_seconds(stage: Stage) -> None:
    """Refuse a page twice in a row, and once the first page of another list."""
    limiter = _Limiter(stage)
    stage.front.script = limiter
    stage.run_until(lambda: limiter.refused > _ENOUGH, "429 with Retry-After in seconds")
    if stage.end and Means.READBACK in stage.client.means:
        stage.readback()


class _Limiter:
    """Limiter that refuses all that comes with the key until a wait is over, three times in a run."""

    def __init__(self, stage: Stage) -> None:
        self._clock = stage.journal.clock
        self._turn = Turn(pages_before(stage.random, stage.control))
        self._refused_list: str | None = None
        self._until = 0.0
        self._lock = threading.Lock()
        self._begins: list[tuple[Callable[[ClientRequest], bool], int]] = [
            (self._turn.takes, 2),
            (self._turn.takes, 1),
            (lambda request: request.endpoint not in (None, self._refused_list), 1),
        ]
        self.refused = 0

    def __call__(self, request: ClientRequest, api: Api) -> Answer:
        if not is_for_a_page(request):
            return api()
        with self._lock:
            left = self._left(request)
            self.refused += left > 0
        return too_many(f"Retry-After: {left}", ("Retry-After", str(left))) if left else api()

    def _left(self, request: ClientRequest) -> int:
        """Return the seconds for which a request is refused, 0 if it is not."""
        now = self._clock()
        if now < self._until:
            return math.ceil(self._until - now)
        if not self._begins or not self._begins[0][0](request):
            return 0
        _, seconds = self._begins.pop(0)
        self._refused_list = request.endpoint
        self._until = now + seconds
        return seconds


@scenario(DATE, "A page gets 429 with a date in Retry-After.", "PACE-2", "PACE-5", seconds=3)
def limited_until_a_date(stage: Stage) -> None:
    """Refuse a page until a date that is two and a half to three seconds off, and all that comes before it."""
    turn, lock = Turn(pages_before(stage.random, stage.control)), threading.Lock()
    clock, started = stage.journal.clock, stage.journal.started
    until: list[int] = []  # seconds since 1970

    def script(request: ClientRequest, api: Api) -> Answer:
        if not is_for_a_page(request):
            return api()
        delay = 0.0
        with lock:
            now = started + clock()
            if not until and turn.takes(request):
                # In the second half of a second it waits for the next one: a client that cuts a wait to whole
                # seconds is always too early then, and never by chance alone.
                delay = 1.02 - now % 1 if now % 1 > 0.5 else 0.0
                until.append(math.floor(now + delay) + 3)
        if not until or now >= until[0]:
            return api()
        date = formatdate(until[0], usegmt=True)
        answer = too_many(f"Retry-After: {date}", ("Retry-After", date))
        return replace(answer, delay=delay)

    stage.front.script = script
    stage.run_until(lambda: _refusals(stage) > _ENOUGH, "429 with Retry-After as a date")


def _refusals(stage: Stage) -> int:
    return sum(request.mark is Mark.LIMITED for request in stage.journal.requests)


@scenario(WORKERS, "One of several workers gets 429.", "PACE-4", seconds=3, data=with_pages_for_workers)
def limited_among_workers(stage: Stage) -> None:
    """Refuse one request while others are under way, and see whether more begin."""
    script = _OneOfSeveral(stage)
    stage.front.script = script
    stage.run_until(lambda: script.is_over, "429 for one of several requests at once")


class _OneOfSeveral:
    """Limiter that refuses a request that comes while another is under way, and then all new ones until 2 s are over.

    Answers are slow until then: requests overlap where they can, and who goes on does so when it can know better. A
    client that was never seen to have two requests under way is left alone soon.
    """

    def __init__(self, stage: Stage) -> None:
        self._clock = stage.journal.clock
        self._patience = 30 if stage.control is None or is_concurrent(stage.control.requests) else 4
        self._before = stage.random.choice((0, 1))  # overlapping requests that are served
        self._busy_until = 0.0
        self._slow = 0
        self._refused_at: float | None = None
        self._lock = threading.Lock()
        self.is_over = False

    def __call__(self, request: ClientRequest, api: Api) -> Answer:
        if not is_for_a_page(request):
            return api()
        with self._lock:
            now = self._clock()
            refuses_first = self._refused_at is None and self._is_refused(now)
            left = 0.0 if self._refused_at is None else self._refused_at + _HANDING + _WAIT - now
            is_new = self._refused_at is not None and now > self._refused_at + _HANDING + _SLOW / 2
        if refuses_first:
            return replace(too_many("one of several", ("Retry-After", str(_WAIT))), delay=_HANDING)
        if is_new and left > 0:
            return too_many("the limit holds", ("Retry-After", str(math.ceil(left))))
        if is_new:
            self.is_over = True
            return api()
        return replace(api(), delay=_SLOW)

    def _is_refused(self, now: float) -> bool:
        overlaps = now < self._busy_until
        self._busy_until = now + _SLOW
        self._slow += 1
        self._before -= overlaps
        if overlaps and self._before < 0:
            self._refused_at = now
            return True
        self.is_over = self._slow > self._patience
        return False
