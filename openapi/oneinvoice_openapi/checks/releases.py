"""Releases that the package keeps: as they were released, and not newer than what is worked on."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from oneinvoice_openapi.reading.source import Source, shown
from oneinvoice_openapi.releases import FILES, RELEASED, SUMS, numbers, releases

_LINE = re.compile(r"([0-9a-f]{64}) [ *](\S+)")


def problems_of_releases(authored: Source, folder: Path | None = None) -> list[str]:
    """Return a sentence for each released file that was touched, and for an authored version that is out of date."""
    folder = folder or Path(str(RELEASED))
    return [*_touched(folder), *_outdated(authored, folder)]


def _touched(folder: Path) -> list[str]:
    restore, sums = "restore it: git checkout --", shown(folder / SUMS)
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [f"released/{SUMS} can't be read; {restore} {sums}"]
    problems, listed = [], {}
    for number, line in enumerate(lines, 1):
        if match := _LINE.fullmatch(line):
            listed[match[2]] = match[1]
        else:
            problems.append(f"released/{SUMS} (line {number}) is no line of sha256sum; {restore} {sums}")
    wanted = [*listed, *(f"{version}/{name}" for version in releases(folder) for name in FILES)]
    for name in dict.fromkeys(wanted):
        path = folder / name
        digest = _digest(path)
        if digest is None:
            problems.append(f"released/{name} was released, and is missing; {restore} {shown(path)}")
        elif name in listed and digest != listed[name]:
            problems.append(f"released/{name} is not what was released ({SUMS}); {restore} {shown(path)}")
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and name != SUMS and not name.startswith(".") and name not in listed:
            problems.append(f"released/{name} was never released ({SUMS}); remove it: rm {shown(path)}")
    return problems


def _digest(path: Path) -> str | None:
    """Return the SHA-256 of a file; None if there is none that can be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except (OSError, ValueError):  # a name with a NUL is one of the values that no path has
        return None


def _outdated(authored: Source, folder: Path) -> list[str]:
    info = authored.document.get("info")
    version = info.get("version") if isinstance(info, dict) else None
    here = authored.place(("info", "version"))
    if numbers(version) is None:
        return [f"{here} is {version}, which is no version; write one such as 1.1.0."]
    last = next(reversed(releases(folder)), None)
    if last is None or (numbers(version) or ()) >= (numbers(last) or ()):
        return []
    return [f"{here} is {version}, which is older than the last release; write {last}, or a later one."]
