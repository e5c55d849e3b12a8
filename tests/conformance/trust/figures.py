"""Figures of trust: what they are, where the documents state them, and that these say what was measured."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conformance.trust.results import Result
from tests.miniatures import (
    CHANGE_FAULTS,
    FAULTS,
    FREE,
    FUZZ_FAULTS,
    HOOK_FAULTS,
    HOOK_FREE,
    RATE_FAULTS,
    RATE_FREE,
    WHOLE_FAULTS,
)

ROOT = Path(__file__).parents[3]
FILE = ROOT / "tests" / "data" / "trust.json"
DEFECTS = ROOT / "docs" / "defects.md"
DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "qa.md")


@dataclass(frozen=True)
class Trust:
    """Sum of the clean runs and of the liars, by area, with those that got through and why requests can't tell."""

    clean: int
    freedoms: int
    alarms: int
    liars: dict[str, int]
    caught: dict[str, int]
    through: tuple[dict[str, Any], ...]

    @property
    def share(self) -> str:
        """Return the caught ones of all, in percent with a digit, rounded down."""
        return f"{1000 * sum(self.caught.values()) // sum(self.liars.values()) / 10:.1f} %"

    @property
    def bound(self) -> str:
        """Return the share of false alarms that is excluded with 95 % confidence, by the rule of three, rounded up."""
        return f"{-(-30_000 // self.clean) / 100:g} %"


def measured() -> Trust:
    told = json.loads(FILE.read_text("utf-8"))
    return Trust(**{**told, "through": tuple(told["through"])})


def record(clean: Iterable[Result], liars: Iterable[Result], file: Path = FILE) -> None:
    """Write what the results sum up to; a reason that was given for one that got through is kept."""
    clean, liars = list(clean), sorted(liars, key=lambda each: each.seed)
    reasons = {each["seed"]: each["reason"] for each in measured().through} if file.exists() else {}
    freedoms = {name for each in clean for name in re.findall(r"[\w-]+", each.does.rpartition(",")[0])}
    told = {
        "clean": len(clean),
        "freedoms": len(freedoms - {"webhooks", "plain"}),
        "alarms": sum(not each.good for each in clean),
        "liars": dict(sorted(Counter(each.area for each in liars).items())),
        "caught": dict(sorted(Counter(each.area for each in liars if each.good).items())),
        "through": [
            {
                "seed": each.seed,
                "area": each.area,
                "does": re.sub(r" +(?=[ .])", "", each.does),
                "verdict": each.verdict,
                "reason": reasons.get(each.seed, ""),
            }
            for each in liars
            if not each.good
        ],
    }
    file.write_text(json.dumps(told, ensure_ascii=False, indent=2) + "\n", "utf-8")


def section(trust: Trust) -> list[str]:
    """Return the lines of docs/defects.md on liars."""
    return [
        "## Liars",
        "",
        "A liar is a correct deployment with several freedoms, drawn by a number, that breaks one clause of the",
        "documentation in one corner: an endpoint, a page, a status, a key, a moment, a connection. The clauses and",
        "corners are those of the documentation and know nothing of the rules. One is caught where a rule of what it",
        f"breaks failed. `python -m tests.conformance.trust liars --runs {sum(trust.liars.values())}` does it again.",
        "",
        "| area | liars | caught |",
        "|---|---|---|",
        *(f"| {area} | {count} | {trust.caught.get(area, 0)} |" for area, count in trust.liars.items()),
        f"| all | {sum(trust.liars.values())} | {sum(trust.caught.values())} ({trust.share}) |",
        "",
        "These got through; where the verdict is incomplete, the run says what it left open:",
        "",
        "| number | what it does | verdict | why requests don't show it |",
        "|---|---|---|---|",
        *(f"| {each['seed']} | {each['does']} | {each['verdict']} | {each['reason']} |" for each in trust.through),
        "",
    ]


def wanted() -> dict[str, str]:
    """Return the phrases with figures that documents have, by what finds one, with what each has to say."""
    trust, document = measured(), DEFECTS.read_text("utf-8")
    variants = len(FREE) + len(RATE_FREE) + len(HOOK_FREE)
    faults = sum(map(len, (FAULTS, WHOLE_FAULTS, FUZZ_FAULTS, RATE_FAULTS, HOOK_FAULTS, CHANGE_FAULTS)))
    of_all = re.search(r"^- (\d+) defects", document, re.MULTILINE)
    semantic = re.search(r"^- (\d+) \(\d+ %\) are semantic", document, re.MULTILINE)
    assert of_all
    assert semantic
    alarms = "no false alarm" if trust.alarms == 0 else f"{trust.alarms} false alarms"
    return {
        r"[\d,]+ correct variants,": f"{variants} correct variants,",
        r"[\d,]+ single faults": f"{faults} single faults",
        r"[\d,]+ defects, [\d,]+ of them semantic": f"{of_all[1]} defects, {semantic[1]} of them semantic",
        r"[\d,]+ clean runs raised [\w ]+ false alarms?": f"{trust.clean:,} clean runs raised {alarms}",
        r"below [\d.]+ % at 95 % confidence": f"below {trust.bound} at 95 % confidence",
        r"[\d,]+ liars, [\d.]+ %": f"{sum(trust.liars.values()):,} liars, {trust.share}",
    }


def restate() -> None:
    """Put the figures of today in the place of those that documents state."""
    for path in filter(Path.exists, DOCUMENTS):
        text = path.read_text("utf-8")
        for pattern, phrase in wanted().items():
            text = re.sub(pattern, phrase, text)
        path.write_text(text, "utf-8")
