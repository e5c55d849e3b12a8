"""The lock beside an SQLite file, as one after the other takes it."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from oneinvoice_impl.store.sole_use import InUse, lock_file


def test_it_is_free_again_once_released(tmp_path: Path) -> None:
    file = str(tmp_path / "mock.db")
    release = lock_file(file).release
    with pytest.raises(InUse):
        lock_file(file)
    release()
    assert list(tmp_path.iterdir()) == []
    lock_file(file).release()


def test_one_that_was_removed_just_before_it_was_locked_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, lock = str(tmp_path / "mock.db"), tmp_path / "mock.db.lock"
    flock, before = fcntl.flock, [lock.unlink]

    def late(descriptor: int, operation: int) -> None:
        while before:
            before.pop()()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", late)
    release = lock_file(file).release
    assert lock.exists()
    with pytest.raises(InUse):
        lock_file(file)
    release()


def test_where_nothing_can_be_written_nothing_is_locked(tmp_path: Path) -> None:
    lock_file(str(tmp_path / "missing" / "mock.db")).release()
    assert list(tmp_path.iterdir()) == []
