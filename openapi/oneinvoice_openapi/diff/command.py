"""The command `diff`, from its arguments to its report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import Judgement, judged, kept_exceptions, read_approvals
from oneinvoice_openapi.diff.reading.versions import new_version, old_version
from oneinvoice_openapi.diff.reports import REPORTS
from oneinvoice_openapi.reading.documents import authored
from oneinvoice_openapi.reading.source import Source, content, is_there, shown


@dataclass(frozen=True)
class Versions:
    """Versions that are compared: a name of the old one, unless it is the last release, and the file of the new one."""

    old: str | None
    new: Path

    def read(self) -> tuple[Source, Source]:
        """Return both documents. Raises `Unusable`."""
        new = new_version(self.new)
        return old_version(self.old, self.new), new

    @property
    def exceptions(self) -> Path | None:
        """Return the file of exceptions that is kept beside the new version."""
        return kept_exceptions() if self.new.resolve() == authored().resolve() else None


def named_versions(names: tuple[str, ...]) -> Versions:
    """Return the versions that the arguments name."""
    if len(names) == 2:
        return Versions(names[0], Path(names[1]))
    if names and not is_there(Path(names[0])):
        return Versions(names[0], authored())
    return Versions(None, Path(names[0]) if names else authored())


def judgement_of(old: Source, new: Source, exceptions: Path | None) -> Judgement:
    """Return what changed, as a file of exceptions has it today. Raises `Unusable`."""
    approvals = read_approvals(content(exceptions), shown(exceptions)) if exceptions else []
    return judged(compare_documents(old, new), approvals, datetime.now(UTC).date())


def compared(versions: Versions, form: str, exceptions: Path | None) -> tuple[str, bool]:
    """Return the report of a comparison, and whether something breaks that nobody has approved. Raises `Unusable`."""
    old, new = versions.read()
    judgement = judgement_of(old, new, exceptions or versions.exceptions)
    return REPORTS[form](old, new, judgement), judgement.breaks
