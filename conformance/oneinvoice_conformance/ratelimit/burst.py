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
        if not key.send_mixed()[0].serves_list or key.most_served() >= key.limit:
            return


def send_burst(key: KeyUnderLoad, most: int | None = None) -> Burst:
    """Send until a 429, until three other refusals in a row, or until `cap` requests were served within a minute.

    Up to the limit the requests are mixed, so that all endpoints take part in what fills it; what goes beyond is one
    request alone, so that it is known what is refused. `most` ends the burst after so many requests.
    """
    count, glitches, streak = 0, list[Exchange](), ServedStreak(key.sent())
    end = key.cap if most is None else most
    while count < end and (length := streak.length_at(key.now())) < key.cap and key.served_lately() < key.cap:
        is_filling = length < key.limit
        goal = key.limit if is_filling else key.cap
        together = min(key.concurrency(), goal - length, end - count)
        answers = key.send_mixed(together) if is_filling else key.send(together)
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
