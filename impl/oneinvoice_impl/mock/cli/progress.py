"""Say how far the seeding is, if it takes long enough for someone to wonder."""

from __future__ import annotations

import time
from typing import TextIO

from oneinvoice_impl.mock.cli.signals import signals_held_back


class ProgressLine:
    """After the first second: a line that is rewritten on a terminal, and one plain line elsewhere."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next = time.monotonic() + 1
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Show how far it is after a batch."""
        rewritten = self._stream.isatty()
        finished = done == total
        if time.monotonic() >= self._next or (self._shown and finished):
            if rewritten or not self._shown:
                self._write(f"Seeding: {done:,} of {total:,} records", rewritten, finished)
            self._next = time.monotonic() + 0.2

    def _write(self, text: str, rewritten: bool, finished: bool) -> None:
        end = "\n" if finished or not rewritten else ""
        with signals_held_back():
            self._stream.write(f"\r{text}{end}" if rewritten and self._shown else f"{text}{end}")
            self._stream.flush()
        self._shown = True
