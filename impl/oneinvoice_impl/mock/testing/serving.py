"""Serve a mock for as long as a process holds the lock of a folder: `python -m …testing.serving FOLDER OPTION …`."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from pathlib import Path
from threading import Event, Thread

from oneinvoice_impl.mock.cli.main import main


def _end_once_unused(folder: Path) -> None:
    """Wait until nobody holds the lock, and keep it until this process has ended: who comes now waits for that."""
    with (folder / "in-use").open("a") as in_use:
        fcntl.flock(in_use, fcntl.LOCK_EX)
        (folder / "exports").unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGTERM)
        Event().wait()


if __name__ == "__main__":
    Thread(target=_end_once_unused, args=(Path(sys.argv.pop(1)),), daemon=True).start()
    sys.argv[0] = "oneinvoice-mock"
    main()
