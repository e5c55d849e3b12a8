"""Earlier reports of `--baseline`: the answers of v1 then, and when which version was served."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.history.changes import BaselineRef, Change, ChangeSeverity, Drift
from oneinvoice_conformance.history.drift import drift
from oneinvoice_conformance.history.saved_report import SavedReport, read_report
from oneinvoice_conformance.history.snapshot import ApiSnapshot, parse_target
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.model.contract import Contract
from oneinvoice_conformance.wording import are, counted, joined

_SKEW = timedelta(minutes=5)  # by which the clock of whoever wrote a report may be ahead
_GRAVITY = (ChangeSeverity.BREAKING, ChangeSeverity.UNSURE, ChangeSeverity.OTHER)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Earlier reports, oldest first, and notes on their choice. `base` is the URL of the deployment judged now."""

    base: str
    reports: tuple[SavedReport, ...]
    notes: tuple[str, ...] = ()

    @property
    def own_reports(self) -> tuple[SavedReport, ...]:
        """Reports of the deployment judged now."""
        return tuple(report for report in self.reports if report.base == self.base)

    @property
    def v1_was_served(self) -> bool:
        """Tell whether v1 was once served at the deployment judged now."""
        return any(report.snapshot.versions["v1"] for report in self.own_reports)

    def drift(self, now: ApiSnapshot) -> Drift:
        """Return the changes since all reports, the gravest first.

        A change since several of them is there once: in its gravest kind, since the latest report that has that kind.
        """
        against = [BaselineRef(report.path.name, report.started) for report in self.reports]
        gravest: dict[tuple[str, str], tuple[BaselineRef, Change]] = {}
        for since, report in zip(against, self.reports, strict=True):
            for change in drift(report.snapshot, now):
                earlier = gravest.get(change.subject)
                if earlier is None or _GRAVITY.index(change.kind) <= _GRAVITY.index(earlier[1].kind):
                    gravest[change.subject] = since, change
        return Drift(tuple(against), tuple(sorted(gravest.values(), key=lambda pair: _GRAVITY.index(pair[1].kind))))

    def requests(self, deployment: Deployment) -> Iterator[Request]:
        """Yield the requests that the reports have answers to, each once, of the credentials that are given."""
        keys = [deployment.credential(role) for role in deployment.keys]
        credentials = {credential.role: credential for credential in (NOBODY, *keys) if credential}
        for target, role in dict.fromkeys(asked for report in self.reports for asked in report.snapshot.answers):
            question = parse_target(target)
            if question and role in credentials:
                endpoint, query = question
                yield Request(endpoint, credentials[role], query, accepts_4xx=True)

    def endpoints_without_records(self) -> list[str]:
        """Return the endpoints of which no report has records."""
        snapshots = [report.snapshot for report in self.reports]
        return [name for name in ENDPOINTS if not any(has_records(snapshot, name) for snapshot in snapshots)]

    def notes_beside(self, contract: Contract) -> tuple[str, ...]:
        """Return the notes of a run that is judged by that contract."""
        others = [report for report in self.reports if report.contract_version != contract.version]
        if not others:
            return self.notes
        versions = joined(list(dict.fromkeys(report.contract_version for report in others)))
        theirs = f"{counted(len(others), 'reports')} of the baseline {are(len(others))} by contract {versions}"
        note = f"{theirs}, and this run is by {contract.version}; what v1 answers is compared, whatever either asks for"
        return *self.notes, note

    def __str__(self) -> str:
        names = [report.path.name for report in self.reports]
        return names[0] if len(names) == 1 else f"{len(names)} reports since {names[0]}"


def read_baseline(path: Path, base: str) -> Baseline:
    """Return the report of a file, or all of a folder, for a run at the deployment `base`. Raises `UsageError`."""
    if not path.is_dir():
        [report] = _by_start([read_report(path)])
        return Baseline(base, (report,), _foreign_notes([report], base))
    files, notes = _report_files(path)
    if not files:
        raise UsageError(f"{path} has no report in it; name a folder of reports that --json wrote.")
    reports = _by_start([read_report(file) for file in files])
    own_reports = [report for report in reports if report.base == base]
    if not own_reports and len({report.base for report in reports}) > 1:
        raise UsageError(f"{path} has reports of several deployments, and none of {base}; name one of them.")
    if not own_reports:
        return Baseline(base, reports, (*notes, *_foreign_notes(reports, base)))
    left = len(reports) - len(own_reports)
    if left:
        notes += (f"{left} of {len(reports)} reports in {path.name} are of other deployments and left out",)
    return Baseline(base, tuple(own_reports), notes)


def _report_files(folder: Path) -> tuple[list[Path], tuple[str, ...]]:
    """Return the files of a folder that are to be reports, and a note on what has such a name and holds nothing.

    What systems leave in a folder has a name that begins with a dot, as macOS' `._report.json`. Raises `UsageError`.
    """
    try:
        named = sorted(each for each in folder.iterdir() if each.name.endswith(".json") and each.name[0] != ".")
        empty = [each for each in named if each.is_dir() or (each.is_file() and not each.stat().st_size)]
    except OSError as error:
        raise UsageError(f"{folder} can't be read ({error.strerror}); name a folder of reports.") from error
    names = joined([each.name for each in empty])
    note = f"{names} in {folder.name} {are(len(empty))} left out: an empty file or a folder is no report"
    return [each for each in named if each not in empty], (note,) if empty else ()


def has_records(snapshot: ApiSnapshot, endpoint: str) -> bool:
    """Tell whether a list of that endpoint had records."""
    return any(path.endswith("[]") for path in snapshot.fields.get(endpoint, ()))


def _by_start(reports: list[SavedReport]) -> tuple[SavedReport, ...]:
    """Return the reports, oldest first. Raises `UsageError` for one of the future: rules on versions rest on dates."""
    latest = datetime.now(UTC) + _SKEW
    for report in reports:
        if report.started > latest:
            raise UsageError(
                f"{report.path} says that it began at {report.started.isoformat()}, which is yet to come; see whose "
                "clock is wrong, or leave it out."
            )
    return tuple(sorted(reports, key=lambda report: report.started))


def _foreign_notes(reports: Sequence[SavedReport], base: str) -> tuple[str, ...]:
    """Return a note if the reports are not of the deployment that is judged now."""
    other = reports[0].base
    return () if other == base else (f"the baseline is of another deployment, {other}",)
