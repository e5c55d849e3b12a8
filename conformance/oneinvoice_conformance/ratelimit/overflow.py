"""The overflow: what the key gets right after its first refusal, on new connections and at a slower pace.

A client's kept-alive connection leads to one worker of a deployment, and to one node behind many a balancer. Where each
counts for itself, only other connections show it. And a limiter whose window is a second, or that refills ten times as
fast as it may, serves again at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.burst import send_burst
from oneinvoice_conformance.ratelimit.explanations import exceeds_every_limiter
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import LAG, MINUTE, SOFT_LIMIT, max_let_in, most_in_a_minute

# New connections at once. More of them would be more requests that a counter may hold against the key, so that a
# lockout of 75 s is over when its recovery is tried.
_FIRST = 3
_MOST_REFUSED = 2  # batches on new connections in a row, after which no worker is left that serves
_LEAST_AT_PACE = 3  # requests at the slower pace, in which a window of a second turns over
_MOST_AT_PACE = 6  # where some of them are served, unless they are more than the limit grants
_MOST_AFTER_LAG = 8  # requests after a lag, half of them on one endpoint: as many as it lets in at that pace, and one
_PACE = 2.8  # times the limit's, at which two minutes' requests go within one


@dataclass(frozen=True, slots=True)
class Overflow:
    """The answers on new connections, and those at the slower pace.

    is_by_connection: whether new connections were served more than one limiter lets in by chance
    """

    on_new_connections: tuple[Exchange, ...] = ()
    at_pace: tuple[Exchange, ...] = ()
    is_by_connection: bool = False

    @property
    def served(self) -> int:
        """The number of requests that were served on new connections."""
        return sum(answer.serves_list for answer in self.on_new_connections)


def overflow(key: KeyUnderLoad) -> Overflow:
    """Go on after a refusal, as long as something is served and no more than `cap` were within a minute."""
    on_new_connections, is_by_connection = _send_on_new_connections(key)
    at_pace = list[Exchange]()
    start = last = key.now()
    first = 0  # of the answers since the last pause for nodes, in which a bucket refills
    pause = key.interval / _PACE
    is_prompt = key.latency() < pause  # else it is no faster than the limit grants
    while is_prompt and key.served_lately() < key.cap and key.now() < start + MINUTE:
        key.wait_until(last + pause, "sending on at a slower pace")
        due = max(1, round((key.now() - last) / pause))  # more than one where the clock moves by whole seconds
        asked_at = key.now()
        answers = key.send(due, on_new_connections=True)  # and so another chance to reach another worker
        if answers[0].sent - asked_at > pause:
            first = len(at_pace)
        at_pace += answers
        last = at_pace[-1].sent
        latest = at_pace[first:][-_MOST_AT_PACE:]
        served = sum(answer.serves_list for answer in latest)
        by_limit = SOFT_LIMIT * (key.now() - latest[0].sent + pause) / key.interval + 1
        is_refused = len(at_pace) >= _LEAST_AT_PACE and not any(each.serves_list for each in at_pace[-_LEAST_AT_PACE:])
        if is_refused or (len(latest) >= _MOST_AT_PACE and served <= by_limit):
            break
    return Overflow(tuple(on_new_connections), tuple(at_pace), is_by_connection)


def outlast_lag(key: KeyUnderLoad) -> None:
    """Send a few more, each when all nodes know of what was served, where nothing else than a lag explains that.

    They are mixed, since the key may be refused on one endpoint alone.
    """
    for _ in range(_MOST_AFTER_LAG):
        sent = key.sent()
        is_full = most_in_a_minute(sent) >= key.cap and exceeds_every_limiter(sent, key.limit)
        if not is_full or exceeds_every_limiter(sent, key.limit, LAG):
            return
        key.wait_for_nodes()
        key.send_mixed()


def _send_on_new_connections(key: KeyUnderLoad) -> tuple[list[Exchange], bool]:
    """Send a few requests together, each on its own connection, and more as long as more than chance is served."""
    answers, start = list[Exchange](), key.now()
    served, refused, chance = 0, 0, math.inf
    while refused < _MOST_REFUSED and len(answers) < key.cap and (left := key.cap - key.served_lately()) > 0:
        count = min(key.max_concurrency if served else _FIRST, key.max_concurrency, left)
        batch = key.send(count, on_new_connections=True)
        answers += batch
        count_served = sum(answer.serves_list for answer in batch)
        if count_served and not served and key.send()[0].serves_list:
            send_burst(key)  # the old connection is served, too: a window has turned over
            return answers, False
        is_second_or_later, served = served > 0, served + count_served
        chance = max_let_in(key.sent(), start, key.now(), key.limit)
        refused = 0 if count_served * 3 >= count else refused + 1
        if not served or (is_second_or_later and served <= chance):
            break
    return answers, served > chance
