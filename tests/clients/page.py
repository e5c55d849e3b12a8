"""docs/client-faults.md: the table of all faults of clients with the rules that failed on each, and that of stacks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.clients.catalogue import GROUPS, REQUIREMENTS

FILE = Path(__file__).parents[2] / "docs" / "client-faults.md"
_FAULT = re.compile(r"\| ([\w-]+) \| (.+) \| ([A-Z]+-\d) \| ([A-Z\d, -]*) \|")
_STACK = re.compile(r"\| ([\w,. -]+) \| (.+) \| ([A-Z\d, -]*) \| ([A-Z\d, -]*) \| ([A-Z\d, -]*) \|")
_STACKS = "## Stacks in their default settings"


@dataclass(frozen=True)
class FaultRow:
    """Fault, the requirement that it breaks, and those that failed or were warned of."""

    name: str
    does: str
    breaks: str
    alarms: tuple[str, ...]

    def __str__(self) -> str:
        return f"| {self.name} | {self.does} | {self.breaks} | {', '.join(self.alarms)} |"

    @property
    def is_caught(self) -> bool:
        return self.breaks in self.alarms

    @property
    def is_clean(self) -> bool:
        """Tell whether its rule caught it, and none of another group did."""
        return self.is_caught and {group(rule) for rule in self.alarms} == {group(self.breaks)}


@dataclass(frozen=True)
class StackRow:
    """Stack, how it is set up, and the requirements that a client keeps, breaks and leaves open that relies on it."""

    name: str
    settings: str
    keeps: tuple[str, ...]
    breaks: tuple[str, ...]
    leaves_open: tuple[str, ...]

    def __str__(self) -> str:
        told = (", ".join(each) for each in (self.keeps, self.breaks, self.leaves_open))
        return f"| {self.name} | {self.settings} | {' | '.join(told)} |"


def group(rule: str) -> str:
    return rule.partition("-")[0]


def in_order(rules: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(rules, key=REQUIREMENTS.index))


def read(text: str) -> tuple[list[FaultRow], list[StackRow]]:
    """Return the rows of a document."""
    faults, _, stacks = text.partition(_STACKS)
    return (
        [FaultRow(row[1], row[2], row[3], _rules(row[4])) for row in map(_FAULT.fullmatch, faults.splitlines()) if row],
        [
            StackRow(row[1], row[2], _rules(row[3]), _rules(row[4]), _rules(row[5]))
            for row in map(_STACK.fullmatch, stacks.splitlines())
            if row
        ],
    )


def update(file: Path, faults: Iterable[FaultRow] = (), stacks: Iterable[StackRow] = ()) -> None:
    """Put rows in the place of those of the same names, or beside the others, and sum up anew."""
    told = read(file.read_text("utf-8")) if file.exists() else ([], [])
    both = {row.name: row for row in (*told[0], *faults)}, {row.name: row for row in (*told[1], *stacks)}
    file.write_text(document(list(both[0].values()), list(both[1].values())), "utf-8")


def document(faults: Sequence[FaultRow], stacks: Sequence[StackRow]) -> str:
    """Return the text of the document; faults come in the order of the requirements, then by name."""
    ordered = sorted(faults, key=lambda row: (REQUIREMENTS.index(row.breaks), row.name))
    counts = Counter(group(row.breaks) for row in faults)
    caught, clean = sum(row.is_caught for row in faults), sum(row.is_clean for row in faults)
    return "\n".join(
        [
            "# Faults of clients, and what catches them",
            "",
            "Each fault is one step of a correct client that does something else, and breaks one requirement of",
            "clients. `python -m tests.clients.faulty --list` names them, `python -m tests.clients.faulty NAME sync`",
            "runs one, and `python -m tests.clients.matrix` writes this page, by `oneinvoice-conform client` with all",
            "that it can be told of a client: a puller was judged by all groups but HOOK, and a receiver by HOOK,",
            "since the other half of it is the correct client. `--only NAME,NAME` writes the rows of these alone.",
            "",
            f"- {len(faults)} faults: {', '.join(f'{counts[each]} {each}' for each in GROUPS if counts[each])}.",
            f"- {_share(caught, len(faults))} are caught by the rule of what they break.",
            f"- {_share(clean, len(faults))} are, and no rule of another group fails.",
            "",
            "| fault | what the client does | breaks | rules that failed |",
            "|---|---|---|---|",
            *map(str, ordered),
            "",
            _STACKS,
            "",
            "A client that gets its pages by one of these, as its documentation shows it, and leaves all else to it.",
            "It pages by what it got. `python -m tests.clients.stacks` judges them with `--run` and `--readback`, and",
            "writes the table. PAGE is not theirs, and so is the same for all; webhooks are left out.",
            "",
            "| stack | retries | keeps | breaks | leaves open |",
            "|---|---|---|---|---|",
            *map(str, stacks),
            "",
        ]
    )


def _rules(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(", ")))


def _share(count: int, all: int) -> str:
    return f"{count} ({100 * count // max(1, all)} %)"
