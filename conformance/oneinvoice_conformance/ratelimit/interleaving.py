"""Interleaved probes: what another key, or another endpoint, gets between two refusals of the overloaded key."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from oneinvoice_conformance.http.exchange import Exchange, Request
from oneinvoice_conformance.http.transport import AT_ONCE
from oneinvoice_conformance.ratelimit.burst import MOST_GLITCHES
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import (
    FLOOD,
    MINUTE,
    ServedStreak,
    bucket_level,
    leaving_window,
    max_counted,
    max_let_in,
)

_JUST_NOW = 0.1  # seconds
_MOST_BATCHES = 3  # times as many requests as can be sent at once, to learn what a probe gets
PAUSE = 2.0  # seconds, after which a limit for each second has room for what is asked without haste,
GAP = 0.6  # seconds between two requests of that
_GENTLE_ROUNDS = 8
_LATER_ROUNDS = 4
_PROBE_ANSWERS = 28  # one after the other, that all probes take
_AT_LEAST = 4  # requests, by which a key is refused again that let in some, where one is not enough
_MOST_EXPIRING = 4  # requests that may be let in by chance while others are probed


@dataclass(frozen=True, slots=True)
class InterleavedProbe:
    """The outcome of a probe: refused as the overloaded key is, or served more than chance lets through, or neither.

    exchanges: what shows it: the probe's requests, and the refusals of the overloaded key round the last of them
    had_quota_left: whether a limit of its own would still have served what was refused. Where it may be used up, a
        refusal says nothing.
    refused_in_haste: whether it was refused as the overloaded key is, and without haste was not, as by a limit for each
        second on the address
    """

    exchanges: tuple[Exchange, ...] = ()
    refused: bool = False
    served: bool = False
    had_quota_left: bool = True
    refused_in_haste: bool = False

    @property
    def is_conclusive(self) -> bool:
        """Tell whether the probe shows if what was probed has a limit of its own."""
        return self.served or (self.refused and self.had_quota_left)


@dataclass(frozen=True, slots=True)
class Threshold:
    """Number of times that a probe has to be served, or refused, until it is believed.

    rounds: how many of them, each between two refusals, have to be served in full
    served: how many requests have to be served in all
    refusals: how many rounds have to be refused
    key_stays_refused: whether the key itself may not be let in meanwhile, but once by chance. Where several nodes count
        for themselves, or each second for itself, it is.
    may_have_own_limit: whether a refusal tells nothing where a limit of its own may be used up
    """

    rounds: int
    served: int
    refusals: int
    key_stays_refused: bool = False
    may_have_own_limit: bool = True


ANOTHER_KEY = Threshold(rounds=1, served=1, refusals=2)
ANOTHER_ENDPOINT = Threshold(rounds=3, served=10, refusals=1, key_stays_refused=True)
WITHOUT_QUERY = replace(ANOTHER_ENDPOINT, may_have_own_limit=False)


@dataclass(frozen=True, slots=True)
class Target:
    """A key, by its role, or an endpoint that is probed: by which request, and what has to be seen of it.

    after: the name of another target that has to be refused before, so that two of what one limit of its own serves
        don't use it up
    """

    name: str
    request: Request
    threshold: Threshold
    after: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """A probe's requests that were sent together, and the refusals of the overloaded key before and after them."""

    opening: Exchange
    answers: tuple[Exchange, ...]
    closing: Exchange
    had_quota_left: bool


def stays_refused(key: KeyUnderLoad) -> bool:
    """Tell whether the key stays refused while others are probed; what a slow run sent before may expire meanwhile."""
    now = key.now()
    return leaving_window(key.journal, now, now + key.seconds_of(1) * _PROBE_ANSWERS) <= _MOST_EXPIRING


