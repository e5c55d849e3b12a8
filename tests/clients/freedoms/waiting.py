"""Waits that are longer than asked, and failures that are met otherwise."""

from __future__ import annotations

from tests.clients.base.puller import Page, Puller
from tests.clients.base.transport import Answer, Failure
from tests.clients.decorators import variant


@variant("waits half as long again as Retry-After says")
class WaitsLonger(Puller):
    def wait_limited(self, answer: Answer, number: int) -> float:
        return 1.5 * super().wait_limited(answer, number)


@variant("waits a constant minute where a 429 has no Retry-After", may_be_undecided=("PACE-3", "PACE-5"))
class WaitsAMinute(Puller):
    def wait_untold(self, number: int) -> float:
        return 60.0


@variant("waits three times as long each time where a 429 has no Retry-After")
class BacksOffByThree(Puller):
    def wait_untold(self, number: int) -> float:
        return 1.2 * 3.0 ** (number - 1)


@variant("rests for 50 ms before each request")
class Steady(Puller):
    def await_turn(self, name: str) -> None:
        super().await_turn(name)
        self.rest(0.05)


@variant("asks nine times for what got 500, up to 3 s apart")
class PatientWithFailures(Puller):
    attempts = 9

    def wait_broken(self, answer: Answer | None, number: int) -> float:
        return min(3.0, super().wait_broken(answer, number))


@variant("asks once more for what got 500, after 2 s")
class RetriesOnce(Puller):
    attempts = 2

    def wait_broken(self, answer: Answer | None, number: int) -> float:
        return 2.0


@variant("ends with an error at the first 429", may_be_undecided=("PACE-1", "PACE-2", "PACE-3", "PACE-5"))
class EndsWhenLimited(Puller):
    def hold(self, seconds: float, name: str) -> None:
        raise Failure("the API says that it is asked too often; start me later")


@variant("waits for the limit by asking for nothing else, and then reads the list from its start")
class StartsListAnewWhenLimited(Puller):
    limit = 50
    limited = False

    def hold(self, seconds: float, name: str) -> None:
        super().hold(seconds, name)
        self.limited = True

    def is_whole(self, pages: list[Page]) -> bool:
        whole = super().is_whole(pages) and not self.limited
        self.limited = False
        return whole
