"""Serve one of the deployments, to look at: `python -m tests.frameworks NAME [MISTAKE] [WORKERS]`."""

from __future__ import annotations

import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path

from tests.frameworks.judging import KEYS
from tests.frameworks.starting import DEPLOYMENTS, deployment


def main() -> None:
    name, mistake, workers, *_ = [*sys.argv[1:], *["", "", "1"][len(sys.argv) - 1 :]]
    if name not in DEPLOYMENTS:
        sys.exit(f"Give one of {', '.join(DEPLOYMENTS)}, and a mistake that its file names, or none.")
    with tempfile.TemporaryDirectory() as folder, deployment(name, mistake, Path(folder), int(workers)) as url:
        for variable, value in {"ONEINVOICE_URL": url, **KEYS}.items():
            print(f"export {variable}={value}")
        print("Ctrl-C ends it.", flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
