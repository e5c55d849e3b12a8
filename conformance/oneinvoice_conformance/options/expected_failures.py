"""File of `--expected-failures`: requirements that are known to fail, with reason, owner and expiry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

from oneinvoice_openapi.register import Register

from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.model.contract import contract_of
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure, Result
from oneinvoice_conformance.options.config_file import read_toml

_TABLE = "failure"
_TEXTS = ("id", "reason", "owner")
_FIELDS = (*_TEXTS, "expires")

R = TypeVar("R", Report, ClientReport)


@dataclass(frozen=True, slots=True)
class ExpectedFailures:
    """Entries of a file by the requirement's id."""

    path: Path
    rows: Mapping[str, ExpectedFailure]

    def applied(self, report: R) -> R:
        """Return the report with its listed requirements marked, and a note on those that were not judged.

        An entry holds through the day on which it expires, by the calendar of this machine.
        """
        today = datetime.fromtimestamp(report.started, UTC).astimezone().date()
        results: tuple[Result, ...] = tuple(self._marked(result, today) for result in report.results)
        return replace(report, results=results, notes=(*report.notes, *self._notes(results)))

    def _notes(self, results: Sequence[Result]) -> Iterator[str]:
        marked_ids = {result.requirement.id for result in results if result.expected}
        if idle := [id for id in self.rows if id not in marked_ids]:
            yield f"{self.path} lists {', '.join(idle)}, which this run does not judge"

    def _marked(self, result: Result, today: date) -> Result:
        expected = self.rows.get(result.requirement.id)
        if expected is None or result.outcome is Outcome.NOT_APPLICABLE:
            return result
        return replace(result, expected=replace(expected, problem=self._problem(expected, result, today)))

    def _problem(self, expected: ExpectedFailure, result: Result, today: date) -> str | None:
        """Return why the entry does not hold, or None if it does."""
        if result.outcome is Outcome.PASSED:
            return f"it passed; remove it from {self.path}"
        if today > expected.expires:
            mend = f"mend the {result.requirement.subject}, or agree on a new day"
            return f"the entry in {self.path} expired on {expected.expires}; {mend}"
        return None


def read_expected_failures(register: Register, path: Path) -> ExpectedFailures:
    """Return the entries of a TOML file, each a table `[[failure]]`, of the rows of a register. Raises `UsageError`."""
    content = read_toml(path)
    rows = content.pop(_TABLE, [])
    if content or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError(f"{path} holds something else than [[{_TABLE}]] tables; give each failure one.")
    # Of today too, so that one file will do for the runs by a release and those by what follows it.
    today = contract_of(None).register_of(register.requirements[0].subject)
    ids = [row.id for each in (register, today) for row in each.requirements]
    expected: dict[str, ExpectedFailure] = {}
    for number, row in enumerate(rows, start=1):
        id = row.get("id") or f"table {number}"
        if problem := _problem_of(row, ids) or ("it is listed twice; keep one" if id in expected else None):
            raise UsageError(f"{path}: {id}: {problem}.")
        expected[id] = ExpectedFailure(row["reason"].strip(), row["owner"].strip(), row["expires"])
    return ExpectedFailures(path, expected)


def _problem_of(row: dict[str, Any], ids: list[str]) -> str | None:
    """Return why a table of the file is no valid entry; None if it is one."""
    if missing := [name for name in _FIELDS if name not in row]:
        return f"it has no {' and no '.join(missing)}; each entry has {', '.join(_FIELDS)}"
    if unknown := [name for name in row if name not in _FIELDS]:
        return f"'{unknown[0]}' is not known; each entry has {', '.join(_FIELDS)}"
    if empty := [name for name in _TEXTS if not isinstance(row[name], str) or not row[name].strip()]:
        return f"its {empty[0]} is no text, or an empty one; write one in quotation marks"
    if row["id"] not in ids:
        return "it is no requirement; see the ids in a report"
    if type(row["expires"]) is not date:  # a time of day is a date too, for Python
        return "its expires is no date; write one without quotation marks, such as 2026-12-31"
    return None
