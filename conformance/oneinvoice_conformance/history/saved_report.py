"""Read a report that `--json` wrote, to compare another run with it."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from oneinvoice_openapi.printable import printable

from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.history.report_format import FORMAT, OLDEST, upgraded, validator
from oneinvoice_conformance.history.snapshot import ApiSnapshot
from oneinvoice_conformance.model.outcome import Outcome, ReportedOutcome
from oneinvoice_conformance.records.fields import ROOT, name_of, parent
from oneinvoice_conformance.records.json_text import wrong_at, wrong_start

_MAX_BYTES = 64 * 2**20  # bytes of a file; a run's own has some hundred KiB
_LONGEST_PROBLEM = 160  # characters of what doesn't fit
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)  # as an escape, alone or in a pair
_OTHER_DOCUMENTS = {
    "log": "an HTTP archive",
    "openapi": "an OpenAPI document",
    "schemaVersion": "a badge",
    "got_worse": "a comparison",
}


@dataclass(frozen=True, slots=True)
class SavedResult:
    """Result of one requirement in a report; `excused` says that it failed as expected.

    `names` are the words by which a field was recognised, where the requirement has some.
    """

    outcome: Outcome
    reason: str
    level: str
    statement: str
    excused: bool = False
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def asked(self) -> tuple[Any, ...]:
        """Level, statement and names, by which two contracts that ask for the same are told from others."""
        return self.level, self.statement, self.names

    @property
    def reported(self) -> ReportedOutcome:
        """Outcome with failures that were expected apart from the others."""
        return ReportedOutcome.from_outcome(self.outcome, excused=self.excused)


@dataclass(frozen=True, slots=True)
class SavedReport:
    """Report of an earlier run: the URL of the deployment, the start of the run, and the results by requirement.

    `causes` are the reasons of those that results share, by requirement.
    """

    path: Path
    base: str
    started: datetime
    verdict: str
    results: dict[str, SavedResult]
    snapshot: ApiSnapshot
    document: dict[str, Any]
    causes: dict[str, str] = field(default_factory=dict)

    @property
    def contract_version(self) -> str:
        """Version of the contract that was judged by."""
        return str(self.document["contract"]["version"])


def read_report(path: Path) -> SavedReport:
    """Return the report of a file that `--json` wrote. Raises `UsageError` for anything else, or another format.

    What came from a deployment was redacted when it was written, and is text of others all the same.
    """
    document = _current_report(path, _read_json(path))
    try:
        started, snapshot = datetime.fromisoformat(document["started_at"]), ApiSnapshot.from_json(document["observed"])
        _check_consistency(document)
    except ValueError as error:
        raise _format_error(path, str(error)) from error
    return SavedReport(
        path=path,
        base=document["deployment"],
        started=started,
        verdict=document["verdict"],
        results={row["id"]: _result(row) for row in document["requirements"]},
        snapshot=snapshot,
        document=document,
        causes={id: cause["reason"] for cause in document.get("causes", ()) for id in cause["requirements"]},
    )


def _check_consistency(document: dict[str, Any]) -> None:
    """Raise `ValueError` for what no schema can tell: a requirement that is there twice, a field without a parent."""
    repeated = [id for id, count in Counter(row["id"] for row in document["requirements"]).items() if count > 1]
    if repeated:
        raise ValueError(f"requirements: {repeated[0]} is there twice")
    for fields in document["observed"]["fields"].values():
        parents = set()
        for path in (each["path"] for each in fields):
            if path != ROOT and parent(path) not in parents:
                raise ValueError(f"observed: the field {path} is in nothing")
            name_of(path)
            parents.add(path)


def _result(row: dict[str, Any]) -> SavedResult:
    outcome = Outcome(row["outcome"])
    names = tuple((kind, tuple(words)) for kind, words in row.get("names", {}).items())
    excused = outcome is Outcome.FAILED and "expected" in row and "problem" not in row["expected"]
    return SavedResult(outcome, row["reason"], row["level"], row["statement"], excused, names)


def _read_json(path: Path) -> Any:
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a report that --json wrote.")
        if not path.is_file():
            raise UsageError(f"{path} is no file; name a report that --json wrote.")
        if path.stat().st_size > _MAX_BYTES:
            raise UsageError(f"{path} is larger than {_MAX_BYTES // 2**20} MiB; name a report that --json wrote.")
        return _parse_json(path.read_text("utf-8-sig"))
    except OSError as error:
        raise UsageError(
            f"{path} can't be read ({error.strerror or error}); name a report that --json wrote."
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{path} is not JSON, or was cut short ({_brief(_in_words(error))}); name a report that --json wrote."
        ) from error


def _in_words(error: ValueError | RecursionError) -> str:
    """Return what is wrong with a text that is no JSON, without the parser's words."""
    if isinstance(error, json.JSONDecodeError):
        return str(wrong_start(error.doc) or wrong_at(error.doc, error.pos))
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


def _parse_json(text: str) -> Any:
    """Parse a JSON text with lone surrogates replaced. Raises `ValueError` also for infinite numbers."""
    if _SURROGATE.search(text):
        text = (
            json.dumps(json.loads(text, parse_int=_short_integer), ensure_ascii=False)
            .encode("utf-8", "replace")
            .decode()
        )
    return json.loads(text, parse_constant=_finite_number, parse_float=_finite_number, parse_int=_short_integer)


def _short_integer(digits: str) -> int:
    try:
        return int(digits)
    except ValueError:
        raise ValueError("it holds a number of too many digits") from None


def _finite_number(number: str) -> float:
    if not isfinite(value := float(number)):
        raise ValueError(f"{number} is no number of JSON")
    return value


def _current_report(path: Path, document: Any) -> dict[str, Any]:
    """Return the document in today's format. Raises `UsageError` where it is no report that this kit can read."""
    if not isinstance(document, dict) or not document.keys() >= {"verdict", "requirements", "kit"}:
        kinds = (label for name, label in _OTHER_DOCUMENTS.items() if isinstance(document, dict) and name in document)
        kind = next(kinds, "JSON")
        raise UsageError(f"{path} is {kind}, and no report of a run; name a report that --json wrote.")
    if document.get("subject") == "client":
        raise UsageError(f"{path} is a report on a client, and this compares deployments; name a report of a run.")
    number = document.get("format", 1)
    if isinstance(number, int | float) and number < OLDEST:
        raise UsageError(f"{path} is of an older kit, which kept no fields; make a new one with --json.")
    if isinstance(number, int | float) and number > FORMAT:
        raise UsageError(f"{path} is of a newer kit; upgrade oneinvoice-kit to read it.")
    report = upgraded(document)
    if problem := _schema_violation(report):
        raise _format_error(path, problem)
    return report


def _schema_violation(document: dict[str, Any]) -> str | None:
    """Return the first violation of the schema, with its place, or None."""
    try:
        error = next(iter(validator().iter_errors(document)), None)
    except ValueError as failure:  # nested too deeply
        return str(failure)
    if error is None:
        return None
    where = ".".join(map(str, error.instance_path))
    return f"{where}: {error.message}" if where else error.message


def _format_error(path: Path, problem: str) -> UsageError:
    return UsageError(
        f"{path} is no report as this version of the kit writes it ({_brief(problem)}); make a new one with --json."
    )


def _brief(problem: str) -> str:
    """Return the problem in one short line of printable characters."""
    line = printable(problem[: 2 * _LONGEST_PROBLEM])
    return line if len(line) <= _LONGEST_PROBLEM else f"{line[:_LONGEST_PROBLEM]}…"
