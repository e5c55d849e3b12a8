"""Start of a command, before its modules are imported. It imports next to nothing itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130
"""Exit code of what Ctrl-C ended before it began, as shells have it: 128 and the number of the signal."""


@contextmanager
def interrupted_cleanly() -> Iterator[None]:
    """Have Ctrl-C end the process at once within the context, where an exception would be told as a traceback.

    Where something else than Python's own handler is set, it stays: a shell's background jobs ignore Ctrl-C.
    """
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
