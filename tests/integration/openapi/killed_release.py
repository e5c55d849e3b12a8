"""Write files as a release does, and be killed at a step: python killed_release.py ROOT FILES STEP.

A step is a change of a folder or of a file's name, or the opening of a file, which Python tells of before it happens.
FILES is JSON: texts by their paths.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from oneinvoice_openapi.releasing.writing import write

STEPS = {"os.mkdir", "os.rename", "os.rmdir", "os.remove", "open"}


def kill_at(step: int) -> None:
    steps = 0

    def told(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal steps
        if event not in STEPS:
            return
        steps += 1
        if steps == step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(told)


if __name__ == "__main__":
    root, files = Path(sys.argv[1]), {name: text.encode() for name, text in json.loads(sys.argv[2]).items()}
    kill_at(int(sys.argv[3]))
    write(root, files)
