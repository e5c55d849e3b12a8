"""The earlier reports of `--baseline`: what v1 answered then, and when which version was served."""

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
from oneinvoice_conformance.history.snapshot import ApiSnapshot, asked_of
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.exchange import Request

_SKEW = timedelta(minutes=5)  # by which the clock of whoever wrote a report may be ahead
_GRAVITY = (ChangeSeverity.BREAKING, ChangeSeverity.UNSURE, ChangeSeverity.OTHER)


@dataclass(frozen=True, slots=True)
class Baseline:
    """Earlier reports, oldest first, and what is worth knowing of their choice. `base` is the deployment judged now."""

    base: str
    reports: tuple[SavedReport, ...]
    notes: tuple[str, ...] = ()

    @property
    def own(self) -> tuple[SavedReport, ...]:
        """The reports of the deployment itself."""
        return tuple(report for report in self.reports if report.base == self.base)

    @property
    def served(self) -> bool:
        """Tell whether v1 was once served at this deployment."""
        return any(report.snapshot.versions["v1"] for report in self.own)

    def drift(self, now: ApiSnapshot) -> Drift:
        """What changed since any of the reports; what changed since several is told of the last it matters most to."""
        against = [BaselineRef(report.path.name, report.started) for report in self.reports]
        told: dict[tuple[str, str], tuple[BaselineRef, Change]] = {}
        for since, report in zip(against, self.reports, strict=True):
            for change in drift(report.snapshot, now):
                known = told.get(change.subject)
                if known is None or _GRAVITY.index(change.kind) <= _GRAVITY.index(known[1].kind):
                    told[change.subject] = since, change
        return Drift(tuple(against), tuple(sorted(told.values(), key=lambda pair: _GRAVITY.index(pair[1].kind))))

    def requests(self, deployment: Deployment) -> Iterator[Request]:
        """What the reports have answers to, each once, as far as a credential for it is given."""
        keys = [deployment.credential(role) for role in deployment.keys]
        credentials = {credential.role: credential for credential in (NOBODY, *keys) if credential}
        for target, role in dict.fromkeys(asked for report in self.reports for asked in report.snapshot.answers):
            asked = asked_of(target)
            if asked and role in credentials:
                endpoint, query = asked
                yield Request(endpoint, credentials[role], query, accepts_4xx=True)

    def without_records(self) -> list[str]:
        """Return the endpoints of which no report has records."""
        surfaces = [report.snapshot for report in self.reports]
        return [name for name in ENDPOINTS if not any(has_records(snapshot, name) for snapshot in surfaces)]

    def __str__(self) -> str:
        names = [report.path.name for report in self.reports]
        return names[0] if len(names) == 1 else f"{len(names)} reports since {names[0]}"


def read_baseline(path: Path, base: str) -> Baseline:
    """Return the report of a file, or all of a folder, for a run at the deployment `base`. Raises `UsageError`."""
    if not path.is_dir():
        [report] = _begun([read_report(path)])
        return Baseline(base, (report,), _of_another([report], base))
    try:
        files = sorted(file for file in path.iterdir() if file.name.endswith(".json"))
    except OSError as error:
        raise UsageError(f"{path} can't be read ({error.strerror}); name a folder of reports.") from error
    if not files:
        raise UsageError(f"{path} has no report in it; name a folder of reports that --json wrote.")
    reports = _begun([read_report(file) for file in files])
    own = [report for report in reports if report.base == base]
    if not own and len({report.base for report in reports}) > 1:
        raise UsageError(f"{path} has reports of several deployments, and none of {base}; name one of them.")
    if not own:
        return Baseline(base, reports, _of_another(reports, base))
    left = len(reports) - len(own)
    notes = (f"{left} of {len(reports)} reports in {path.name} are of other deployments and left out",) if left else ()
    return Baseline(base, tuple(own), notes)


def has_records(snapshot: ApiSnapshot, endpoint: str) -> bool:
    """Tell whether a list of that endpoint had anything in it."""
    return any(path.endswith("[]") for path in snapshot.fields.get(endpoint, ()))


def _begun(reports: list[SavedReport]) -> tuple[SavedReport, ...]:
    """Return the reports, oldest first. Raises `UsageError` for one of the future: rules on versions rest on dates."""
    latest = datetime.now(UTC) + _SKEW
    for report in reports:
        if report.started > latest:
            raise UsageError(
                f"{report.path} says that it began at {report.started.isoformat()}, which is yet to come; see whose "
                "clock is wrong, or leave it out."
            )
    return tuple(sorted(reports, key=lambda report: report.started))


def _of_another(reports: Sequence[SavedReport], base: str) -> tuple[str, ...]:
    """Return a note if the reports are not of the deployment that is judged now."""
    other = reports[0].base
    return () if other == base else (f"the baseline is of another deployment, {other}",)
