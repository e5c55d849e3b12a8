"""docs/defects.md: the table of all defects and the rules that failed on each, and what it sums up to."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from oneinvoice_openapi.register import register

from tests.conformance.trust.figures import measured, section

FILE = Path(__file__).parents[2] / "docs" / "defects.md"
# Whose records, which of them, how many requests, and signed with what: no schema tells that these are wrong.
_SEMANTIC = re.compile(r"(ORG|RATE)-\d+|MEM-[2-8]|QUO-2|INV-2|HOOK-4")
_ROW = re.compile(r"\| (\w+) \| ([\w-]+) \| (.+) \| ([A-Z]+-\d+) \| ([A-Z\d, -]*) \|")
_AREAS = tuple(register().of("deployment").areas)


@dataclass(frozen=True)
class Row:
    """A defect, the rule that must catch it, and the rules that failed."""

    deployment: str
    defect: str
    does: str
    rule: str
    failed: tuple[str, ...]

    def __str__(self) -> str:
        return f"| {self.deployment} | {self.defect} | {self.does} | {self.rule} | {', '.join(self.failed)} |"

    @property
    def is_clean(self) -> bool:
        """Tell whether its rule caught it, and none of another area did."""
        return self.rule in self.failed and {area(rule) for rule in self.failed} == {area(self.rule)}


def area(rule: str) -> str:
    return rule.partition("-")[0]


def needs_webhook(rule: str) -> bool:
    """Tell whether deliveries show what breaks this, of whatever area it is."""
    return "webhook" in register()[rule].needs


def is_semantic(rule: str) -> bool:
    """Tell whether a defect that breaks this is one of tenant, paging, filter, limit or signature."""
    return _SEMANTIC.fullmatch(rule) is not None


def rule_order(rule: str) -> tuple[int, int]:
    """Return a key to sort by: areas in the order of the register, and their rules by number."""
    name, _, number = rule.partition("-")
    return _AREAS.index(name), int(number)


def row_order(rule: str, deployment: str, defect: str) -> tuple[tuple[int, int], str, str]:
    """Return a key to sort rows by: by what is broken, then the miniature before the mock, then by name."""
    return rule_order(rule), deployment, defect


def read_rows(text: str) -> list[Row]:
    """Return the rows of a document."""
    rows = map(_ROW.fullmatch, text.splitlines())
    return [
        Row(row[1], row[2], row[3], row[4], tuple(filter(None, row[5].split(", ")))) for row in rows if row is not None
    ]


def update(file: Path, judged: Iterable[Row]) -> None:
    """Put these rows in the place of those of the same defects, or in their order, and sum up anew."""
    rows = {(row.deployment, row.defect): row for row in (*read_rows(file.read_text("utf-8")), *judged)}
    ordered = sorted(rows.values(), key=lambda row: row_order(row.rule, row.deployment, row.defect))
    file.write_text(document(ordered), "utf-8")


def document(rows: Sequence[Row]) -> str:
    """Return the text of the document."""
    by_area = Counter(area(row.rule) for row in rows)
    clean, caught = sum(row.is_clean for row in rows), sum(bool(row.failed) for row in rows)
    semantic = sum(is_semantic(row.rule) for row in rows)
    return "\n".join(
        [
            "# Defects, and what catches them",
            "",
            "Each defect breaks one promise on purpose, in one of two deployments that share no code: the mock",
            "(`oneinvoice-mock --defect NAME`) or the miniature (`python -m tests.miniatures --fault NAME`). On each",
            "the suite judged all areas, but for webhooks (HOOK) where deliveries don't show the defect, and the rate",
            "limit (RATE) where only generated requests show the defect. `make defects` writes this page, and",
            "`make defects ONLY=NAME` the rows of one defect.",
            "",
            f"- {len(rows)} defects: {', '.join(f'{by_area[name]} {name}' for name in _AREAS if by_area[name])}.",
            f"- {sum(row.deployment == 'mock' for row in rows)} are the mock's, the others the miniature's.",
            f"- {_share(semantic, rows)} are semantic: of tenant, paging, filter, limit or signature.",
            f"- {_share(caught, rows)} are caught.",
            f"- {_share(clean, rows)} are caught by the rule of what they break, and by no rule of another area.",
            "",
            "| in | defect | what it does | breaks | rules that failed |",
            "|---|---|---|---|---|",
            *map(str, rows),
            "",
            *section(measured()),
        ]
    )


def _share(count: int, rows: Sequence[Row]) -> str:
    return f"{count} ({100 * count // len(rows)} %)"
