import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.reports.files import check_writable, written


def write(path: Path, text: str) -> None:
    with written({path: lambda: text}) as paths:
        assert paths == [path]


def test_a_file_is_written_whole_with_the_usual_permissions(tmp_path: Path):
    path = tmp_path / "report.json"
    check_writable(path)
    assert list(tmp_path.iterdir()) == []
    before = os.umask(0o027)
    try:
        write(path, "é\n")
    finally:
        os.umask(before)
    assert path.read_bytes() == "é\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_and_a_link_to_it_stays_one(tmp_path: Path):
    path, link = tmp_path / "report.json", tmp_path / "latest.json"
    path.write_text("a much longer report than the next one")
    link.symlink_to(path)
    check_writable(link)
    write(link, "{}")
    assert link.is_symlink()
    assert path.read_text() == "{}"


def test_a_lone_surrogate_stays_escaped(tmp_path: Path):
    write(tmp_path / "report.json", '"\ud800"')
    assert (tmp_path / "report.json").read_text() == '"\\ud800"'


def refused(path: Path) -> str:
    with pytest.raises(UsageError, match=r"^[^\n]*; [^\n]*\.$") as error:
        check_writable(path)
    return str(error.value)


def test_where_no_report_can_be_written_it_is_said_before(tmp_path: Path):
    (tmp_path / "file").touch()
    assert "is a folder" in refused(tmp_path)
    assert "No such file or directory" in refused(tmp_path / "missing" / "report.json")
    assert "Not a directory" in refused(tmp_path / "file" / "report.json")
    assert "File name too long" in refused(tmp_path / ("x" * 300))


def test_a_long_name_will_do(tmp_path: Path):
    path = tmp_path / ("x" * 250)
    check_writable(path)
    write(path, "{}")
    assert path.read_text() == "{}"


def test_a_device_or_a_pipe_is_not_replaced(tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "device or a pipe" in refused(pipe)
    assert "device or a pipe" in refused(Path(os.devnull))


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file grows over so many bytes, as where a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_where_a_disk_is_full_the_others_are_written_and_nothing_half(tmp_path: Path):
    large, small, gone = tmp_path / "large", tmp_path / "small", tmp_path / "gone" / "a"
    large.write_text("before")
    shown: list[Path] = []

    def written_and_shown() -> None:
        with room(4096), written({large: lambda: "x" * 5000, gone: lambda: "", small: lambda: "after"}) as paths:
            shown.extend(paths)

    told = r"^No report .*/large \(File too large\) or .*gone/a \(No such file or directory\); make room[^\n]*\.$"
    with pytest.raises(UsageError, match=told):
        written_and_shown()
    assert shown == [small], "a verdict is shown before it stops"
    assert (large.read_text(), small.read_text()) == ("before", "after")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["large", "small"]


def test_an_interruption_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt), written({tmp_path / "report.json": lambda: "{}"}):
        pass
    assert list(tmp_path.iterdir()) == []
