"""Overload a key, once for all rules, with the fewest requests beyond those that the run sends anyway."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from statistics import median

from oneinvoice_conformance.documented import ENDPOINTS, EXAMPLE_QUERIES
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.pacer import WINDOW
from oneinvoice_conformance.http.transport import AT_ONCE
from oneinvoice_conformance.ratelimit.interleaving import OF_ENDPOINT, OF_KEY, Between, Proof
from oneinvoice_conformance.ratelimit.limiter_bounds import (
    FORGOTTEN,
    MINUTE,
    InARow,
    expire,
    holds,
    level,
    may_count,
    may_return,
    served,
)

POLITE = 300  # requests a minute, beyond which load has to be allowed
PAUSE = 3.0  # seconds after which a bucket that fills as it should has something again
_RULES = {f"RATE-{number}" for number in range(1, 6)}
_MORE = 4  # requests after the first that is served again, and
_REST = float(_MORE)  # the seconds before them
_GLITCHES = 3  # answers in a row that are no glitch any more
_OFTEN = 1 / 3  # of the refusals, which glitches are not
_WATCHED = 28  # answers one after the other that watching takes
_TRIES = 3  # times as many requests as can be sent at once, to learn what others get
_PROMPT = 0.05  # seconds; a slower deployment is sent several requests at once
_STEADY = 4  # requests that may be let in by chance while others are watched
_BURSTS = 2  # after silences: a fixed window that turns over in the first doesn't in the second


@dataclass(slots=True)
class Evidence:
    """What the overload of one key showed.

    most: requests that were served in a row within a minute, at most
    cap: requests served in a row after which the key is let alone; `capped` if politeness alone sets it
    refusals: the answers that ended the burst, none if it was never refused
    odd: what else than 429 the overload got, but for glitches; `odd_again` the same in a second burst, after a silence
    firm: a refusal after fewer requests than the limit, `before_firm`, that stood a pause: no bucket does that
    drained: whether a key that was full had too little again a minute after it was emptied
    recovered: the first answers after a silence
    spread: answers at even distances after a silence; a refusal of them proves something if they were `even` enough
    others: how other keys, by role, and other endpoints fared while the key was refused
    exchanges: all that was sent for it
    shared: whether others use the keys at the same time
    """

    limit: int
    cap: int
    capped: bool = False
    shared: bool = False
    most: int = 0
    refusals: list[Exchange] = field(default_factory=list)
    odd: list[Exchange] = field(default_factory=list)
    odd_again: list[Exchange] = field(default_factory=list)
    firm: Exchange | None = None
    before_firm: int = 0
    drained: bool = False
    spread: list[Exchange] = field(default_factory=list)
    recovered: list[Exchange] = field(default_factory=list)
    others: dict[str, Between] = field(default_factory=dict)
    even: bool = False
    exchanges: tuple[Exchange, ...] = ()

    @property
    def recovers(self) -> bool:
        return any(map(served, self.recovered))


class Overload:
    """Sends more with one key than its limit, watches what others get meanwhile, and waits for its recovery.

    `wanted` are the requirements that are to be judged; what none of them needs is not sent. More than 300 requests
    a minute need `allow_load`. `shared` says that others use the keys at the same time.
    """

    def __init__(
        self, client: Client, wanted: Collection[str], *, allow_load: bool = False, shared: bool = False
    ) -> None:
        self.client, self.shared = client, shared
        self.wanted = _RULES & set(wanted)
        self.limit = client.pacer.limit
        most = 2 * math.ceil(1.1 * self.limit) + 1 if self.wanted - {"RATE-1"} else self.limit
        self.cap = most if allow_load else min(most, POLITE)
        self.capped = self.cap < most
        # A sandwich takes up to four times as many, and has to stay below what a fixed window lets in as it turns over.
        self.at_once = max(1, min(AT_ONCE, self.limit // 6))
        self._evidence: Evidence | None = None
        self._opening: Exchange | None = None
        self._codes: set[int] = set()
        self._together = 1

    def evidence(self, request: Request) -> Evidence:
        """What overloading the key of the request with it shows; gathered once."""
        if self._evidence is None:
            self._request = request
            self._account = request.credential.account
            self._examples = {endpoint: self._example(endpoint) for endpoint in ENDPOINTS}
            evidence = Evidence(self.limit, self.cap, self.capped, self.shared)
            before = len(self.client.journal)
            self._gather(evidence)
            evidence.exchanges = tuple(self.client.journal[before:])
            self._evidence = evidence
        return self._evidence

    def _gather(self, evidence: Evidence) -> None:
        if self.client.pacer.is_spread(self._account):
            self._fill_the_minute()
        ended = self._burst()
        evidence.refusals = _refusals(ended)
        self._codes = {answer.status for answer in evidence.refusals}
        if evidence.refusals and self.wanted - {"RATE-1"}:
            if self._is_steady():
                self._watch_others(evidence)
            evidence.odd = self._odd(ended)
            self._recover(evidence)
            if evidence.recovers and (evidence.odd or self._open_questions(evidence)):
                self._look_again(evidence)
        evidence.most = InARow(self._sent()).most
        early = (evidence.most < self.limit or evidence.drained) and self.limit <= self.cap
        alive = evidence.recovers or not evidence.recovered
        if early and alive and evidence.refusals and "RATE-1" in self.wanted:
            self._prove_the_limit(evidence)
            evidence.most = InARow(self._sent()).most

    def _look_again(self, evidence: Evidence) -> None:
        """Overload the key a second time, to see again what was odd, and what is not yet known of others."""
        if evidence.odd or any(between.refused for between in self._open_questions(evidence).values()):
            self._silence(FORGOTTEN, "to see the same again")
        if ended := self._burst():
            self._watch_others(evidence)
            evidence.odd_again = self._odd(ended)

    def _prove_the_limit(self, evidence: Evidence) -> None:
        """After a silence in which every limiter forgets, find a refusal that no bucket explains, or what it grants.

        A fixed window may turn over before the refusal stands, and serve more; then all is done once more.
        """
        for _ in range(0 if evidence.drained else _BURSTS):
            most = self._burst_anew(evidence)
            if evidence.firm or most == self.limit:
                return
            if 2 * most < self.limit:
                break  # two windows of so few don't serve what is spread over a minute either
        if InARow(self._sent()).most < self.limit or evidence.drained:
            self._spread(evidence)

    def _burst_anew(self, evidence: Evidence) -> int:
        """Overload the key after a silence, and see whether its refusal stands; how many were served in a row."""
        self._silence(FORGOTTEN, "to see whether the limit is served at once")
        first = len(self.client.journal)
        refusals = _refusals(self._burst())
        row = self.client.journal[first:]
        most = InARow(row).most
        if refusals and most < self.limit and may_count(row, refusals[0].sent) <= self.limit:
            self._wait_until(refusals[-1].received + PAUSE, "to see whether the refusal stands")
            again = self._send(self._request)[0]
            if again.status == 429 and refusals[0].status == 429:
                evidence.firm, evidence.before_firm = again, most
        return most

    # Sending

    def _sent(self) -> list[Exchange]:
        """What the run has sent with the key, in the order of sending."""
        mine = [each for each in self.client.journal if each.request.credential.account == self._account]
        return sorted(mine, key=lambda exchange: exchange.sent)

    def _send(self, request: Request, count: int = 1) -> list[Exchange]:
        answers = self.client.burst([request] * count)
        if all(map(served, answers)):
            self._together = max(self._together, count)
        return answers

    def _now(self) -> float:
        return self.client.pacer.clock.now()

    def _latency(self) -> float:
        return median(exchange.seconds for exchange in self.client.journal[-9:])

    def _at_once(self) -> int:
        """How many requests to send together, so that a slow deployment can be overloaded too."""
        return min(self.at_once, max(1, math.ceil(self._latency() / _PROMPT)))

    def _wait_until(self, time: float, why: str) -> None:
        self.client.pacer.wait(time - self._now(), why)

    def _silence(self, seconds: float, why: str) -> None:
        """Send nothing with the key until so long after its last answer."""
        last = max(exchange.received for exchange in self._sent())
        self._wait_until(last + seconds, f"silence {why}")

    # The steps

    def _fill_the_minute(self) -> None:
        """Where the run had to send at even distances, go on so until a minute is full or something is refused."""
        for _ in range(self.limit):
            self.client.pacer.acquire(self._account)
            if not served(self._send(self._request)[0]) or InARow(self._sent()).most >= self.limit:
                return

    def _burst(self) -> list[Exchange]:
        """Send until a 429, or three other refusals in a row; all refusals that came last, or nothing if none came."""
        sent, glitches, row = 0, list[Exchange](), InARow(self._sent())
        while sent < self.cap and (done := row.at(self._now())) < self.cap:
            goal = self.limit if done < self.limit else self.cap
            answers = self._send(self._request, min(self._at_once(), goal - done, self.cap - sent))
            sent += len(answers)
            for answer in sorted(answers, key=lambda answer: answer.sent):
                row.add(answer)
            refused = [answer for answer in answers if not served(answer)]
            others = [answer for answer in refused if answer.status != 429]
            over = len(others) < len(refused)
            glitches = [*glitches, *others] if over or len(refused) == len(answers) else []
            if over or len(glitches) >= _GLITCHES:
                return [*glitches, *(answer for answer in refused if answer.status == 429)]
        return []

    def _odd(self, ended: Sequence[Exchange]) -> list[Exchange]:
        """What else than 429 the burst's request got since the refusals that ended it, unless that is rare among them.

        A glitch comes to whatever is sent; what was served right after it was no overload. What another endpoint gets
        may have reasons of its own.
        """
        since = min(answer.number for answer in ended)
        sent = [answer for answer in self._sent() if answer.number >= since and answer.request == self._request]
        refused = [answer for answer in sent if not served(answer)]
        others = [answer for answer in refused if answer.status != 429]
        return others if len(others) >= _OFTEN * len(refused) else []

    def _is_steady(self) -> bool:
        """Whether the key stays refused while others are watched; what a slow run sent before may expire meanwhile."""
        now = self._now()
        seconds = self._latency() * _WATCHED
        return expire(self.client.journal, now, now + seconds) <= _STEADY

    def _watch_others(self, evidence: Evidence) -> None:
        """See what other keys and other endpoints get while the key is refused."""
        self._opening = None
        for name in self._open_questions(evidence):
            keys = self.client.deployment.keys
            if credential := self.client.deployment.credential(Role(name)) if name in keys else None:
                request = Request(self._request.endpoint, credential, self._request.query)
                evidence.others[name] = self._between(request, OF_KEY)
            else:
                request = self._examples[name]
                evidence.others[name] = self._between(request, OF_ENDPOINT)

    def _example(self, endpoint: str) -> Request:
        """The documentation's own, with a filter that some limiter may leave out; plain where that wasn't served."""
        shown = Request(endpoint, self._request.credential, EXAMPLE_QUERIES[endpoint])
        unserved = any(each.request == shown and not served(each) for each in self.client.journal)
        return replace(shown, query=()) if unserved else shown

    def _open_questions(self, evidence: Evidence) -> dict[str, Between]:
        """The other keys and endpoints of which it isn't known yet what they get, with what was seen of them."""
        asked: list[str] = []
        if "RATE-3" in self.wanted:
            asked += [role for role in ("other", "sibling") if role in self.client.deployment.keys]
        if "RATE-5" in self.wanted:
            asked += [name for name in ENDPOINTS if name != self._request.endpoint]
        seen = {name: evidence.others.get(name, Between(())) for name in asked}
        return {name: between for name, between in seen.items() if not between.known}

    def _between(self, request: Request, proof: Proof) -> Between:
        """Send a request between refusals of the key, until as often it was refused, or served more than by chance."""
        telling, before = list[Exchange](), len(self.client.journal)
        refused = spent = full = 0
        start = self._opening = self._opening or self._refusal()
        while start and self._opening and len(telling) < _TRIES * AT_ONCE:
            opening, count = self._opening, self._needed(proof.sandwiches)
            fresh = self._is_fresh(request, count)
            answers = self._send(request, count)
            self._opening = closing = self._refusal()
            if closing is None:
                break
            telling += answers
            if any(map(self._is_refusal, answers)):
                refused += fresh
                spent += not fresh
            full += all(map(served, answers))
            if max(refused, spent) >= proof.refusals:
                return Between((opening, *telling, closing), refused=True, fresh=refused >= proof.refusals)
            chance = may_return(self.client.journal, start.sent, closing.received, self.limit)
            got = sum(map(served, telling))
            let_in = sum(each.request == self._request and served(each) for each in self.client.journal[before:])
            enough = full >= proof.sandwiches and got >= proof.served and got > chance
            if enough and (let_in <= 1 or not proof.firm):
                return Between((opening, *telling, closing), served=True)
        return Between(tuple(telling))

    def _needed(self, sandwiches: int) -> int:
        """How many requests in each sandwich tell from what chance lets through, as slow as the deployment is."""
        now = self._now()
        seconds = self._latency() * (2 * sandwiches + 1)
        chance = may_return(self.client.journal, now, now + seconds, self.limit)
        return min(self._served_at_once(), math.floor(chance / sandwiches) + 1)

    def _served_at_once(self) -> int:
        """The most requests that were sent together and all served: some limiters grant only so many a second."""
        return min(self.at_once, max(self._together, 1))

    def _refusal(self) -> Exchange | None:
        """A refusal of the key, after a few requests more if it takes them."""
        for _ in range(_GLITCHES):
            if sum(each.sent > self._now() - MINUTE for each in self._sent()) >= self.cap + _TRIES * AT_ONCE:
                return None  # what isn't refused by now is not to be loaded further
            for answer in self._send(self._request, self._at_once()):
                if self._is_refusal(answer):
                    return answer
        return None

    def _is_refusal(self, answer: Exchange) -> bool:
        """Whether it was answered as the overload was, and not otherwise by some glitch."""
        return not served(answer) and answer.status in self._codes

    def _is_fresh(self, request: Request, count: int) -> bool:
        """Whether a limit of its own would serve so many more to another key, or on another endpoint of this one.

        It would if they were fewer, with those sent before, than what the overloaded key was served at once.
        """
        account, endpoint = request.credential.account, request.endpoint
        own = [
            exchange
            for exchange in self.client.journal
            if exchange.request.credential.account == account
            and (account != self._account or exchange.request.endpoint == endpoint)
        ]
        now = self._now()
        one_by_one = self.client.pacer.is_spread(self._account)
        used = level(own, now, self.limit) if one_by_one else may_count(own, now)
        return used + count <= self._holds()

    def _holds(self) -> float:
        return holds(self._sent(), self.limit, within=max(1.0, 4 * self._latency()))

    def _recover(self, evidence: Evidence) -> None:
        """Ask once after a minute of silence; and if that is refused, once more when any limiter has to serve it."""
        self._silence(WINDOW, "to see whether the key is served again")
        evidence.recovered = self._send(self._request)
        if not evidence.recovers:
            sent, time = self._sent(), self._now()
            least = min(self.limit, InARow(sent).most)  # a limit that is too low is RATE-1's
            while may_count(sent, time) > max(0, least - 1):
                time += 1
            self._wait_until(time, "until no limiter counts what it refused")
            evidence.recovered += self._send(self._request)
        elif not self.client.pacer.is_spread(self._account):
            # Whatever refills in a minute has these; a bucket that was full once may take an hour.
            self._wait_until(self._now() + _REST, "to see whether it is served on")
            evidence.drained = not all(map(served, self._send(self._request, _MORE)))

    def _spread(self, evidence: Evidence) -> None:
        """Send as many as the limit at even distances over a minute, after a silence, as long as they are served.

        What gets another error than 429 is sent once more at once.
        """
        self._silence(FORGOTTEN, "before requests that are spread over a minute")
        interval = self.client.pacer.interval
        at_once = min(self._served_at_once(), max(1, math.ceil(1.5 * self._latency() / interval)))
        evidence.even = self._holds() >= at_once + 2
        start = self._now()
        while len(evidence.spread) < self.limit:
            count = min(at_once, self.limit - len(evidence.spread))
            self._wait_until(start + len(evidence.spread) * interval, "sending requests spread over a minute")
            answers = self._send(self._request, count)
            refused = [answer for answer in answers if not served(answer)]
            if refused and all(answer.status != 429 for answer in refused):
                evidence.even = False  # sent again, they are more than the limit
                answers = [*filter(served, answers), *self._send(self._request, len(refused))]
            evidence.spread += answers
            if not all(map(served, answers)):
                return


def _refusals(ended: Sequence[Exchange]) -> list[Exchange]:
    """Of the refusals that ended a burst the 429s, or all where there is none."""
    return [answer for answer in ended if answer.status == 429] or list(ended)
