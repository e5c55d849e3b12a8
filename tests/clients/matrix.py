"""Judge each fault of the base client, and write the rules that catch it into docs/client-faults.md.

`python -m tests.clients.matrix` takes an hour for all of them; `--only NAME,NAME` judges these, and leaves the other
rows alone. `--own` asks for the rules of a fault's own group alone, which is quicker.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches

from tests.clients.catalogue import FAULTS
from tests.clients.decorators import Fault
from tests.clients.judging import faulty, judge
from tests.clients.page import FILE, FaultRow, in_order, update


def judged(fault: Fault, *, own: bool = False) -> FaultRow:
    """Judge a fault, by the rules of its own group or by all that it may show in."""
    verdict = judge(faulty(fault.name), fault.group if own else fault.touches)
    return FaultRow(fault.name, fault.description, fault.rule, in_order(verdict.alarms()))


def rows(faults: Sequence[Fault], at_once: int, *, own: bool) -> Iterator[FaultRow]:
    """Yield a row for each fault, several of which are judged side by side since they wait most of the time."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda fault: judged(fault, own=own), faults)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = ArgumentParser(prog="python -m tests.clients.matrix", description=__doc__)
    parser.add_argument("--only", metavar="NAME,NAME", default="", help="judge these, and leave the other rows alone")
    parser.add_argument("--own", action="store_true", help="ask for the rules of a fault's own group alone")
    parser.add_argument("--at-once", type=int, default=4, metavar="N", help="judge so many side by side (default: 4)")
    options = parser.parse_args(arguments)
    names = [name.strip() for name in options.only.split(",") if name.strip()] or list(FAULTS)
    for name in names:
        if name not in FAULTS:
            near = get_close_matches(name, FAULTS)
            hint = f"did you mean {' or '.join(near)}?" if near else "docs/client-faults.md names all."
            print(f"There is no fault {name!r}; {hint}", file=sys.stderr)
            return 2
    for row in rows([FAULTS[name] for name in names], options.at_once, own=options.own):
        update(FILE, [row])
        mark = "" if row.is_clean else "NOT CAUGHT: " if not row.is_caught else "OTHER GROUP TOO: "
        print(f"{mark}{row.name} breaks {row.breaks}: {', '.join(row.alarms) or 'nothing'} failed", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
