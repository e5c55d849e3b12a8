"""Onlooker of a proxy: judges each exchange that passed, shows it, and archives it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from oneinvoice_openapi.printable import printable
from rich.console import Console
from rich.text import Text

from oneinvoice_conformance.cli.replay import replay
from oneinvoice_conformance.errors import UsageError, kit_failure
from oneinvoice_conformance.http.forwarding.archive import Archive, entry_of
from oneinvoice_conformance.http.forwarding.observed import Observed
from oneinvoice_conformance.http.forwarding.secrets import Secrets
from oneinvoice_conformance.http.recording.entries import ApiEntries, LeftOut, RecordedExchange, exchange_of_others
from oneinvoice_conformance.http.recording.recording import PROXY, recording_of
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.options.run_options import JudgingOptions
from oneinvoice_conformance.wording import are, counted, of_system

_STYLES = {"✓": "green", "✗": "red", "?": "yellow", "·": "bright_black"}
_OPEN = (Outcome.WARNED, Outcome.INCONCLUSIVE, Outcome.ERROR)
_LONGEST = 500  # characters of a target that a line shows
_INDENT = " " * 11


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgement of one exchange: results of the requirements that it decides or leaves open, or why there are none."""

    results: tuple[Result, ...] = ()
    why_not: str = ""

    def ids(self, *outcomes: Outcome) -> tuple[str, ...]:
        return tuple(each.requirement.id for each in self.results if each.outcome in outcomes)

    @property
    def mark(self) -> str:
        if self.ids(Outcome.FAILED):
            return "✗"
        if self.ids(*_OPEN):
            return "?"
        return "✓" if self.results else "·"


def judge(entry: dict[str, Any], judging: JudgingOptions) -> Judged:
    """Judge an entry of an archive as `replay` judges a recording of it alone.

    A result that names no answer is on what is missing for it, and says nothing of this one.
    """
    entries = ApiEntries(lambda _name: None)
    entries.add(entry, 0)
    if not entries:
        return Judged(why_not="no request of this API")
    try:
        exchange = exchange_of_others(entries[0], PROXY)
    except LeftOut as problem:
        return Judged(why_not=str(problem))
    if exchange is None:
        return Judged(why_not="another method than GET, which the documentation has none for")
    results = tuple(_results(exchange, judging))
    return Judged(results, "" if results else "it decides nothing by itself")


def _results(exchange: RecordedExchange, judging: JudgingOptions) -> Iterator[Result]:
    for result in replay(recording_of(exchange), judging).results:
        decides = result.outcome in (Outcome.FAILED, Outcome.PASSED, *_OPEN)
        if decides and (result.finding.evidence or result.outcome is Outcome.ERROR):
            yield result


