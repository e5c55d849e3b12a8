"""Report files of a run: their options, and the writer of each format."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from oneinvoice_conformance.clients.report import ClientReport
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.deployment import Deployment
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.options.report_files import FORMATS, field_name
from oneinvoice_conformance.reports.badge import badge_endpoint, badge_svg
from oneinvoice_conformance.reports.builder import redacted_report
from oneinvoice_conformance.reports.client.builder import redacted_client_report
from oneinvoice_conformance.reports.client.document import client_document_text
from oneinvoice_conformance.reports.client.har import client_har_parts
from oneinvoice_conformance.reports.document import document_text
from oneinvoice_conformance.reports.files import STANDARD_OUTPUT, check_writable, written
from oneinvoice_conformance.reports.har import har_parts
from oneinvoice_conformance.reports.junit import junit_text
from oneinvoice_conformance.reports.markdown import markdown_text
from oneinvoice_conformance.reports.pytest_file import pytest_text, reproducible
from oneinvoice_conformance.reports.redacted import RedactedReport

Writer = Callable[[RedactedReport], str | Iterable[str]]


def _html_text(report: RedactedReport) -> str:
    # Jinja2 takes longer to import than most commands to run.
    from oneinvoice_conformance.reports.html.page import html_text

    return html_text(report)


def _json_text(report: RedactedReport) -> str:
    return client_document_text(report) if report.client else document_text(report)


def _har_parts(report: RedactedReport) -> Iterable[str]:
    return client_har_parts(report) if report.client else har_parts(report)


WRITERS: dict[str, Writer] = {
    "json": _json_text,
    "html": _html_text,
    "junit": junit_text,
    "markdown": markdown_text,
    "har": _har_parts,
}
BADGES: dict[str, Writer] = {".svg": badge_svg, ".json": badge_endpoint}


def _writer(name: str, path: Path) -> Writer:
    if name == "pytest-out":
        return partial(pytest_text, folder=path.parent)
    return BADGES[path.suffix] if name == "badge" else WRITERS[name]


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """Paths of the reports to write; None for formats that were not asked for."""

    json_file: Path | None
    html_file: Path | None
    junit_file: Path | None
    markdown_file: Path | None
    badge_file: Path | None
    pytest_out_file: Path | None
    har_file: Path | None

    @property
    def _wanted(self) -> dict[str, Path]:
        paths = {name: getattr(self, field_name(name)) for name in FORMATS}
        return {name: path for name, path in paths.items() if path is not None}

    @property
    def take_output(self) -> bool:
        """Tell whether a report goes to standard output, so that what is for people goes to standard error."""
        return STANDARD_OUTPUT in self._wanted.values()

    def redacted(self, report: Report, deployment: Deployment, redact: Redactor) -> RedactedReport:
        """Return the report as it may be shown, with all traffic only if that is to be archived."""
        return redacted_report(report, deployment, redact, traffic=self.har_file is not None)

    def redacted_client(self, report: ClientReport, redact: Redactor) -> RedactedReport:
        """Return the report on a client as it may be shown, with all bodies only if they are to be archived."""
        return redacted_client_report(report, redact, traffic=self.har_file is not None)

    def lines(self, report: RedactedReport, paths: Collection[Path]) -> list[str]:
        """Return a line for each of the files that were written."""
        empty = " (nothing failed, so there is no test in it)"
        return [
            f"report: {path}{empty if name == 'pytest-out' and not reproducible(report) else ''}"
            for name, path in self._wanted.items()
            if path in paths
        ]

    def refuse(self, why: str, only: str | None = None) -> None:
        """Raise `UsageError` if any report was asked for, or the one of the format `only`."""
        if refused := [f"--{name}" for name in self._wanted if only in (None, name)]:
            raise UsageError(f"{why}; leave {' and '.join(refused)} out.")

    def check(self) -> None:
        """Check before a run that each report can be written. Raises `UsageError` if not."""
        taken: dict[Path, str] = {}
        for name, path in self._wanted.items():
            if name == "badge" and path.suffix not in BADGES:
                raise UsageError(f"{path} is no name for a badge; give it the ending {' or '.join(BADGES)}.")
            if name == "pytest-out" and path.suffix != ".py":
                raise UsageError(f"{path} is no name for a pytest file; give it the ending .py.")
            other = taken.setdefault(path.resolve(), name)
            if other != name and path == STANDARD_OUTPUT:
                raise UsageError(f"--{other} and --{name} both go to standard output; name a file for one of them.")
            if other != name:
                raise UsageError(f"--{other} and --{name} name the same file, {path}; name two.")
            check_writable(path)

    @contextmanager
    def written(self, report: RedactedReport) -> Iterator[list[Path]]:
        """Write each report atomically, and yield the paths written. Raises `UsageError` on exit if any failed."""
        texts = {path: partial(_writer(name, path), report) for name, path in self._wanted.items()}
        with written(texts) as paths:
            yield paths
