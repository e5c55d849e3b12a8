"""Timing of a client: which of its requests began when it can have known of an answer, and how long it waited.

A request is seen when it has come, not when the client decided to send it. One that comes a moment after a 429 may have
been on its way, from another worker of the client. Two things are sure. Who comes again on the connection of an answer
has read it. And a client whose requests never overlap sends none before it has read the last answer. Any other request
counts only if it came later than the answer was handed over by a `slack`, which grows with what this machine was seen
to be late, and with the time that the client takes between an answer and its next request.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from statistics import median

from oneinvoice_conformance.clients.observation import ClientRequest, Trial

_LEAST_SLACK, _MOST_SLACK = 0.1, 1.0  # seconds
_LONGEST_PAUSE = 0.05  # seconds; longer ones are the pace that the client has chosen


def workers(requests: Iterable[ClientRequest]) -> int:
    """Return how many requests were unanswered at once at most."""
    open_until: list[float] = []
    most = 0
    for request in sorted(requests, key=lambda each: each.at):
        if request.answering is None or request.is_left:
            continue
        open_until = [*(end for end in open_until if end > request.at), request.answering]
        most = max(most, len(open_until))
    return most


def is_concurrent(requests: Iterable[ClientRequest]) -> bool:
    """Tell whether a request came before an earlier one was answered."""
    return workers(requests) > 1


def slack(trial: Trial, control: Trial | None) -> float:
    """Return for how long after an answer a request of the trial may have been on its way, in seconds."""
    traffic = [trial.requests, control.requests if control else ()]
    if _is_one_by_one(*traffic):
        return 0.0
    pauses = [pause for each in traffic for pause in _pauses(each)]
    pause = min(_LONGEST_PAUSE, median(pauses)) if pauses else 0.0
    return min(_MOST_SLACK, _LEAST_SLACK + 2 * pause + 2 * trial.delay)


def sent_knowing(requests: Iterable[ClientRequest], answered: ClientRequest, slack: float) -> list[ClientRequest]:
    """Return the requests with the key that began when the client can have known how `answered` was answered."""
    handed_over = answered.at if answered.answering is None else answered.answering
    return [
        request
        for request in requests
        if request.key_places
        and request.number != answered.number
        and request.at > handed_over + (0.0 if _is_same_connection(request, answered) else slack)
    ]


def waits(
    requests: Sequence[ClientRequest], refused: Sequence[ClientRequest], control: Trial | None
) -> list[list[float]]:
    """Return the waits in seconds from each refused request until the next try, a sequence for each page.

    A client whose requests never overlap waits with all it does, and has one sequence, whatever it asks for next.
    """
    keyed = [request for request in requests if request.key_places]
    together = _is_one_by_one(keyed, control.requests if control else ())
    by_page: dict[object, list[ClientRequest]] = defaultdict(list)
    for request in keyed:
        by_page[None if together else request.page].append(request)
    numbers = {request.number for request in refused}
    return [
        [
            after.at - (before.at if before.answering is None else before.answering)
            for before, after in pairwise(asked)
            if before.number in numbers
        ]
        for asked in by_page.values()
        if any(request.number in numbers for request in asked)
    ]


def _is_same_connection(request: ClientRequest, other: ClientRequest) -> bool:
    return request.connection != 0 and request.connection == other.connection


def _is_one_by_one(*traffic: Sequence[ClientRequest]) -> bool:
    """Tell whether nothing shows that the client has several workers."""
    return not any(is_concurrent(each) or _takes_turns(each) for each in traffic)


def _takes_turns(requests: Iterable[ClientRequest]) -> bool:
    """Tell whether a connection was used again after another one was, as of several workers."""
    used: list[int] = []
    for request in requests:
        if request.connection in used[:-1]:
            return True
        if request.connection and request.connection not in used:
            used.append(request.connection)
    return False


def _pauses(requests: Iterable[ClientRequest]) -> list[float]:
    """Return the seconds from each answer to the next request on its connection."""
    by_connection: dict[int, list[ClientRequest]] = defaultdict(list)
    for request in requests:
        if request.connection and request.answered is not None:
            by_connection[request.connection].append(request)
    return [
        max(0.0, after.at - before.answered)
        for asked in by_connection.values()
        for before, after in pairwise(asked)
        if before.answered is not None
    ]
