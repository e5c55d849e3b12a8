"""The key under load: the one place that sends with it, and waits for it."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from operator import attrgetter
from statistics import median

from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.pacer import CommandClock
from oneinvoice_conformance.http.transport import AT_ONCE
from oneinvoice_conformance.ratelimit.limiter_bounds import (
    LAG,
    MINUTE,
    SOFT_LIMIT,
    ServedStreak,
    min_bucket_capacity,
    served_since,
)

_PROMPT = 0.05  # seconds; a slower deployment is sent several requests at once
_STEPS = 6  # beyond what a window holds, since one may have turned over anywhere
_CLOCKS = 0.2  # seconds, by which clocks are off
_PATIENCE = 170.0  # seconds of a run, of which what comes later needs some more
_RECENT = 9  # answers, whose median is the latency
_BATCHES = 2  # sent together, which tell how many are answered at the same time
_BATCH = 3  # requests, at least


class KeyUnderLoad:
    """A key that is overloaded, and all that the run has sent with it.

    request: the light request by which the key is known to be refused; its credential is the key
    mix: what a minute is filled with up to the limit, in turn: of each endpoint, with a query and without
    limit: requests a minute that the documentation grants the key, or that were agreed
    cap: requests served in a row within a minute after which the key is let alone
    max_concurrency: requests that are sent together at most. Between two refusals up to four times as many are sent,
        and that has to stay below what a fixed window lets in as it turns over.
    """

    def __init__(self, client: Client, request: Request, cap: int, mix: Sequence[Request] = ()) -> None:
        self.client, self.request, self.cap = client, request, cap
        self.mix = tuple(mix) or (request,)
        self._turn = 0
        self._sent: list[Exchange] = []  # of the first so many of the journal
        self._looked_at = 0
        self.account = request.credential.account
        self.limit = client.pacer.limit
        self.max_concurrency = max(1, min(AT_ONCE, self.limit // 6))
        self._most_served_together = 1
        self._alone = self.latency() if self.journal else 0.0  # seconds of an answer to one request at a time
        self._gains: list[tuple[float, int]] = []  # times as fast as one by one, of so many that were sent together
        self._served_at_pause = 0
        self.pauses = True  # but not where a pause would refill what is asked for, or let in what is to stay refused

    # What was sent

    @property
    def journal(self) -> list[Exchange]:
        """All that the run has sent, with whichever key, in the order of sending."""
        return self.client.journal

    def sent(self) -> list[Exchange]:
        """Return what the run has sent with the key, in the order of sending."""
        for each in self.journal[self._looked_at :]:
            if each.request.credential.account == self.account:
                insort(self._sent, each, key=attrgetter("sent"))
        self._looked_at = len(self.journal)
        return self._sent.copy()

    def most_served(self) -> int:
        """Return how many requests in a row the key was served within a minute, at most."""
        return ServedStreak(self.sent()).most

    def served_lately(self) -> int:
        """Return how many requests the key was served in the last minute, whatever was refused between them."""
        return served_since(self.sent(), self.now() - MINUTE)

    def min_capacity(self) -> float:
        """Return how many requests at once a bucket would have had to hold, at least, to serve what the key was."""
        return min_bucket_capacity(self.sent(), self.limit, within=max(1.0, 4 * self.latency()))

    def latency(self) -> float:
        """Return the seconds that an answer takes."""
        return median(exchange.seconds for exchange in self.journal[-_RECENT:])

    @property
    def is_prompt(self) -> bool:
        """Tell whether answers come so fast that one at a time is enough."""
        return self.latency() <= _PROMPT

    # Sending

    def send(
        self, count: int = 1, request: Request | None = None, *, on_new_connections: bool = False
    ) -> list[Exchange]:
        """Send the key's request, or another, so many times together, and return the answers."""
        return self._send([request or self.request] * count, on_new_connections=on_new_connections)

    def send_mixed(self, count: int = 1) -> list[Exchange]:
        """Send the next so many requests of the mix together, without those that get errors, and return the answers."""
        broken = {
            each.request
            for each in self.journal
            if not each.serves_list and each.status != 429 and each.request in self.mix
        }
        usable = [request for request in self.mix if request not in broken] or [self.request]
        turns = range(self._turn, self._turn + count)
        self._turn += count
        return self._send([usable[turn % len(usable)] for turn in turns])

    def _send(self, requests: Sequence[Request], *, on_new_connections: bool = False) -> list[Exchange]:
        answers = list[Exchange]()
        while left := requests[len(answers) :]:
            together = left[: self._wait_for_count()]
            answers += (batch := self.client.burst(together, on_new_connections=on_new_connections))
            if all(each.serves_list for each in batch):
                self._most_served_together = max(self._most_served_together, len(batch))
            if len(batch) >= _BATCH:
                seconds = max(each.received for each in batch) - min(each.sent for each in batch)
                self._gains.append((len(batch) * self._alone / seconds if seconds else AT_ONCE, len(batch)))
        return answers

    def _wait_for_count(self) -> int:
        """Wait, where as many as a window holds were just served, until all nodes know; return how many may follow.

        So nodes that share a count with some lag refuse what is too much, and what is served then is not for the lag.
        """
        if not self.pauses:
            return AT_ONCE
        most, served = math.ceil(SOFT_LIMIT * self.limit), [each for each in self.sent() if each.serves_list]
        step = max(1, most // _STEPS)
        beyond = served_since(served, self.now() - MINUTE) - most
        if beyond < 0:
            return -beyond
        if beyond % step == 0 and len(served) >= self._served_at_pause + step:
            self._served_at_pause = len(served)
            self.wait_for_nodes()
        return step - beyond % step

    def concurrency(self) -> int:
        """Return how many requests to send together, so that a slow deployment can be overloaded too.

        One that answers them by turns is no faster for more of them, and it takes longer until all are answered.
        """
        return min(self.max_concurrency, self._answered_together(), max(1, math.ceil(self.latency() / _PROMPT)))

    def _answered_together(self) -> int:
        """Return how many requests are answered at the same time, where that is far fewer than were sent together."""
        if len(self._gains) < _BATCHES:
            return AT_ONCE
        gain, sent = max(self._gains)
        return AT_ONCE if 2 * gain > sent else max(1, round(gain))

    def seconds_of(self, count: int) -> float:
        """Return the seconds that it takes until so many requests are answered, no more together than is of use."""
        together = min(self.served_concurrency(), self._answered_together())
        return min(self._alone or math.inf, self.latency()) * math.ceil(count / together)

    def served_concurrency(self) -> int:
        """Return how many requests sent together were all served: some limiters grant only so many a second."""
        return min(self.max_concurrency, self._most_served_together)

    # Time

    @property
    def is_paced(self) -> bool:
        """Tell whether the run had to send the key's requests at even distances, since it was refused early."""
        return self.client.pacer.is_spread(self.account)

    @property
    def interval(self) -> float:
        """The seconds between two requests of `limit` that are spread evenly over a minute."""
        return self.client.pacer.interval

    def now(self) -> float:
        """Return the time on the clock of the run."""
        return self.client.pacer.clock.now()

    def wait_for_pace(self) -> None:
        """Wait until the key may send one more within its limit."""
        self.client.pacer.acquire(self.account)

    def wait_until(self, time: float, why: str) -> None:
        """Wait until that time, and show why."""
        self.client.pacer.wait(time - self.now(), why)

    @property
    def waits_exactly(self) -> bool:
        """Tell whether time is waited for, and not moved by whole seconds."""
        return not isinstance(self.client.pacer.clock, CommandClock)

    def has_time(self, seconds: float) -> bool:
        """Tell whether so many seconds more keep the run below what one may take that ends undecided."""
        if not self.waits_exactly:
            return True  # nobody waits for its seconds
        return self.now() + seconds - self.journal[0].sent <= _PATIENCE

    def wait_for_nodes(self) -> None:
        """Wait until all nodes that share a count know what was served."""
        last = max(each.received for each in self.sent())
        self.wait_until(last + LAG + _CLOCKS, "until all nodes know what was served")

    def stay_silent(self, seconds: float, why: str) -> None:
        """Send nothing with the key until so long after its last answer."""
        last = max(exchange.received for exchange in self.sent())
        self.wait_until(last + seconds, f"silence {why}")
