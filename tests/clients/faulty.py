"""Run a program of a client with one fault or a free variant: `python -m tests.clients.faulty NAME PROGRAM …`.

PROGRAM is sync, receiver, dump, restart or rotate; `correct` is what all of them are made from, `--list` shows them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from tests.clients.base.programs import main as run
from tests.clients.base.puller import Puller
from tests.clients.base.receiver import Receiver
from tests.clients.catalogue import FAULTS, FREE


def main(arguments: Sequence[str]) -> int:
    name, *rest = arguments or ["--list"]
    if name == "correct":
        return run(Puller, Receiver, command(name), rest)
    if client := FAULTS.get(name) or FREE.get(name):
        return run(client.puller, client.receiver, command(name), rest)
    for variant in FREE.values():
        print(f"{variant.name:34} free    {variant.description}")
    for fault in FAULTS.values():
        print(f"{fault.name:34} {fault.rule:7} {fault.description}")
    return 0 if name == "--list" else 2


def command(name: str) -> list[str]:
    return [sys.executable, "-m", "tests.clients.faulty", name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
