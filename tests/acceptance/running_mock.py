"""Mock of its own process, as people start it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_COMMAND = Path(sys.executable).parent / "oneinvoice-mock"
_CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("ONEINVOICE_")}


@contextmanager
def running_mock(*options: str) -> Iterator[dict[str, str]]:
    """Start it on a free port, and give the variables that it exports, its URL and four keys."""
    command = [_COMMAND, "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=_CLEAN) as mock:
        try:
            assert mock.stdout
            exported: dict[str, str] = {}
            while len(exported) < 5:
                line = mock.stdout.readline()
                assert line, "the mock ended before it printed its keys"
                exported |= dict(re.findall(r"^export (\w+)=(\S+)", line))
            yield exported
        finally:
            mock.terminate()
