"""Scenarios of trying again: 429 that doesn't say for how long, 500 that lasts, and what is refused for good."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from oneinvoice_openapi.client_bounds import EARLY, MOST_TRIES, TRIES_SECONDS, UNTOLD_WAIT

from oneinvoice_conformance.clients.front.answer import Answer, Api, problem, too_many
from oneinvoice_conformance.clients.observation import ClientRequest, Mark, Trial
from oneinvoice_conformance.clients.scenarios.scenario import scenario
from oneinvoice_conformance.clients.scenarios.turn import Turn, is_for_a_page, pages_before
from oneinvoice_conformance.clients.stage import Stage
from oneinvoice_conformance.clients.timing import waits

UNTOLD = "limited-without-saying"
OUTAGE = "lasting-500"
BAD_REQUEST = "refused-with-400"
NOT_FOUND = "refused-with-404"

LONG = 10.0  # seconds from which on a wait need not grow
_DOUBLED = 7.0  # seconds of three waits that double from the shortest
_LONGEST = 25.0  # seconds in which requests are refused without saying for how long


@scenario(UNTOLD, "Pages get 429 without Retry-After.", "PACE-3", "PACE-5", seconds=4)
def limited_without_saying(stage: Stage) -> None:
    """Refuse all pages from one on until it shows how long the client waits."""
    turn, lock = Turn(pages_before(stage.random, stage.control)), threading.Lock()
    began: list[float] = []
    released = threading.Event()

    def script(request: ClientRequest, api: Api) -> Answer:
        if not is_for_a_page(request) or released.is_set():
            return api()
        with lock:
            if not began and turn.takes(request):
                began.append(request.at)
            if began and (
                request.at > began[0] + _LONGEST or _is_clear([*stage.journal.requests, request], stage.control)
            ):
                released.set()
        return too_many("no Retry-After") if began and not released.is_set() else api()

    def decided() -> bool:
        requests = stage.journal.requests
        refused = [request for request in requests if request.mark is Mark.LIMITED]
        silence = stage.journal.clock() - max((request.at for request in requests), default=0.0)
        too_short = any(wait < UNTOLD_WAIT - EARLY for each in waits(requests, refused, stage.control) for wait in each)
        return too_short or (bool(refused) and requests[-1].mark is Mark.LIMITED and silence > LONG + 0.5)

    stage.front.script = script
    stage.run_until(decided, "429 without Retry-After")


def _is_clear(requests: Sequence[ClientRequest], control: Trial | None) -> bool:
    """Tell whether the waits have shown what they can."""
    refused = [request for request in requests if request.mark is Mark.LIMITED]
    return any(grows(each) or is_constant(each) for each in waits(requests, refused, control))


def grows(pauses: Sequence[float], delay: float = 0.0) -> bool:
    """Tell whether the last wait was longer than the first, by more than the machine's `delay`, or long at once."""
    if any(pause >= LONG for pause in pauses):
        return True
    return len(pauses) > 1 and pauses[-1] - pauses[0] > 0.1 + min(0.3, 2 * delay)


def is_constant(pauses: Sequence[float]) -> bool:
    """Tell whether the waits are enough to see that they don't grow.

    Three are, but a back-off with a floor, of 4, 4, 4 and 8 s, is so gentle by then that it gets one more.
    """
    return not grows(pauses) and len(pauses) > (2 if sum(pauses) < _DOUBLED else 3)


@scenario(OUTAGE, "A page gets 500 for as long as the client asks.", "PACE-6", seconds=8)
def lasting_500(stage: Stage) -> None:
    """Answer 500 to one page until the client gives up, or shows how often it will ask in half a minute."""
    asked = _refuse_a_page(
        stage, problem(500, "Internal Server Error", "The database is out of reach.", Mark.OUTAGE, "500 each time")
    )

    def decided() -> bool:
        times = [request.at for request in asked()]
        return is_too_often(times) or is_bounded(times, stage.journal.clock())

    stage.run_until(decided, "500 for one page")


def is_too_often(times: Sequence[float]) -> bool:
    """Tell whether a page was asked for again more often than it may be, by the seconds at which it was."""
    return sum(time - times[0] <= TRIES_SECONDS for time in times[1:]) > MOST_TRIES


def is_bounded(times: Sequence[float], now: float) -> bool:
    """Tell whether it can't become too often any more, since pauses that lengthen don't shorten again."""
    if len(times) < 2:
        return False
    pause = max(times[-1] - times[-2], now - times[-1])
    left = max(0.0, times[0] + TRIES_SECONDS - now)
    return len(times) - 1 + left / pause <= MOST_TRIES if pause else left == 0


@scenario(BAD_REQUEST, "A page gets 400.", "PACE-6")
def refused_with_400(stage: Stage) -> None:
    _refuse_for_good(stage, problem(400, "Bad Request", "This can't be asked for.", Mark.REFUSED, "400 each time"))


@scenario(NOT_FOUND, "A page gets 404.", "PACE-6")
def refused_with_404(stage: Stage) -> None:
    _refuse_for_good(stage, problem(404, "Not Found", "There is no such list.", Mark.REFUSED, "404 each time"))


def _refuse_for_good(stage: Stage, answer: Answer) -> None:
    """Answer one page so until the client asks for it again, or ends."""
    asked = _refuse_a_page(stage, answer)
    stage.run_until(lambda: bool(repeated(asked())), f"{answer.status} for one page")


def repeated(requests: Sequence[ClientRequest]) -> list[ClientRequest]:
    """Return the requests that are what an earlier one was, to the letter."""
    seen: set[tuple[str, str]] = set()
    found = []
    for request in requests:
        if (request.method, request.target) in seen:
            found.append(request)
        seen.add((request.method, request.target))
    return found


def _refuse_a_page(stage: Stage, answer: Answer) -> Callable[[], list[ClientRequest]]:
    """Answer one page so from now on, and return what tells the requests that were."""
    turn = Turn(pages_before(stage.random, stage.control))
    stage.front.script = lambda request, api: answer if turn.takes(request) else api()
    return lambda: [request for request in stage.journal.requests if request.mark is answer.mark]
