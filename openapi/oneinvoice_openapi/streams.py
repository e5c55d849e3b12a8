"""Standard output and error of every command, which a program's reader may close, and a disk may have no room for.

`| head -1` closes a pipe that is still written to, `>&-` starts a program without any output, and on a full disk each
write fails. None of that is a verdict, which an exit code of 1 would be, or a reason to end a server half way. So what
can't be written is dropped: of a reader that has left, nothing is told, since it read what it wanted. Any other reason
is told once, on standard error, and the program ends with exit code 4.
"""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

UNWRITTEN = 4  # exit code


class _Output(io.FileIO):
    """File descriptor whose writes never fail: `failure` keeps the first error, and what comes after it is dropped."""

    def __init__(self, descriptor: int, program: str) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.failure: OSError | None = None
        self._program = program

    def write(self, data: Any, /) -> int:
        if self.failure is None:
            try:
                while (written := super().write(data)) is None:  # another process has set it not to block
                    select.select([], [self], [])
                return written
            except OSError as error:
                self.failure = error
                if self.is_lost and self is not _raw(sys.stderr):
                    what = f"The output can't be written ({error.strerror}); see where it goes."
                    sys.stderr.write(f"{self._program}: {what}\n")
        return memoryview(data).nbytes

    @property
    def is_lost(self) -> bool:
        """Tell whether something could not be written for another reason than that the reader has left."""
        return self.failure is not None and not isinstance(self.failure, BrokenPipeError)


@contextmanager
def standard_streams(program: str) -> Iterator[None]:
    """Have the streams of a command fail nothing within the context.

    Raises `SystemExit` with code 4 at its end where output was lost. Characters that an encoding has not are written
    as escapes.
    """
    sys.stderr = _steady(sys.stderr, sys.__stderr__, 2, program)
    sys.stdout = _steady(sys.stdout, sys.__stdout__, 1, program)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.closed:
                stream.flush()
        output = _raw(sys.stdout)
        if output is not None and output.is_lost:
            raise SystemExit(UNWRITTEN)


def nobody_reads() -> bool:
    """Tell whether what is written to standard output gets nowhere any more."""
    output = _raw(sys.stdout)
    return output is not None and output.failure is not None


def _steady(stream: TextIO | None, own: TextIO | None, descriptor: int, program: str) -> TextIO:
    """Return a stream in the place of `stream` that never fails, unless another than the process's own stands there."""
    if stream is None:  # closed by who started the program: another file must not be taken for it
        return open(os.devnull, "w", encoding="utf-8")  # open as long as the process
    if stream is not own or not isinstance(stream, io.TextIOWrapper):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
        return stream
    if _raw(stream) is not None:
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Output(descriptor, program)),
        encoding=stream.encoding,
        errors="backslashreplace",  # what a deployment sends fits no encoding for certain
        line_buffering=stream.line_buffering,
    )


def _raw(stream: TextIO | None) -> _Output | None:
    raw = getattr(getattr(stream, "buffer", None), "raw", None)
    return raw if isinstance(raw, _Output) else None
