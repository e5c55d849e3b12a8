"""Files of a release are all there or none is, wherever its writing ends."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread

import pytest
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releasing.writing import Busy, alone, complete, write

from tests.integration.openapi import killed_release

Tree = dict[str, bytes]
BEFORE = {
    "released/1.0.0/a.yaml": b"one",
    "released/SUMS": b"1",
    "CHANGELOG.md": b"1.0.0",
    "v1/a.yaml": b"one",
    "b": b"",
}
FILES = {"released/1.1.0/a.yaml": b"two", "released/1.1.0/b.yaml": b"", "released/SUMS": b"2", "CHANGELOG.md": b"1.1.0",
         "v1/a.yaml": b"two"}  # fmt: skip


def tree(root: Path) -> Tree:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fill(tmp_path / "package")


def fill(root: Path) -> Path:
    for name, content in BEFORE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return root


def test_all_is_written(root: Path) -> None:
    write(root, FILES)
    assert tree(root) == BEFORE | FILES
    assert sorted(path.name for path in (root / "released").iterdir()) == ["1.0.0", "1.1.0", "SUMS"]
    assert {path.stat().st_mode & 0o777 for path in (root / "released").iterdir() if path.is_dir()} == {0o755}


def test_whichever_step_it_is_killed_at_there_is_nothing_or_all(tmp_path: Path) -> None:
    outcomes = []
    for step in range(1, 100):
        root = fill(tmp_path / str(step))
        texts = json.dumps({name: content.decode() for name, content in FILES.items()})
        command = [sys.executable, killed_release.__file__, root, texts, str(step)]
        ended = subprocess.run(command, check=False, capture_output=True)
        assert ended.returncode in (-signal.SIGKILL, 0), ended.stderr
        complete(root)
        after = tree(root)
        assert after in (BEFORE, BEFORE | FILES), step
        assert not list((root / "released").glob(".*")), step
        outcomes.append(after == BEFORE)
        if ended.returncode == 0:
            break
    assert outcomes.count(True) >= 10
    assert outcomes.count(False) >= 5
    assert outcomes == sorted(outcomes, reverse=True), "what was decided was taken back"


def test_what_is_interrupted_leaves_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def interrupted(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(root, FILES)
    assert tree(root) == BEFORE
    assert not list((root / "released").glob(".*"))


def test_an_interrupt_waits_until_what_is_decided_is_in_place(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def interrupted(source: Path, target: Path) -> None:
        os.kill(os.getpid(), signal.SIGINT)
        replace(source, target)

    monkeypatch.setattr(os, "replace", interrupted)
    done = Event()
    other = Thread(target=done.wait)  # which takes signals, too
    other.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            write(root, FILES)
    finally:
        done.set()
        other.join()
    assert tree(root) == BEFORE | FILES


def test_a_disk_without_room_is_told_and_nothing_is_left(root: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        with pytest.raises(Unusable, match=r"can't be written \(File too large\); nothing was released\.$"):
            write(root, FILES | {"v1/a.yaml": b"x" * 1000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert tree(root) == BEFORE
    assert not list((root / "released").glob(".*"))


def test_two_releases_at_once_are_one(root: Path) -> None:
    (root / "released" / ".unfinished-a").mkdir()
    with alone(root / "released"):
        told = r"^Another release is being made; try again once it has ended\.$"
        with pytest.raises(Busy, match=told), alone(root / "released"):
            pytest.fail("two are alone")
        complete(root)  # leaves alone what the other writes
        assert (root / "released" / ".unfinished-a").exists()
    complete(root)
    assert tree(root) == BEFORE
    assert not (root / "released" / ".unfinished-a").exists()
