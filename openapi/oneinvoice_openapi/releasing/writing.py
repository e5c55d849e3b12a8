"""Files of a release, written all or not at all, whatever ends the program in between.

They are written into a folder aside. Renaming that folder decides: before, nothing is released; after, everything is,
and moving the files to their places is completed by the next command if a kill or a power cut comes between.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from oneinvoice_openapi.reading.source import is_there
from oneinvoice_openapi.references import Unusable

_DECIDED = ".release"
_UNFINISHED = ".unfinished-"
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Busy(Unusable):
    """Another release is being made."""


@contextmanager
def alone(released: Path) -> Iterator[None]:
    """Keep other releases away within the context. Raises `Busy`, and `Unusable` without the folder."""
    try:
        folder = os.open(released, os.O_RDONLY)
    except OSError as error:
        raise Unusable(f"{released} can't be read ({error.strerror}); restore that folder first.") from error
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Another release is being made; try again once it has ended.") from None
        yield
    finally:
        os.close(folder)


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths below `root`, which holds the folder `released`. Raises `Unusable`."""
    released = root / "released"
    decided = released / _DECIDED
    try:
        aside = Path(tempfile.mkdtemp(prefix=_UNFINISHED, dir=released))
        try:
            aside.chmod(0o755)
            for name, content in files.items():
                _write(aside / name, content)
            for folder in (aside, *(each for each in aside.rglob("*") if each.is_dir())):
                _sync(folder)
            with _uninterrupted():
                aside.rename(decided)
                _settle(root)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        done = "the next command completes it" if decided.exists() else "nothing was released"
        raise Unusable(f"The release can't be written ({error.strerror}); {done}.") from error


def complete(root: Path) -> None:
    """Complete a release that was cut off once it was decided, and remove what one left that was not.

    Raises `Unusable` where that can't be written.
    """
    released = root / "released"
    if not any(released.glob(f"{_UNFINISHED}*")) and not is_there(released / _DECIDED):
        return
    with suppress(Busy), alone(released):  # whoever is about to release completes it
        try:
            if (released / _DECIDED).exists():
                _settle(root)
            for left in released.glob(f"{_UNFINISHED}*"):
                shutil.rmtree(left)
        except OSError as error:
            what = f"A release was cut off, and can't be completed ({error.strerror})"
            raise Unusable(f"{what}; make {root} and all in it writable.") from error


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Have Ctrl-C and the like wait for the end of the context."""
    caught: list[int] = []
    before = {each: signal.signal(each, lambda number, _: caught.append(number)) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        for number in caught:
            signal.raise_signal(number)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _settle(root: Path) -> None:
    """Move what is decided to its places, as far as it isn't there yet."""
    decided = root / "released" / _DECIDED
    _sync(decided.parent)
    _move(decided, root)
    shutil.rmtree(decided)


def _move(source: Path, target: Path) -> None:
    """Move what is in a folder; one that isn't there yet is moved whole."""
    for entry in sorted(source.iterdir()):
        other = target / entry.name
        if entry.is_dir() and other.is_dir():
            _move(entry, other)
        else:
            os.replace(entry, other)