class Onlooker:
    """Onlooker that shows, judges and counts each exchange, and archives it if there is to be an archive.

    What is archived and shown is redacted by `secrets`.
    """

    def __init__(self, origin: str, judging: JudgingOptions, out: Console, har: Path | None) -> None:
        self._origin, self._judging, self._out = origin, judging, out
        self.secrets = Secrets()
        self.archive = Archive() if har else None
        self.failed: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.exchanges = self.judged = self.unanswered = self.faults = 0

    def say(self, sentence: str) -> None:
        self._out.print(printable(self.secrets(sentence)), highlight=False, markup=False, soft_wrap=True)

    def take(self, item: Observed | str) -> None:
        """Take the next exchange, or a sentence on what was not forwarded. Raises `UsageError` if the disk is full."""
        if isinstance(item, str):
            self._line(time.time(), "·", item, ())
            return
        self.exchanges += 1
        self.secrets.learn(item)
        entry = entry_of(item, self._origin, self.secrets)
        judged = self._judged(entry) if item.failure is None else Judged(why_not=str(item.failure))
        if self.archive:
            was_full = self.archive.is_full
            self._keep(self.archive, entry)
            if self.archive.is_full and not was_full:
                self.say("The archive is full: what passes from now on is judged, and not archived.")
        item.close()
        self._count(item, judged)
        self._show(item, judged)

    def _keep(self, archive: Archive, entry: dict[str, Any]) -> None:
        try:
            archive.add(entry, self.secrets)
        except OSError as error:
            raise UsageError(
                f"What passes can't be kept in {gettempdir()} ({of_system(error)}); make room there, or name another "
                "folder with TMPDIR."
            ) from error

    def _judged(self, entry: dict[str, Any]) -> Judged:
        try:
            return judge(entry, self._judging)
        except Exception as error:  # what passes is not to end by a fault of who looks on
            self.faults += 1
            return Judged(why_not=kit_failure(error))

    def _count(self, item: Observed, judged: Judged) -> None:
        self.judged += bool(judged.results)
        self.unanswered += item.failure is not None and item.is_of_deployment
        self.failed.update(judged.ids(Outcome.FAILED))
        self.passed.update(judged.ids(Outcome.PASSED))
        self.open.update(judged.ids(*_OPEN))
        self.faults += len(judged.ids(Outcome.ERROR))

    def _show(self, item: Observed, judged: Judged) -> None:
        target = self.secrets.target(item.target)
        target = target if len(target) <= _LONGEST else f"{target[:_LONGEST]}…"
        status = f"{item.status or '—'}"
        passed = ", ".join(judged.ids(Outcome.PASSED))
        why_not = f"  not judged: {judged.why_not}" if judged.why_not else ""
        if item.failure:
            why_not = f"  {'no answer of the deployment: ' if item.is_of_deployment else ''}{item.failure}"
        rest = f"{passed and '  '}{passed}{why_not}"
        sentences = [
            f"{judged_mark(each)} {each.requirement.id}: {each.finding.reason}"
            for each in judged.results
            if each.outcome is not Outcome.PASSED
        ]
        line = f"{status} {item.method} {target}  {item.seconds * 1000:.0f} ms{rest}"
        self._line(item.started, judged.mark, line, sentences)

    def _line(self, moment: float, mark: str, line: str, sentences: Iterator[str] | list[str] | tuple[()]) -> None:
        style = _STYLES[mark]
        shown: Callable[[str], str] = lambda text: printable(self.secrets(text))  # noqa: E731
        clock = time.strftime("%H:%M:%S", time.localtime(moment))
        self._out.print(Text.assemble(f"{clock} ", (mark, style), f" {shown(line)}"), soft_wrap=True)
        for sentence in sentences:
            self._out.print(Text(f"{_INDENT}{shown(sentence)}", _STYLES[sentence[0]]), soft_wrap=True)

    def summary(self) -> Iterator[str]:
        """Yield how many exchanges there were, and what they showed of which requirements."""
        rest = self.exchanges - self.judged - self.unanswered
        parts = [f"{self.judged:,} judged", f"{rest:,} not judged" if rest else ""]
        parts += [f"{self.unanswered:,} without an answer of the deployment" if self.unanswered else ""]
        yield f"{counted(self.exchanges, 'exchanges')}: {', '.join(filter(None, parts))}."
        for mark, verb, counts in (("✗", "failed", self.failed), ("?", "left open", self.open)):
            for id, times in sorted(counts.items()):
                yield f"{mark} {id} {verb} by {counted(times, 'exchanges')}"
        if only_passed := sorted(set(self.passed) - set(self.failed) - set(self.open)):
            yield f"✓ {', '.join(only_passed)} {are(len(only_passed))} kept by what passed"

    @property
    def exit_code(self) -> int:
        """Return 1 if a MUST failed, 4 if the deployment gave no answer to anything or the kit failed, else 0."""
        if self.failed:
            return 1
        return 4 if self.faults or (self.unanswered and self.unanswered == self.exchanges) else 0


def judged_mark(result: Result) -> str:
    return "✗" if result.outcome is Outcome.FAILED else "?"
