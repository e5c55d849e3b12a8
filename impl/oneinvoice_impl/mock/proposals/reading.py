"""Read a proposed document, as `oneinvoice-spec` does, and tell what differs from the implemented one."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from oneinvoice_openapi.diff.changes import Change
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.reading.versions import new_version
from oneinvoice_openapi.reading.documents import read_document
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.releases import releases

from oneinvoice_impl.api.implemented import implemented

_FIRST = 3


def _where(change: Change) -> str:
    return " ".join(filter(None, (change.place.subject, change.place.part, change.path)))


def read(name: str) -> tuple[Source, list[str]]:
    """Return the document of a file, or of a release by its version, and lines on what differs. Raises `Unusable`."""
    path, kept = Path(name), releases()
    if name in kept and not path.exists():
        path = Path(str(kept[name].document))
    return read_document(path), _differences(path)


def _differences(path: Path) -> list[str]:
    changes = compare_documents(new_version(Path(str(implemented().document))), new_version(path))
    if not changes:
        return ["nothing that clients meet differs"]
    counts = Counter(each.level.value for each in changes)
    lines = [", ".join(f"{count} {level}" for level, count in counts.items())]
    lines += [f"{each.level.value}: {_where(each)}: {each.what}" for each in changes[:_FIRST]]
    if len(changes) > _FIRST:
        lines.append(f"and {len(changes) - _FIRST} more")
    return lines
