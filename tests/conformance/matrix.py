"""Judge each defect of the mock and the miniature, and write the rules that catch it into docs/defects.md.

`python -m tests.conformance.matrix` takes some ten minutes for all of them; `--only NAME,NAME` takes a few seconds for
each, and leaves the other rows alone.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from oneinvoice_impl.mock.defects import DEFECTS
from rich.console import Console
from rich.progress import track

from tests.conformance.defects_page import FILE, Row, document, needs_webhook, row_order, rule_order, update
from tests.conformance.judging import WHOLE, Outcome, Report, hooks_of, judge_fuzzed, judge_rates, reasons
from tests.conformance.mocks import judge_mock
from tests.conformance.trust.figures import restate
from tests.miniatures import FAULTS, FUZZ_FAULTS, HOOK_FAULTS, RATE_FAULTS, WHOLE_FAULTS, Deployment, Fault, Run
from tests.miniatures.limits import SlidingLog


@dataclass(frozen=True)
class Case:
    """A defect, the rule that must catch it, and the run that shows what does."""

    deployment: str
    name: str
    rule: str
    does: str
    judge: Callable[[], Report]

    def row(self) -> Row:
        """Judge it, which takes a second or several."""
        failed = sorted(reasons(self.judge(), Outcome.FAILED), key=rule_order)
        return Row(self.deployment, self.name, self.does, self.rule, tuple(failed))


class UnknownDefectError(Exception):
    """Neither deployment has a defect of that name; the text is one sentence that says which are near."""


def cases() -> list[Case]:
    """Return every defect of the mock and every fault of the miniature, in the order of the document."""
    faults = FAULTS | WHOLE_FAULTS | FUZZ_FAULTS | RATE_FAULTS | HOOK_FAULTS
    found = [
        Case("mock", each.name, each.requirement, each.sentence, partial(_judge_mock, each.name))
        for each in DEFECTS.values()
    ] + [
        Case("miniature", each.name, each.rule, each.description, partial(_judge_miniature, each))
        for each in faults.values()
    ]
    return sorted(found, key=lambda case: row_order(case.rule, case.deployment, case.name))


def cases_named(names: Sequence[str]) -> list[Case]:
    """Return the cases of these names; a name that both deployments know is two of them.

    Raises:
        UnknownDefectError: neither deployment has a defect of such a name.
    """
    every = cases()
    known = {case.name for case in every}
    for name in names:
        if name not in known:
            near = get_close_matches(name, known)
            hint = f"did you mean {' or '.join(near)}?" if near else "docs/defects.md names all."
            raise UnknownDefectError(f"Neither the mock nor the miniature has a defect {name!r}; {hint}")
    return [case for case in every if case.name in names]


def main(arguments: Sequence[str] | None = None, file: Path = FILE) -> int:
    parser = ArgumentParser(prog="python -m tests.conformance.matrix", description=__doc__)
    parser.add_argument("--only", metavar="NAME,NAME", default="", help="judge these, and leave the other rows alone")
    names = [name.strip() for name in parser.parse_args(arguments).only.split(",") if name.strip()]
    try:
        chosen = cases_named(names) if names else cases()
    except UnknownDefectError as unknown:
        print(unknown, file=sys.stderr)
        return 2
    rows = [case.row() for case in track(chosen, "Judging defects", console=Console(stderr=True))]
    if names:
        update(file, rows)
        for row in rows:
            print(f"{row.deployment} {row.defect}: {', '.join(row.failed) or 'no rule'} failed")
    else:
        file.write_text(document(rows), "utf-8")
    if file == FILE:
        restate()
    for row in rows:
        if not row.is_clean:
            print(f"{row.deployment} {row.defect}: {row.rule} was to fail, and {', '.join(row.failed) or 'none'} did")
    print(f"{len(rows)} of {len(cases())} defects written to {file}")
    return 0


def _judge_mock(name: str) -> Report:
    defect = DEFECTS[name]
    return judge_mock(defect.components, hooks=needs_webhook(defect.requirement))


def _judge_miniature(fault: Fault) -> Report:
    deployment = fault.deployment()
    if fault.run is Run.GENERATED:
        return judge_fuzzed(deployment)
    if fault.run is not Run.RATE:  # those have a limit of their own; that of any other is to be right
        deployment.limiter = SlidingLog()
    return _judge_delivering(deployment) if fault.run is Run.HOOKS else judge_rates(deployment)


def _judge_delivering(deployment: Deployment) -> Report:
    with hooks_of(deployment, timeout=0.5) as hooks:
        return judge_rates(deployment, WHOLE, hooks)


if __name__ == "__main__":
    sys.exit(main())
