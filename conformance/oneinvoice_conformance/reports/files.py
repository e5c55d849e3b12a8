"""Write each report whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from oneinvoice_conformance.errors import UsageError

STANDARD_OUTPUT = Path("-")


def check_writable(path: Path) -> None:
    """Check before a run that its report can be written. Raises `UsageError` if not."""
    if path == STANDARD_OUTPUT:
        return
    try:
        if _is_step_summary(path):
            with path.open("a"):
                return
        if path.is_dir():
            raise UsageError(f"{path} is a folder; name a file for the report.")
        if path.exists() and not path.is_file():
            raise UsageError(f"{path} is a device or a pipe, which a report would replace; name a file for it.")
        with tempfile.TemporaryFile(dir=path.parent):
            pass
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        raise UsageError(
            f"The report can't be written to {path} ({error.strerror}); name a file in a folder that exists and can be "
            "written to."
        ) from error


@contextmanager
def written(texts: Mapping[Path, Callable[[], str | Iterable[str]]]) -> Iterator[list[Path]]:
    """Write each text, or its parts, to its file, as far as that is possible, and yield the files that were written.

    What goes to standard output is no file, and fails nothing (see `oneinvoice_openapi.streams`).
    Raises `UsageError` on exit for the others: so the verdict is shown even if a disk is full, and the exit code tells
    programs that read a report that it may be an earlier one.
    """
    unwritten: dict[Path, str] = {}
    for path, text in texts.items():
        try:
            content = text()
            parts = [content] if isinstance(content, str) else content
            if path == STANDARD_OUTPUT:
                _print(parts)
            else:
                _replace(path, parts)
        except OSError as error:
            unwritten[path] = f"{path} ({error.strerror or error})"
    yield [path for path in texts if path not in unwritten and path != STANDARD_OUTPUT]
    if unwritten:
        raise UsageError(
            f"No report can be written to {' or '.join(unwritten.values())}; make room or name another file, and run "
            "it again."
        )


def _print(parts: Iterable[str]) -> None:
    """Write the parts to standard output as they would be to a file, in UTF-8 wherever it goes."""
    sys.stdout.flush()
    for part in parts:
        sys.stdout.buffer.write(part.encode("utf-8", "backslashreplace"))
    sys.stdout.buffer.flush()


def _replace(path: Path, parts: Iterable[str]) -> None:
    """Replace the file at `path` with these parts in one step. Raises `OSError`; nothing half written stays behind.

    The file of $GITHUB_STEP_SUMMARY is the runner's, and may be mounted alone: what is in it is replaced, not the file.
    """
    path = path.resolve()  # a link stays one
    if _is_step_summary(path):
        path.write_text("".join(parts), "utf-8", "backslashreplace")
        return
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".report-")
    try:
        # A lone surrogate, which JSON may escape, is no character of UTF-8; it stays escaped.
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.writelines(parts)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o666 & ~_umask())
        os.replace(temporary, path)
    except BaseException:  # an interruption, too
        Path(temporary).unlink(missing_ok=True)
        raise


def _is_step_summary(path: Path) -> bool:
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    return bool(summary) and path.is_file() and path.samefile(str(summary))


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
