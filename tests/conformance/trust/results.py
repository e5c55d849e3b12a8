"""Results of many runs: one JSON line each in a file, and what they sum up to."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Result:
    """The verdict on one deployment from a seed; `good` if it was as it has to be."""

    seed: int
    does: str
    area: str
    verdict: str
    good: bool
    failed: tuple[str, ...] = ()
    reason: str = ""

    def line(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def read(file: Path) -> list[Result]:
    """Return the results of a file, the last of each seed."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    found = {each["seed"]: Result(**{**each, "failed": tuple(each["failed"])}) for each in lines}
    return list(found.values())


def bad(results: Iterable[Result]) -> list[Result]:
    return [each for each in results if not each.good]
