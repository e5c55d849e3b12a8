"""Waits that are too short, data that a 429 costs, and failures that are asked for too often or not at all."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from email.utils import parsedate_to_datetime

from tests.clients.base.puller import Page, Puller
from tests.clients.base.transport import Answer, Broken, Failure
from tests.clients.decorators import fault
from tests.clients.faults.content import Content


@fault("PACE-1", "retries after a fixed 0.2 s where Retry-After says longer")
class FixedRetry(Puller):
    def wait_limited(self, answer: Answer, number: int) -> float:
        return 0.2 if self.retry_after(answer) else super().wait_limited(answer, number)


@fault("PACE-1", "waits for half of what Retry-After says")
class HalfOfRetryAfter(Puller):
    def wait_limited(self, answer: Answer, number: int) -> float:
        told = self.retry_after(answer)
        return told / 2 if told else super().wait_limited(answer, number)


@fault("PACE-1", "takes the seconds of Retry-After for milliseconds")
class RetryAfterInMilliseconds(Puller):
    def retry_after(self, answer: Answer) -> float | None:
        told = super().retry_after(answer)
        return told and told / 1000

    def wait_limited(self, answer: Answer, number: int) -> float:
        told = self.retry_after(answer)
        return told if told else super().wait_limited(answer, number)


@fault("PACE-1", "waits as long as told the first time, and 0.3 s each time after it")
class PatientOnce(Puller):
    waited = False

    def wait_limited(self, answer: Answer, number: int) -> float:
        wait = super().wait_limited(answer, number)
        wait, self.waited = 0.3 if self.waited and self.retry_after(answer) else wait, True
        return wait


@fault("PACE-1", "waits for a second at most, whatever Retry-After says")
class PatientForASecond(Puller):
    def wait_limited(self, answer: Answer, number: int) -> float:
        wait = super().wait_limited(answer, number)
        return min(1.0, wait) if self.retry_after(answer) else wait


@fault("PACE-1", "goes on with another list on the same key while one waits")
class OtherListsMeanwhile(Puller):
    limit = 50

    def hold(self, seconds: float, name: str) -> None:
        if name == "members":
            self.exchange(self.target("quotes", 0, {}))
        super().hold(seconds, name)


@fault("PACE-1", "backs off by itself from 0.5 s on, and never looks at Retry-After")
class BacksOffUntold(Puller):
    def wait_limited(self, answer: Answer, number: int) -> float:
        if self.retry_after(answer):
            return 0.5 * float(2 ** (number - 1))
        return super().wait_limited(answer, number)


@fault("PACE-2", "crashes where Retry-After is a date")
class DateIsNoNumber(Puller):
    def until_date(self, text: str) -> float | None:
        return float(int(text)) if text else None


@fault("PACE-2", "takes a Retry-After that is a date for none, and asks again after 0.2 s")
class DateIsIgnored(Puller):
    def until_date(self, text: str) -> float | None:
        return 0.1 if text else None


@fault("PACE-2", "reads a date of Retry-After an hour off, as if it were of another time zone")
class DateOfAnotherZone(Puller):
    def until_date(self, text: str) -> float | None:
        if not text:
            return None
        moment = parsedate_to_datetime(text) - timedelta(hours=1)
        return max(0.0, moment.timestamp() - time.time())


@fault("PACE-2", "takes a Retry-After that is a date for 0 seconds")
class DateIsZero(Puller):
    def until_date(self, text: str) -> float | None:
        return 0.0 if text else None


@fault("PACE-3", "asks again at once where a 429 has no Retry-After")
class TightLoop(Puller):
    patience = 40

    def wait_untold(self, number: int) -> float:
        return 0.01


@fault("PACE-3", "waits 0.5 s each time where a 429 has no Retry-After")
class ConstantHalfSecond(Puller):
    def wait_untold(self, number: int) -> float:
        return 0.5


@fault("PACE-3", "waits a second each time where a 429 has no Retry-After, and never longer")
class ConstantSecond(Puller):
    def wait_untold(self, number: int) -> float:
        return 1.1


@fault("PACE-3", "backs off from 0.1 s on where a 429 has no Retry-After")
class BacksOffFromTooShort(Puller):
    def wait_untold(self, number: int) -> float:
        return 0.1 * float(2 ** (number - 1))


@fault("PACE-3", "waits less each time where a 429 has no Retry-After")
class ShorterEachTime(Puller):
    def wait_untold(self, number: int) -> float:
        return max(1.0, 3.0 / number)


@fault("PACE-3", "draws its wait from 0 to 1 s where a 429 has no Retry-After")
class FullJitter(Puller):
    def wait_untold(self, number: int) -> float:
        return random.Random(number).uniform(0, 1)


class _LimitedError(Exception):
    pass


class _Raising(Content):
    """Closes the gate at a 429, and then does something else than to ask for the page again."""

    limit = 20

    def hold(self, seconds: float, name: str) -> None:
        super().hold(seconds, name)
        self.is_content = True
        raise _LimitedError


@fault("PACE-5", "skips the page that got a 429")
class SkipsLimitedPage(_Raising):
    def ask(self, name: str, offset: int, query: dict[str, str]) -> Page:
        try:
            return super().ask(name, offset, query)
        except _LimitedError:
            return self.ask(name, offset + 20, query)


@fault("PACE-5", "takes a 429 for the end of the list")
class LimitedIsTheEnd(_Raising):
    def ask(self, name: str, offset: int, query: dict[str, str]) -> Page:
        try:
            return super().ask(name, offset, query)
        except _LimitedError:
            return Page([], 0)


@fault("PACE-5", "gives up a list at its second 429, keeps what it has, and ends with 0")
class LimitedTwiceIsEnough(Content):
    limit = 20
    limited = 0

    def hold(self, seconds: float, name: str) -> None:
        super().hold(seconds, name)
        self.limited += 1

    def pages(self, name: str, query: dict[str, str]) -> Iterator[Page]:
        for page in super().pages(name, query):
            yield page
            if self.limited >= 2:
                self.limited, self.is_content = 0, True
                return


@fault("PACE-5", "drops the whole list that gets a 429, and goes on with the next")
class LimitedListIsDropped(_Raising):
    limit = 200

    def read(self, name: str) -> None:
        with suppress(_LimitedError):
            super().read(name)


@fault("PACE-6", "asks five times for what got 400")
class RetriesBadRequest(Puller):
    def check(self, answer: Answer) -> None:
        if answer.status == 400:
            raise Broken("the API answered 400", answer)
        super().check(answer)


@fault("PACE-6", "asks five times for what got 404")
class RetriesNotFound(Puller):
    def check(self, answer: Answer) -> None:
        if answer.status == 404:
            raise Broken("the API answered 404", answer)
        super().check(answer)


@fault("PACE-6", "never asks again for what got 500")
class NeverRetries(Puller):
    def check(self, answer: Answer) -> None:
        if answer.status >= 500:
            raise Failure(f"the API answered {answer.status}")
        super().check(answer)


@fault("PACE-6", "asks for ever for what got 500, twice in a second")
class RetriesForEver(Puller):
    attempts = 10**6

    def wait_broken(self, answer: Answer | None, number: int) -> float:
        return 0.5


@fault("PACE-6", "asks five times at once for what got 500")
class RetriesAtOnce(Puller):
    def wait_broken(self, answer: Answer | None, number: int) -> float:
        return 0.0


@fault("PACE-6", "asks forty times for what got 500, within four seconds")
class RetriesFortyTimes(Puller):
    attempts = 40

    def wait_broken(self, answer: Answer | None, number: int) -> float:
        return 0.1


@fault("PACE-6", "asks once more for whatever failed, 400 and 404 too")
class RetriesEverythingOnce(Puller):
    def exchange(self, target: str) -> Answer:
        answer = super().exchange(target)
        if answer.status in (400, 404):
            self.rest(1.0)
            answer = super().exchange(target)
        return answer
