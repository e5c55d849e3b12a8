"""Run a program of a liar: `python -m tests.clients.liars NAME sync|receiver|dump|restart|rotate …`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.clients.base.programs import main as run
from tests.clients.liars.catalogue import LIARS


def main(arguments: Sequence[str]) -> int:
    name, *rest = arguments or ["--list"]
    if name not in LIARS:
        for liar in LIARS.values():
            print(f"{liar.name:24} {liar.description}")
        return 0 if name == "--list" else 2
    liar = LIARS[name]
    return run(liar.puller, liar.receiver, [sys.executable, "-m", "tests.clients.liars", name], rest, liar.contents)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