class Interleaving:
    """Probes while the key is refused, all in the same rounds; the refusal after one round is the one before the next.

    `refusal_statuses` are the codes by which a refusal is known; what gets another one met some glitch.
    """

    def __init__(self, key: KeyUnderLoad, refusal_statuses: Collection[int]) -> None:
        self._key = key
        self._statuses = refusal_statuses

    def probe(self, targets: Sequence[Target]) -> dict[str, InterleavedProbe]:
        """Send the targets' requests in rounds between refusals of the key, until each meets a threshold of its own."""
        key, pauses = self._key, self._key.pauses
        key.pauses = False  # each second of a round lets in more by chance
        closing = (self._latest_refusal() or self._refusal()) if targets else None
        rounds: dict[str, list[Round]] = {target.name: [] for target in targets}
        probes = {target.name: InterleavedProbe() for target in targets}
        while closing and (
            open_targets := [
                each
                for each in targets
                if not self._is_settled(each, probes[each.name], rounds[each.name])
                and (each.after not in probes or probes[each.after].refused)
            ]
        ):
            opening, answers, quota = closing, dict[str, tuple[Exchange, ...]](), dict[str, bool]()
            for target, count in self._round(open_targets, rounds):
                is_left = not target.threshold.may_have_own_limit or self._has_quota_left(target.request, count)
                quota[target.name] = is_left
                answers[target.name] = self._ask(target, count)
            closing = self._refusal()
            for target in open_targets if closing else ():
                if target.name in answers:
                    assert closing
                    rounds[target.name].append(Round(opening, answers[target.name], closing, quota[target.name]))
                    probes[target.name] = self._judge(target, rounds[target.name])
        for target in targets:
            probe = probes[target.name]
            if probe.refused and probe.had_quota_left and target.request.credential != key.request.credential:
                gently = self._probe_gently(target)
                probes[target.name] = probe if gently.refused else replace(gently, refused_in_haste=True)
        key.pauses = pauses
        return probes

    def _probe_gently(self, target: Target) -> InterleavedProbe:
        """Send one request at a time after a pause, so that a limit for each second on the address has room again.

        A limiter that both share refuses one of three of these, and so the other key sometimes. Where only the
        overloaded key is refused, each time, it is asked a few times more, at times three gaps later: a limiter of a
        steady rate r that both share would need r < 1 / (3 * GAP) to refuse that, and r >= 2 / (6 * GAP) to serve the
        other key twice meanwhile.
        """
        key, first = self._key, len(self._key.journal)
        key.wait_until(key.now() + PAUSE, "to see whether the other key is refused without haste, too")
        start = closing = self._refusal()
        rounds, probe = list[Round](), InterleavedProbe()
        while start and closing and len(rounds) < _GENTLE_ROUNDS + _LATER_ROUNDS and not probe.refused:
            if len(rounds) >= _GENTLE_ROUNDS and not self._serves_other_alone(rounds, first):
                break
            opening, has_quota_left = closing, self._has_quota_left(target.request, 1)
            key.wait_until(key.now() + GAP, "between the keys")
            answers = tuple(key.send(1, target.request))
            is_later = len(rounds) >= _GENTLE_ROUNDS and len(rounds) % 2
            key.wait_until(key.now() + GAP * (3 if is_later else 1), "between the keys")
            if closing := self._refusal():
                rounds.append(Round(opening, answers, closing, has_quota_left))
                probe = judge(rounds, target.threshold, self._statuses, chance=math.inf, let_in=self._let_in(first))
        if start and len(rounds) == _GENTLE_ROUNDS + _LATER_ROUNDS and self._serves_other_alone(rounds, first):
            expired = leaving_window(key.journal, start.sent, rounds[-1].closing.received)
            probe = replace(probe, exchanges=_all(rounds), served=expired <= _MOST_EXPIRING)
        return probe

    def _serves_other_alone(self, rounds: Sequence[Round], first: int) -> bool:
        return all(each.serves_list for round in rounds for each in round.answers) and not self._let_in(first)

    def _let_in(self, first: int) -> int:
        """Return how many requests of the overloaded key were served since the journal had so many."""
        return sum(each.request == self._key.request and each.serves_list for each in self._key.journal[first:])

    def _judge(self, target: Target, rounds: Sequence[Round]) -> InterleavedProbe:
        start, end = rounds[0].opening, rounds[-1].closing
        return judge(
            rounds,
            target.threshold,
            self._statuses,
            chance=max_let_in(self._key.journal, start.sent, end.received, self._key.limit),
            let_in=self._let_in(start.number),
        )

    def _round(self, targets: Sequence[Target], rounds: Mapping[str, Sequence[Round]]) -> list[tuple[Target, int]]:
        """Return which targets the next round asks, and how often.

        Where a round of all of them takes so long that chance lets in as many as are asked of one, they are asked one
        after the other; first once, since what is refused takes no more.
        """
        least = self._key.served_concurrency()
        sizes = [self._round_size(target.threshold.rounds, len(targets)) for target in targets]
        if self._key.is_prompt or all(sizes):
            return [(target, size or least) for target, size in zip(targets, sizes, strict=True)]
        target = targets[0]
        is_likely_refused = target.request.credential == self._key.request.credential and not rounds[target.name]
        size = 1 if is_likely_refused else self._round_size(target.threshold.rounds, 1)
        return [(target, size or least)]

    def _round_size(self, rounds: int, targets: int) -> int | None:
        """Return how many requests a round needs to tell from what chance lets through, as slow as answers are.

        None if all that it may send are too few.
        """
        key, now = self._key, self._key.now()
        for count in range(1, (key.served_concurrency() if key.is_prompt else AT_ONCE) + 1):
            seconds = rounds * targets * key.seconds_of(count) + (rounds + 1) * key.seconds_of(1)
            if rounds * count > max_let_in(key.journal, now, now + seconds, key.limit):
                return count
        return None

    def _ask(self, target: Target, count: int) -> tuple[Exchange, ...]:
        """Send so many requests, no more of them together than were ever served so."""
        answers, together = list[Exchange](), self._key.served_concurrency()
        while left := count - len(answers):
            answers += self._key.send(min(left, together), target.request)
        return tuple(answers)

    def _is_settled(self, target: Target, probe: InterleavedProbe, rounds: Sequence[Round]) -> bool:
        """Tell whether a probe has shown something, or was tried often enough.

        What the key gets with another code than for the overload, and nothing else, is no refusal that tells anything.
        """
        answers = _answers(rounds)
        is_other = len(answers) >= MOST_GLITCHES and not any(
            each.serves_list or each.status in self._statuses for each in answers
        )
        is_of_key = target.request.credential == self._key.request.credential
        return probe.refused or probe.served or len(answers) >= _MOST_BATCHES * AT_ONCE or (is_of_key and is_other)

    def _latest_refusal(self) -> Exchange | None:
        """Return the refusal that came last and just now, if one did."""
        last = self._key.journal[-1]
        is_fresh = last.request == self._key.request and self._key.now() - last.received < _JUST_NOW
        return last if is_fresh and is_refusal(last, self._statuses) else None

    def _refusal(self) -> Exchange | None:
        """Send with the key until it is refused, a few times at most, and return the refusal.

        In the seconds that a slow deployment takes for what is probed a bucket lets in some.
        """
        key = self._key
        tries = MOST_GLITCHES if key.is_prompt else math.ceil(MOST_GLITCHES * _AT_LEAST / key.concurrency())
        for _ in range(max(MOST_GLITCHES, tries)):
            if sum(each.sent > key.now() - MINUTE for each in key.sent()) >= key.cap + _MOST_BATCHES * AT_ONCE:
                return None  # what isn't refused by now is not to be loaded further
            for answer in key.send(key.concurrency()):
                if is_refusal(answer, self._statuses):
                    return answer
        return None

    def _has_quota_left(self, request: Request, count: int) -> bool:
        """Tell whether a limit of its own would serve so many more to another key, or on another endpoint of this one.

        It would if they were fewer, with those sent before, than what the overloaded key was served at once; or, of an
        endpoint, than what the key was served in a row on the one that is overloaded. Where all keys together were
        served much more than one is granted, a limit on all that comes from one address may refuse both.
        """
        key, account = self._key, request.credential.account
        if account != key.account and self._is_flood():
            return False
        counted = [
            exchange
            for exchange in key.journal
            if exchange.request.credential.account == account
            and (account != key.account or exchange.request.endpoint == request.endpoint)
        ]
        now = key.now()
        if account == key.account and not key.is_paced:
            peers = [each for each in key.sent() if each.request.endpoint == key.request.endpoint]
            return max_counted(counted, now) + count <= max(ServedStreak(peers).most, key.min_capacity())
        used = bucket_level(counted, now, key.limit) if key.is_paced else max_counted(counted, now)
        return used + count <= key.min_capacity()

    def _is_flood(self) -> bool:
        """Tell whether all keys together sent so much lately that a limit on their address may refuse them."""
        key = self._key
        sent = sum(each.sent >= key.now() - MINUTE for each in key.journal)
        return sent > FLOOD * key.limit >= key.served_lately()


