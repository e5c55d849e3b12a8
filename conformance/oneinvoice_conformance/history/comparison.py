"""What changed between two reports, requirement by requirement and in what the deployments answered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from oneinvoice_conformance.history.changes import Change, ChangeSeverity
from oneinvoice_conformance.history.drift import drift
from oneinvoice_conformance.history.saved_report import SavedReport, SavedResult
from oneinvoice_conformance.model.scope import Scope


class Move(StrEnum):
    """What became of one requirement."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    SAME = "same"


_SIGNS = {"-": Move.WORSE, "+": Move.BETTER, "~": Move.CHANGED, "=": Move.SAME}
_ABSENT = "not tested"  # what a requirement counts as in a report that doesn't have it

# From the outcome of a row to that of a column, which stand in the same order. Only what passes now is better: a
# failure that is excused, or that nobody looks at any more, is not mended. What was settled and is not any more is
# worse, and so is what is known to be broken and was not.
_MOVES = {
    "passed": "=~------",
    "not applicable": "~=------",
    "warned": "+~=--~~~",
    "failed as expected": "+~~=-~~~",
    "failed": "+~~~=~~~",
    "inconclusive": "+~---=~~",
    "not tested": "+~---~=~",
    "error": "+~---~~=",
}


def move(old: SavedResult | None, new: SavedResult | None) -> Move:
    """What became of a requirement; None where a report doesn't have it."""
    before, after = (each.words if each else _ABSENT for each in (old, new))
    return _SIGNS[_MOVES[before][list(_MOVES).index(after)]]


@dataclass(frozen=True, slots=True)
class Compared:
    """One requirement in both reports, or in one of them."""

    id: str
    old: SavedResult | None
    new: SavedResult | None

    @property
    def move(self) -> Move:
        return move(self.old, self.new)

    @property
    def statement(self) -> str:
        row = self.new or self.old
        assert row
        return row.statement

    @property
    def told(self) -> str:
        """`passed → failed`."""
        before, after = (each.words if each else "not in scope" for each in (self.old, self.new))
        return f"{before} → {after}"

    @property
    def reason(self) -> str | None:
        """Why it is now as it is, if the new report has it."""
        return self.new.reason if self.new else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports, every requirement of either, and the changes of what the deployments answered."""

    old: SavedReport
    new: SavedReport
    rows: tuple[Compared, ...]
    snapshot: tuple[Change, ...]

    @property
    def got_worse(self) -> bool:
        return any(row.move is Move.WORSE for row in self.rows) or bool(self.changes(ChangeSeverity.BREAKING))

    def moved(self, wanted: Move) -> list[Compared]:
        return [row for row in self.rows if row.move is wanted]

    def changes(self, kind: ChangeSeverity) -> list[Change]:
        return [change for change in self.snapshot if change.kind is kind]

    @property
    def summary(self) -> str:
        """`2 worse, 1 better, 56 the same`, and what changed on the surface if anything did."""
        counts = Counter(row.move for row in self.rows)
        words = {Move.WORSE: "worse", Move.BETTER: "better", Move.CHANGED: "changed", Move.SAME: "the same"}
        told = [f"{counts[each]} {word}" for each, word in words.items() if counts[each] or each is not Move.CHANGED]
        kinds = [f"{len(found)} {kind}" for kind in ChangeSeverity if (found := self.changes(kind))]
        return ", ".join(told) + (f"; changes of the surface: {', '.join(kinds)}" if kinds else "")

    def notes(self) -> Iterator[str]:
        """What else differs, and may be why."""
        for name in ("kit", "contract", "configuration"):
            before, after = self.old.document[name], self.new.document[name]
            if before["sha256"] != after["sha256"]:
                names = [each for each in before | after if before.get(each) != after.get(each) and each != "sha256"]
                in_what = f" in {', '.join(names)}" if names else ""
                yield f"the {name}s differ{in_what}"
        if self.old.base == self.new.base and self.new.started < self.old.started:
            yield "the run of the new report was before that of the old one"


def compare(old: SavedReport, new: SavedReport) -> Comparison:
    ids = dict.fromkeys([*old.outcomes, *new.outcomes])
    rows = tuple(Compared(id, old.outcomes.get(id), new.outcomes.get(id)) for id in ids)
    return Comparison(old, new, rows, drift(old.snapshot, new.snapshot))


def scope_of(report: SavedReport) -> str:
    """What its run was narrowed to, in words."""
    given = report.document["scope"]
    scope = Scope(tuple(given["only"]), tuple(given["skip"]), given["strict"])
    return f"{scope}{' (interrupted)' if given['interrupted'] else ''}"
