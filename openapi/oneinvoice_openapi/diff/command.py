"""The command `diff`, from its arguments to its report."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import judged, read_approvals
from oneinvoice_openapi.diff.reading.versions import new_version, old_version
from oneinvoice_openapi.diff.reports import REPORTS
from oneinvoice_openapi.reading.documents import authored
from oneinvoice_openapi.reading.source import Source, content


def read_versions(names: tuple[str, ...]) -> tuple[Source, Source]:
    """Return the old and the new document that the arguments name. Raises `Unusable`."""
    if len(names) == 2:
        old, new = names[0], Path(names[1])
    elif names and not Path(names[0]).exists():
        old, new = names[0], authored()
    else:
        old, new = None, Path(names[0]) if names else authored()
    return old_version(old, new), new_version(new)


def compared(old: Source, new: Source, form: str, exceptions: Path | None) -> tuple[str, bool]:
    """Return the report of a comparison, and whether something breaks that nobody has approved. Raises `Unusable`."""
    approvals = read_approvals(content(exceptions), str(exceptions)) if exceptions else []
    judgement = judged(compare_documents(old, new), approvals, datetime.now(UTC).date())
    return REPORTS[form](old, new, judgement), judgement.breaks
