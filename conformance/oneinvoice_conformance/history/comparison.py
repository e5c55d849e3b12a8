"""Comparison of two reports: the outcome of each requirement, and the answers of the deployments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from oneinvoice_conformance.history.changes import Change, ChangeSeverity
from oneinvoice_conformance.history.drift import drift
from oneinvoice_conformance.history.saved_report import SavedReport, SavedResult
from oneinvoice_conformance.model.outcome import ReportedOutcome
from oneinvoice_conformance.model.scope import Scope


class Move(StrEnum):
    """Direction in which the outcome of a requirement moved."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    SAME = "same"


_SIGNS = {"-": Move.WORSE, "+": Move.BETTER, "~": Move.CHANGED, "=": Move.SAME}
_ABSENT = ReportedOutcome.NOT_TESTED  # as which a requirement counts in a report that doesn't have it

# From the outcome of a row to that of a column, which stand in the same order. Only what passes now is better: a
# failure that is excused, or that nobody looks at any more, is not mended. What was settled and is not any more is
# worse, and so is what is known to be broken and was not.
_MOVES = {
    ReportedOutcome.PASSED: "=~------",
    ReportedOutcome.NOT_APPLICABLE: "~=------",
    ReportedOutcome.WARNED: "+~=--~~~",
    ReportedOutcome.EXCUSED: "+~~=-~~~",
    ReportedOutcome.FAILED: "+~~~=~~~",
    ReportedOutcome.INCONCLUSIVE: "+~---=~~",
    ReportedOutcome.NOT_TESTED: "+~---~=~",
    ReportedOutcome.ERROR: "+~---~~=",
}


def move(old: SavedResult | None, new: SavedResult | None) -> Move:
    """Return the move from one result of a requirement to another; None where a report doesn't have it."""
    before, after = (each.reported if each else _ABSENT for each in (old, new))
    return _SIGNS[_MOVES[before][list(_MOVES).index(after)]]


@dataclass(frozen=True, slots=True)
class ComparedResult:
    """Requirement with its results in both reports, or in one of them; `cause` is what it shares in the new one.

    `contracts` are the versions that the reports were judged by, where they ask for it differently or one doesn't.
    """

    id: str
    old: SavedResult | None
    new: SavedResult | None
    cause: str | None = None
    contracts: tuple[str, str] | None = None

    @property
    def move(self) -> Move:
        """Direction of the move; none is better or worse where another contract asks for something else."""
        direction = move(self.old, self.new)
        return Move.CHANGED if self.contracts and direction is not Move.SAME else direction

    @property
    def statement(self) -> str:
        row = self.new or self.old
        assert row
        return row.statement

    @property
    def transition(self) -> str:
        """Both outcomes in words, such as `passed → failed`."""
        before, after = (each.reported.label if each else "not in scope" for each in (self.old, self.new))
        if self.contracts:
            before, after = (
                f"{label if each else 'not asked for'} by {version}"
                for label, each, version in zip((before, after), (self.old, self.new), self.contracts, strict=True)
            )
        return f"{before} → {after}"

    @property
    def reason(self) -> str | None:
        """Reason of the new outcome, or the cause that others share, if the new report has the requirement."""
        return self.cause or (self.new.reason if self.new else None)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports, every requirement of either, and the changes of the API between them."""

    old: SavedReport
    new: SavedReport
    rows: tuple[ComparedResult, ...]
    api_changes: tuple[Change, ...]

    @property
    def got_worse(self) -> bool:
        return any(row.move is Move.WORSE for row in self.rows) or bool(self.changes(ChangeSeverity.BREAKING))

    def moved(self, wanted: Move) -> list[ComparedResult]:
        return [row for row in self.rows if row.move is wanted]

    def changes(self, kind: ChangeSeverity) -> list[Change]:
        return [change for change in self.api_changes if change.kind is kind]

    @property
    def summary(self) -> str:
        """Counts in words, such as `2 worse, 1 better, 56 the same`, and those of changes of the API if any."""
        counts = Counter(row.move for row in self.rows)
        words = {Move.WORSE: "worse", Move.BETTER: "better", Move.CHANGED: "changed", Move.SAME: "the same"}
        parts = [f"{counts[each]} {word}" for each, word in words.items() if counts[each] or each is not Move.CHANGED]
        kinds = [f"{len(changes)} {kind}" for kind in ChangeSeverity if (changes := self.changes(kind))]
        return ", ".join(parts) + (f"; changes of the surface: {', '.join(kinds)}" if kinds else "")

    def notes(self) -> Iterator[str]:
        """Yield sentences on other differences of the reports, which may explain the moves."""
        before, after = self.old.contract_version, self.new.contract_version
        if before != after:
            yield (
                f"the old report was judged by contract {before}, and the new one by {after}; what only one of them "
                "asks for, or they ask for differently, is neither better nor worse"
            )
        for name in ("kit", "contract", "configuration"):
            old, new = self.old.document[name], self.new.document[name]
            if old["sha256"] != new["sha256"] and not (name == "contract" and before != after):
                names = [each for each in old | new if old.get(each) != new.get(each) and each != "sha256"]
                in_what = f" in {', '.join(names)}" if names else ""
                yield f"the {name}s differ{in_what}"
        if self.old.base == self.new.base and self.new.started < self.old.started:
            yield "the run of the new report was before that of the old one"


def compare(old: SavedReport, new: SavedReport) -> Comparison:
    """Compare two reports, requirement by requirement and as to the API."""
    ids = dict.fromkeys([*old.results, *new.results])
    rows = tuple(
        ComparedResult(id, old.results.get(id), new.results.get(id), new.causes.get(id), _contracts(old, new, id))
        for id in ids
    )
    return Comparison(old, new, rows, drift(old.snapshot, new.snapshot))


def _contracts(old: SavedReport, new: SavedReport, id: str) -> tuple[str, str] | None:
    """Return the versions of the contracts if they ask for a requirement differently, else None.

    A requirement that a report doesn't have is one that its contract doesn't have, if both runs had the same scope.
    """
    versions = old.contract_version, new.contract_version
    if versions[0] == versions[1]:
        return None
    before, after = old.results.get(id), new.results.get(id)
    if before is None or after is None:
        return versions if old.document["scope"] == new.document["scope"] else None
    is_of_document = id.startswith("SPEC-")  # which the report doesn't hold
    return versions if is_of_document or before.asked != after.asked else None


def scope_of(report: SavedReport) -> str:
    """Return the scope of a report's run, in words."""
    given = report.document["scope"]
    scope = Scope(tuple(given["only"]), tuple(given["skip"]), given["strict"])
    return f"{scope}{' (interrupted)' if given['interrupted'] else ''}"
