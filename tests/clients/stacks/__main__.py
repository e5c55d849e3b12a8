"""Judge the stacks, print what each keeps and breaks, and write the table into docs/client-faults.md."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.clients.judging import ALARM, Verdict, judge
from tests.clients.page import FILE, StackRow, group, in_order, update
from tests.clients.stacks.catalogue import STACKS, Stack, install

_OPEN = ("inconclusive", "not_tested")
_AT_ONCE = 4


def row(stack: Stack, verdict: Verdict) -> StackRow:
    def of(*outcomes: str) -> tuple[str, ...]:
        return in_order(
            rule for rule, outcome in verdict.outcomes.items() if outcome in outcomes and group(rule) != "HOOK"
        )

    return StackRow(stack.name, stack.settings, of("passed"), of(*ALARM), of(*_OPEN))


def main() -> int:
    install()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for told in pool.map(lambda stack: row(stack, judge(stack.subject)), STACKS):
            print(told, flush=True)
            update(FILE, stacks=[told])
    return 0


if __name__ == "__main__":
    sys.exit(main())