def _all(rounds: Sequence[Round]) -> tuple[Exchange, ...]:
    return (rounds[-1].opening, *_answers(rounds), rounds[-1].closing)


def is_refusal(answer: Exchange, statuses: Collection[int]) -> bool:
    """Tell whether it was answered as the overload was, and not otherwise by some glitch."""
    return not answer.serves_list and answer.status in statuses


def judge(
    rounds: Sequence[Round], threshold: Threshold, statuses: Collection[int], *, chance: float, let_in: int
) -> InterleavedProbe:
    """Return what the rounds show.

    `chance` is how many requests a limiter that the key and the probe share may have served since the first refusal,
    at most, and `let_in` how many of the key's own were served meanwhile.
    """
    last, answers = rounds[-1], _answers(rounds)
    exchanges = (last.opening, *answers, last.closing)
    refused = [each for each in rounds if any(is_refusal(answer, statuses) for answer in each.answers)]
    with_quota = sum(each.had_quota_left for each in refused)
    if max(with_quota, len(refused) - with_quota) >= threshold.refusals:
        return InterleavedProbe(exchanges, refused=True, had_quota_left=with_quota >= threshold.refusals)
    count = sum(each.serves_list for each in answers)
    in_full = sum(all(answer.serves_list for answer in each.answers) for each in rounds)
    is_enough = in_full >= threshold.rounds and count >= threshold.served and count > chance
    if is_enough and (let_in <= 1 or not threshold.key_stays_refused):
        return InterleavedProbe(exchanges, served=True)
    return InterleavedProbe(answers)


def _answers(rounds: Sequence[Round]) -> tuple[Exchange, ...]:
    return tuple(answer for each in rounds for answer in each.answers)
