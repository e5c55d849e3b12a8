"""Findings about clients: what they do against what the register asks of them, told in the log as it happens."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from oneinvoice_openapi.register import register

from oneinvoice_impl.mock.faults.sends import Newest, Send
from oneinvoice_impl.mock.journal.diagnoses import Diagnoses
from oneinvoice_impl.mock.journal.journal import Entry
from oneinvoice_impl.mock.journal.note import Note
from oneinvoice_impl.mock.journal.receivers import receiver_notes

logger = logging.getLogger(__name__)

_MOST_LINES, _MINUTE = 10, 60.0


class FindingsLog:
    """Log of the findings of a mock and its sandboxes: a line for each, with the register's statement, and counts.

    Of those that break the same, ten are told in a minute; the others are counted.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` gives seconds."""
        self._statements = {row.id: row.statement for row in register().of("client").requirements}
        self._clock = clock
        self._counts: Counter[str] = Counter()
        self._minutes: dict[str, tuple[float, int]] = {}
        self.requests = 0
        self.deliveries = 0

    def add(self, note: Note, of: str) -> None:
        """Tell a note `of` a request or a delivery if it is a finding."""
        id = note.requirement
        if id is None:
            return
        self._counts[id] += 1
        now = self._clock()
        begun, told = self._minutes.get(id, (now, 0))
        if now - begun >= _MINUTE:
            begun, told = now, 0
        self._minutes[id] = begun, told + 1
        if told < _MOST_LINES:
            logger.warning("%s: %s %s: %s.", id, self._statements[id], of, note.text)
        elif told == _MOST_LINES:
            logger.warning("%s: more of this within a minute is counted, and not told.", id)

    @property
    def summary(self) -> str:
        """All findings in a line."""
        seen = f"{_count(self.requests, 'request')} and {_count(self.deliveries, 'delivery')}"
        if not self._counts:
            return f"# No findings about clients, in {seen}."
        counts = ", ".join(f"{id} {count}" for id, count in sorted(self._counts.items()))
        return f"# Findings about clients, in {seen}: {counts}."


class RequestWatch:
    """Onlooker of the journal of a mock, or of the sandbox that is named, which has its findings told."""

    def __init__(self, findings: FindingsLog, sandbox: str) -> None:
        self._findings = findings
        self._where = _where(sandbox)
        self._diagnoses = Diagnoses()

    def forget(self) -> None:
        """Forget the requests before."""
        self._diagnoses = Diagnoses()

    def on_request(self, entry: Entry) -> None:
        """Tell the findings of a request."""
        self._findings.requests += 1
        for note in self._diagnoses.notes(entry, {}):
            self._findings.add(note, f"{self._where}{entry.method} {entry.target}, request {entry.number}")


class DeliveryWatch:
    """Onlooker of what a mock sends, or the sandbox that is named, which has its findings told."""

    def __init__(self, findings: FindingsLog, sandbox: str) -> None:
        self._findings = findings
        self._where = _where(sandbox)
        self._told: Newest[str, Mapping[Note, None]] = Newest()

    def forget(self) -> None:
        """Forget what was sent before."""
        self._told.clear()

    def on_sends(self, sends: Sequence[Send]) -> None:
        """Tell the findings of deliveries that are new by what was sent last."""
        self._findings.deliveries += 1
        for send, notes in receiver_notes(sends):
            told = self._told.get(send.delivery_id, {})
            for note in notes:
                if note.requirement and note not in told:
                    self._findings.add(note, f"{self._where}{send.event}, delivery {send.delivery_id}")
                    self._told[send.delivery_id] = told = {**told, note: None}


def _where(sandbox: str) -> str:
    return f"{sandbox}: " if sandbox else ""


def _count(number: int, noun: str) -> str:
    plural = f"{noun.removesuffix('y')}ies" if noun.endswith("y") else f"{noun}s"
    return f"1 {noun}" if number == 1 else f"{number} {plural}"
