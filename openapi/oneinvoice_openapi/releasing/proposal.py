"""Proposal of a release: what changed since the last one, and the version that this asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import IntEnum
from pathlib import Path

from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.diff.changes import Change, Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import Judgement, judged, read_approvals
from oneinvoice_openapi.diff.reading.versions import new_version, old_version
from oneinvoice_openapi.reading.documents import authored
from oneinvoice_openapi.reading.source import Source, content, read_source, shown
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releases import FILES, Numbers, content_of, numbers, releases
from oneinvoice_openapi.releasing.register import RowChange, changed_rows

_BREAK = re.compile("(\r\n|[\r\n\x85\u2028\u2029])")  # where a line ends to YAML
_REGISTER = "a register: it needs `requirements:` with a list"


class Step(IntEnum):
    """Part of a version that goes up, by what semantic versioning asks for."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    def after(self, version: Numbers) -> Numbers:
        """Return the next version by this step."""
        major, minor, patch = version
        return {
            Step.NONE: version,
            Step.PATCH: (major, minor, patch + 1),
            Step.MINOR: (major, minor + 1, 0),
            Step.MAJOR: (major + 1, 0, 0),
        }[self]


@dataclass(frozen=True)
class Proposal:
    """Release that is to be made of the working tree, compared with the last one."""

    released: tuple[str, ...]
    """Versions that there are, the oldest first."""
    version: str
    date: date
    document: Source
    """The authored document, as it is."""
    register: bytes
    judgement: Judgement
    rows: tuple[RowChange, ...]

    @property
    def last(self) -> str:
        """Return the version that it is compared with."""
        return self.released[-1]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Return what changed of the document, its version aside, with the classes that exceptions have given."""
        return tuple(change for change in self.judgement.changes if not _is_version(change))

    @property
    def is_major(self) -> bool:
        """Tell whether it is another version of the API."""
        return self.version.partition(".")[0] != self.last.partition(".")[0]

    @property
    def least(self) -> Step:
        """Return how far the version has to go up for what changed, unless it may break what it likes."""
        return max((*map(step_of, self.changes), *map(_step_of_row, self.rows)), default=Step.NONE)


def step_of(change: Change) -> Step:
    """Return the step that a change asks for under the same major version."""
    is_text = change.level is Level.DOCUMENTATION and change.rule != "deprecated-changed"
    return Step.PATCH if is_text else Step.MINOR


def proposed(version: str | None, when: date, exceptions: Path) -> Proposal:
    """Return the proposal for the package's working tree, by the diff unless a version is named. Raises `Unusable`."""
    if version is not None and numbers(version) is None:
        raise Unusable(f"{version} is no version; write one such as 1.1.0.")
    old, new = old_version(None, authored()), new_version(authored())
    kept = releases()
    last = list(kept)[-1]
    approvals = read_approvals(content(exceptions), shown(exceptions))
    judgement = judged(compare_documents(old, new), approvals, datetime.now(UTC).date())
    register = content(Path(str(PACKAGE)) / FILES[1])
    rows = changed_rows(
        read_source(content_of(last, kept[last].requirements), f"register of release {last}", _REGISTER),
        read_source(register, FILES[1], _REGISTER),
    )
    proposal = Proposal(tuple(kept), version or last, when, new, register, judgement, tuple(rows))
    return proposal if version else replace(proposal, version=_next(proposal))


def with_version(document: Source, version: str) -> bytes:
    """Return the text of a document with another `info.version`, and nothing else changed. Raises `Unusable`."""
    old = document.document["info"]["version"]
    lines = _BREAK.split(document.text)  # with the breaks between them
    at = 2 * (document.line("/info/version") - 1)
    pattern = rf"""(\bversion['"]?\s*:\s+)(['"]?){re.escape(old)}\2"""
    lines[at], count = re.subn(pattern, rf"\g<1>\g<2>{version}\g<2>", lines[at])
    text = "".join(lines).encode()
    wanted = document.document | {"info": document.document["info"] | {"version": version}}
    if count != 1 or read_source(text, document.name).document != wanted:
        raise Unusable(
            f"{document.at('/info/version')} can't be replaced; write `version: {old}` on a line of its own."
        )
    return text


def _next(proposal: Proposal) -> str:
    """Return the version that the changes ask for, or the one that is written in the document if it is later."""
    least = max(proposal.least, Step.PATCH).after(numbers(proposal.last) or (0, 0, 0))
    written = numbers(proposal.document.document["info"]["version"]) or least
    return ".".join(map(str, max(least, written)))


def _is_version(change: Change) -> bool:
    return change.pointer == "/info/version" and change.level is Level.DOCUMENTATION


def _step_of_row(row: RowChange) -> Step:
    return Step.PATCH if row.what.endswith("changed") else Step.MINOR
