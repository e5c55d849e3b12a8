"""The command `simulate`, from its arguments to the report."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from types import FrameType

import click

from oneinvoice_openapi.lifecycle.command import lifecycle_option, to_day
from oneinvoice_openapi.lifecycle.entries import FIRST_DAY, LAST_DAY, Lifecycle
from oneinvoice_openapi.references import Unusable

_BEFORE, _AFTER = timedelta(1), timedelta(3)
_MOST_DAYS = 3_700


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--to", metavar="URL", required=True, help="A running mock, which is to follow the same lifecycle.")
@lifecycle_option
@click.option("--from", "first", metavar="DATE", callback=to_day, help="First day; by default that before all others.")
@click.option("--until", "last", metavar="DATE", callback=to_day, help="Last day; by default three after the last end.")
@click.option("--json", "as_json", is_flag=True, help="Print each day for programs.")
def simulate(file: Path | None, to: str, days: Lifecycle, first: date | None, last: date | None, as_json: bool) -> None:
    """Walk a mock through the days of a lifecycle, and judge each of them.

    It makes a sandbox in the mock, sets its clock to 00:00 UTC of one day after the other, and asks what is served:
    status, Deprecation, Sunset and Link, from the first announcement until the last end. The data and the clock of the
    mock stay as they are. Days on which all is the same share a line. Exit code 1 says that a promise is broken on a
    day, or that the mock serves other than the lifecycle says. FILE is a draft of the document.
    """
    # Imported here: only this command needs them.
    from oneinvoice_openapi.lifecycle.released import read_releases
    from oneinvoice_openapi.lifecycle.simulation.judging import judge
    from oneinvoice_openapi.lifecycle.simulation.reports import json_report, text_report
    from oneinvoice_openapi.lifecycle.simulation.walk import asked, outermost, path_of, sandbox, walk
    from oneinvoice_openapi.reading.documents import read_document
    from oneinvoice_openapi.running_mock import RunningMock

    try:
        mock = RunningMock(outermost(to))
        begin, end = span(days, first, last)
        document = read_document(file).document
        step = _Progress((end - begin).days + 1)
        with _stoppable(step), sandbox(mock) as made:
            observed = walk(mock, made, asked(days, document), begin, end, step)
        step.done()
        simulation = judge(days, document, read_releases(), observed, mock.url + path_of(made, ""))
    except Unusable as error:
        raise click.UsageError(str(error)) from error
    click.echo(json_report(simulation) if as_json else text_report(simulation))
    if not simulation.is_right:
        raise SystemExit(1)


def span(lifecycle: Lifecycle, first: date | None, last: date | None) -> tuple[date, date]:
    """Return the first and the last day of the walk, by default those around all days. Raises `Unusable`."""
    known = [
        day
        for entry in lifecycle.entries
        for day in (entry.announced, entry.effective, entry.deprecated, entry.sunset)
        if day is not None
    ]
    if not known and (first is None or last is None):
        raise Unusable(
            "The lifecycle has no days, so that there is nothing to walk through; name another with --lifecycle, or "
            "days with --from and --until."
        )
    begin = first or max(min(known) - _BEFORE, FIRST_DAY)
    end = last or min(max(known) + _AFTER, LAST_DAY)
    count = (end - begin).days + 1
    if count < 1:
        raise Unusable(f"The walk would end on {end}, before it begins on {begin}; give other days.")
    if count > _MOST_DAYS:
        raise Unusable(
            f"From {begin} to {end} there are {count} days; walk {_MOST_DAYS} at most, by --from and --until."
        )
    return begin, end


class _Progress:
    """Step of the walk: ends it if it is to stop, and tells how far it is on a terminal after the first second."""

    def __init__(self, total: int) -> None:
        self.stopped_by: int | None = None
        self._number, self._total, self._shown = 0, total, False
        self._next = time.monotonic() + 1

    def __call__(self) -> None:
        if self.stopped_by is not None:
            sys.stderr.write("\n" if self._shown else "")
            raise SystemExit(128 + self.stopped_by)
        self._number += 1
        if sys.stderr.isatty() and time.monotonic() >= self._next:
            sys.stderr.write(f"\rWalking: day {self._number:,} of {self._total:,}")
            sys.stderr.flush()
            self._shown, self._next = True, time.monotonic() + 0.2

    def done(self) -> None:
        """End the line, if there is one."""
        if self._shown:
            sys.stderr.write(f"\rWalking: day {self._total:,} of {self._total:,}\n")


@contextmanager
def _stoppable(step: _Progress) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM end the walk at its next step, so that no sandbox is left; a second one ends it at once.

    Where something else than the default is set, it stays: a shell's background jobs ignore Ctrl-C.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        step.stopped_by = number
        signal.signal(number, signal.SIG_DFL)

    defaults = (signal.SIG_DFL, signal.default_int_handler)
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    taken = [each for each, handler in before.items() if handler in defaults]
    for each in taken:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each in taken:
            signal.signal(each, before[each])
