"""Write what catches each defect into docs/defects.md: `python -m tests.conformance.matrix`, in some ten minutes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from oneinvoice_conformance.runner import Report
from oneinvoice_conformance.verdict import Outcome
from oneinvoice_impl.mock.defects import DEFECTS
from rich.console import Console
from rich.progress import track

from tests.conformance.judging import WHOLE, hooks_of, judge_fuzzed, judge_rates, told
from tests.conformance.mocks import judge_mock
from tests.miniatures import FAULTS, FUZZ_FAULTS, HOOK_FAULTS, RATE_FAULTS, WHOLE_FAULTS, Fault
from tests.miniatures.limits import SlidingLog

FILE = Path(__file__).parents[2] / "docs" / "defects.md"
# Whose records, which of them, how many requests, and signed with what: no schema tells that these are wrong.
_SEMANTIC = re.compile(r"(ORG|RATE)-\d+|MEM-[2-8]|QUO-2|INV-2|HOOK-4")
_ROW = re.compile(r"\| (\w+) \| ([\w-]+) \| (.+) \| ([A-Z]+-\d+) \| ([A-Z\d, -]*) \|")
_ORDER = ("DISC", "AUTH", "ORG", "MEM", "QUO", "INV", "ERR", "RATE", "HOOK", "VER", "NEWS")


@dataclass(frozen=True)
class Case:
    """A defect, the rule that must catch it, and how to find out what does."""

    deployment: str
    name: str
    rule: str
    does: str
    judge: Callable[[], Report]


@dataclass(frozen=True)
class Row:
    """A defect, the rule that must catch it, and the rules that failed."""

    deployment: str
    defect: str
    does: str
    rule: str
    failed: tuple[str, ...]

    @property
    def is_clean(self) -> bool:
        """Whether its rule caught it, and none of another area did."""
        return self.rule in self.failed and {area(rule) for rule in self.failed} == {area(self.rule)}


def area(rule: str) -> str:
    return rule.partition("-")[0]


def is_semantic(rule: str) -> bool:
    """Whether a defect that breaks this is one of tenant, paging, filter, limit or signature."""
    return _SEMANTIC.fullmatch(rule) is not None


def cases() -> list[Case]:
    """Every defect of the mock and every fault of the miniature, in the order of the document."""
    found = [
        Case("mock", each.name, each.requirement, each.sentence, partial(_judge_mock, each.name))
        for each in DEFECTS.values()
    ]
    for faults, look in (
        (FAULTS | WHOLE_FAULTS, _judge_limited),
        (FUZZ_FAULTS, _judge_fuzzed),
        (RATE_FAULTS, _judge_rates),
        (HOOK_FAULTS, _judge_hooks),
    ):
        found += [
            Case("miniature", each.name, each.rule, each.description, partial(look, each)) for each in faults.values()
        ]
    return sorted(found, key=lambda case: (*_place(case.rule), case.deployment, case.name))


def written() -> list[Row]:
    """The rows that the document has."""
    rows = map(_ROW.fullmatch, FILE.read_text("utf-8").splitlines())
    return [
        Row(row[1], row[2], row[3], row[4], tuple(filter(None, row[5].split(", ")))) for row in rows if row is not None
    ]


def document(rows: Sequence[Row]) -> str:
    """The text of the document."""
    by_area = Counter(area(row.rule) for row in rows)
    clean, caught = sum(row.is_clean for row in rows), sum(bool(row.failed) for row in rows)
    semantic = sum(is_semantic(row.rule) for row in rows)
    return "\n".join(
        [
            "# Defects, and what catches them",
            "",
            "Each defect breaks one promise on purpose, in one of two deployments that share no code: the mock",
            "(`oneinvoice-mock --defect NAME`) or the miniature (`python -m tests.miniatures --fault NAME`). On each",
            "the suite judged all areas, but for webhooks (HOOK) where the defect is none of webhooks, and the rate",
            "limit (RATE) where only generated requests show the defect. `make defects` writes this page.",
            "",
            f"- {len(rows)} defects: {', '.join(f'{by_area[name]} {name}' for name in _ORDER if by_area[name])}.",
            f"- {sum(row.deployment == 'mock' for row in rows)} are the mock's, the others the miniature's.",
            f"- {_share(semantic, rows)} are semantic: of tenant, paging, filter, limit or signature.",
            f"- {_share(caught, rows)} are caught.",
            f"- {_share(clean, rows)} are caught by the rule of what they break, and by no rule of another area.",
            "",
            "| in | defect | what it does | breaks | rules that failed |",
            "|---|---|---|---|---|",
            *(
                f"| {row.deployment} | {row.defect} | {row.does} | {row.rule} | {', '.join(row.failed)} |"
                for row in rows
            ),
            "",
        ]
    )


def main() -> None:
    rows = []
    for case in track(cases(), "Judging defects", console=Console(stderr=True)):
        failed = sorted(told(case.judge(), Outcome.FAILED), key=_place)
        rows.append(Row(case.deployment, case.name, case.does, case.rule, tuple(failed)))
    FILE.write_text(document(rows), "utf-8")
    for row in rows:
        if not row.is_clean:
            print(f"{row.deployment} {row.defect}: {row.rule} was to fail, and {', '.join(row.failed) or 'none'} did")
    print(f"{len(rows)} defects in {FILE}")


def _share(count: int, rows: Sequence[Row]) -> str:
    return f"{count} ({100 * count // len(rows)} %)"


def _place(rule: str) -> tuple[int, int]:
    """Areas in the order of the register, and their rules by number."""
    name, _, number = rule.partition("-")
    return _ORDER.index(name), int(number)


def _judge_mock(name: str) -> Report:
    defect = DEFECTS[name]
    return judge_mock(defect.components, hooks=area(defect.requirement) == "HOOK")


def _judge_limited(fault: Fault) -> Report:
    """With a limit that is right, which the miniature has not by itself."""
    deployment = fault.deployment()
    deployment.limiter = SlidingLog()
    return judge_rates(deployment)


def _judge_fuzzed(fault: Fault) -> Report:
    return judge_fuzzed(fault.deployment())


def _judge_rates(fault: Fault) -> Report:
    return judge_rates(fault.deployment())


def _judge_hooks(fault: Fault) -> Report:
    deployment = fault.deployment()
    deployment.limiter = SlidingLog()
    with hooks_of(deployment, timeout=0.5) as hooks:
        return judge_rates(deployment, WHOLE, hooks)


if __name__ == "__main__":
    main()
