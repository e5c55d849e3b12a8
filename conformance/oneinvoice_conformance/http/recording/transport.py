"""Transport and clock of a run over a recording, in which nothing is sent and nobody waits."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import replace

from oneinvoice_conformance.http.credentials import API_KEY, UNKEYED, Role, derived_credentials, in_query
from oneinvoice_conformance.http.pacer import Clock
from oneinvoice_conformance.http.recording.entries import RecordedExchange, Target, target_of
from oneinvoice_conformance.http.recording.recording import Recording
from oneinvoice_conformance.http.transport import NotRecorded, OutgoingRequest, RawResponse


class RecordedClock:
    """Clock of a recording: the time of the latest answer that was taken from it, or later by waiting."""

    def __init__(self, recording: Recording) -> None:
        self.time = min((entry.answer.sent for entry in recording.entries), default=0.0)

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += seconds


class RecordedTransport:
    """Transport that answers the same request with its recorded answers, one after the other.

    Where another client than the suite recorded them, a further answer has to be later than all that were taken before:
    two readings prove something only if the second one began when the first one was through. Nor is it asked there for
    what was throttled or failed, which would leave open what other answers decide.
    """

    def __init__(self, recording: Recording, clock: RecordedClock) -> None:
        self._clock = clock
        self._by_suite = recording.by_suite
        self._answers: dict[tuple[Role, Target], deque[RecordedExchange]] = defaultdict(deque)
        for entry in recording.entries:
            if self._by_suite or _is_answer(entry):
                self._answers[entry.role, entry.target].append(entry)
        self._asked: set[tuple[Role, Target]] = set()
        self._latest = 0.0
        self.taken: set[int] = set()  # ids of entries
        deployment = recording.deployment()
        keys = [deployment.credential(role) for role in deployment.keys]
        invalid = derived_credentials(deployment.keys[Role.PRIMARY]) if Role.PRIMARY in deployment.keys else []
        self._roles = {each.authorization: each.role for each in [*keys, *invalid, *UNKEYED] if each}
        self._in_query = [in_query(deployment.keys[Role.PRIMARY])] if Role.PRIMARY in deployment.keys else []
        self._base = recording.base

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        answers = [self._fetch(call) for call in calls]
        self._clock.time = max(self._clock.time, *(answer.received for answer in answers))
        return answers

    def _fetch(self, call: OutgoingRequest) -> RawResponse:
        authorization = call.headers.get("Authorization") or call.headers.get(API_KEY)
        role = self._roles.get(authorization, Role.UNKNOWN) if authorization else Role.NONE
        path, _, query = call.url.removeprefix(self._base).partition("?")
        for each in self._in_query:
            if f"={each.authorization}" in query:
                role, query = each.role, query.replace(f"={each.authorization}", f"={each.shell}")
        key = role, target_of(path, query)
        was_recorded, answers = key in self._answers, self._answers.get(key, deque[RecordedExchange]())
        while key in self._asked and not self._by_suite and answers and answers[0].answer.sent < self._latest:
            answers.popleft()
        if not answers:
            times = "no further" if was_recorded else "no"
            shown = f"{path}?{query}" if query else path
            raise NotRecorded(f"the recording has {times} GET {shown} with {role.label}")
        entry = answers.popleft()
        self._asked.add(key)
        self.taken.add(id(entry))
        self._latest = max(self._latest, entry.answer.received)
        return replace(entry.answer, body=entry.body.read(), is_cut=entry.body.is_cut)

    def close(self) -> None:
        pass


def _is_answer(entry: RecordedExchange) -> bool:
    """Tell whether a rule may ask for an exchange, which asked for nothing undocumented, and was answered."""
    return not entry.has_more and entry.answer.status < 500 and entry.answer.status != 429
