"""Versions of the contract: a file, a release in the package, or a revision of Git."""

from __future__ import annotations

import subprocess
from pathlib import Path

from oneinvoice_openapi.diff.reading.references import checked
from oneinvoice_openapi.reading.source import Source, content, is_there, read_source, shown
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releases import content_of, releases

_GIT_TIMEOUT = 30.0  # seconds


def new_version(path: Path) -> Source:
    """Return the document that is to be released. Raises `Unusable`."""
    return checked(read_source(content(path), shown(path)))


def old_version(name: str | None, new: Path) -> Source:
    """Return what the new document is compared with: a file, a release, a revision, or the last release.

    Raises `Unusable`.
    """
    kept = releases()
    if name is None:
        if not kept:
            raise Unusable(
                "The package keeps no release to compare with; name the old version as a file or a revision."
            )
        name = list(kept)[-1]
        return checked(read_source(content_of(name, kept[name].document), f"release {name}"))
    if is_there(Path(name)):
        return checked(read_source(content(Path(name)), shown(Path(name))))
    if name in kept:
        return checked(read_source(content_of(name, kept[name].document), f"release {name}"))
    return checked(read_source(_of_git(name, new), f"{shown(new)} of {name}"))


def _of_git(revision: str, path: Path) -> bytes:
    """Return the content of the same path in a revision."""
    if not revision or revision.startswith("-"):
        raise Unusable(f"{revision!r} is neither a file nor a release nor a revision of Git.")
    command = ["git", "-C", str(path.resolve().parent), "show", f"{revision}:./{path.resolve().name}"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_TIMEOUT, check=False)
    except FileNotFoundError:
        raise Unusable(f"{revision} is no file, and Git, which may know it, is not installed; name a file.") from None
    except subprocess.TimeoutExpired:
        raise Unusable(f"Git doesn't answer for {revision} within {_GIT_TIMEOUT:.0f} seconds; name a file.") from None
    if done.returncode:
        said = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["no reason"])[-1]
        raise Unusable(
            f"{revision} is neither a file nor a release, and Git has no {path.name} of it ({said:.200}); "
            "name a file or a revision."
        )
    return done.stdout
