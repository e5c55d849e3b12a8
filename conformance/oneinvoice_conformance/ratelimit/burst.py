"""The burst: requests of one key, as fast as they are answered, until it is refused."""

from __future__ import annotations

from dataclasses import dataclass

from oneinvoice_conformance.http.exchange import Exchange
from oneinvoice_conformance.ratelimit.key_under_load import KeyUnderLoad
from oneinvoice_conformance.ratelimit.limiter_bounds import ServedStreak

MOST_GLITCHES = 3  # answers in a row that are no glitch any more


@dataclass(frozen=True, slots=True)
class Burst:
    """A burst's `ending`: the refusals that came last, 429 or others; none if the key was never refused."""

    ending: tuple[Exchange, ...] = ()

    @property
    def refusals(self) -> tuple[Exchange, ...]:
        """The 429s of the ending, or all of it where there is none."""
        return tuple(answer for answer in self.ending if answer.status == 429) or self.ending

    @property
    def refusal_statuses(self) -> frozenset[int]:
        """The status codes by which a refusal of this key is known."""
        return frozenset(answer.status for answer in self.refusals)


def fill_minute(key: KeyUnderLoad) -> None:
    """Send on at even distances, where the run had to, until a minute is full or something is refused."""
    for _ in range(key.limit):
        key.wait_for_pace()
        if not key.send()[0].serves_list or key.most_served() >= key.limit:
            return


def send_burst(key: KeyUnderLoad) -> Burst:
    """Send until a 429, until three other refusals in a row, or until `cap` requests were served within a minute."""
    count, glitches, streak = 0, list[Exchange](), ServedStreak(key.sent())
    while count < key.cap and (length := streak.length_at(key.now())) < key.cap:
        goal = key.limit if length < key.limit else key.cap
        answers = key.send(min(key.concurrency(), goal - length, key.cap - count))
        count += len(answers)
        for answer in sorted(answers, key=lambda answer: answer.sent):
            streak.add(answer)
        refused = [answer for answer in answers if not answer.serves_list]
        others = [answer for answer in refused if answer.status != 429]
        has_429 = len(others) < len(refused)
        glitches = [*glitches, *others] if has_429 or len(refused) == len(answers) else []
        if has_429 or len(glitches) >= MOST_GLITCHES:
            return Burst((*glitches, *(answer for answer in refused if answer.status == 429)))
    return Burst()
