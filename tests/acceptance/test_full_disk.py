"""A disk that is full when a run ends takes neither its verdict nor an earlier report."""

from __future__ import annotations

import resource
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.command import ENVIRONMENT, KEY_OPTIONS, SCRIPTS, Run
from tests.miniatures import Deployment, serve

REPORTS = {
    "--json": "r.json",
    "--html": "r.html",
    "--junit": "r.xml",
    "--markdown": "r.md",
    "--badge": "r.svg",
    "--pytest-out": "r.py",
    "--har": "r.har",
}
SCOPE = ("--only", "MEM,DISC")
BEFORE = "the report of last month"


def conform(folder: Path, *arguments: str, room: int | None = None) -> Run:
    """Run the command line where no file has room for more bytes than that."""

    def limit() -> None:
        if room is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    return subprocess.run(
        [SCRIPTS / "oneinvoice-conform", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        # Python keeps compiled modules that were cut short, and every later start would fail on them.
        env=ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"},
        preexec_fn=limit,
    )


def assert_told_after_the_verdict(run: Run, *unwritten: str) -> None:
    assert run.returncode == 2, run
    assert "conforms  " in run.stdout
    assert run.stderr.count("\n") == 1
    assert run.stderr.startswith("oneinvoice-conform: No report can be written to ")
    assert run.stderr.count("(File too large)") == len(unwritten)
    assert not [name for name in unwritten if f"{name} (" not in run.stderr], run.stderr
    assert not [name for name in unwritten if f"report: {name}" in run.stdout]


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    with serve(Deployment()) as url:
        assert conform(folder, url, *KEY_OPTIONS, *SCOPE, "--har", "r.har").returncode == 0
    return folder / "r.har"


def test_no_report_fits_and_each_stays_what_it_was(tmp_path: Path) -> None:
    for name in REPORTS.values():
        (tmp_path / name).write_text(BEFORE)
    with serve(Deployment()) as url:
        run = conform(
            tmp_path, url, *KEY_OPTIONS, *SCOPE, *[part for pair in REPORTS.items() for part in pair], room=100
        )
    assert_told_after_the_verdict(run, *REPORTS.values())
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == dict.fromkeys(REPORTS.values(), BEFORE)


def test_what_fits_is_written(tmp_path: Path, recording: Path) -> None:
    run = conform(tmp_path, "replay", str(recording), *SCOPE, "--html", "r.html", "--badge", "r.svg", room=8192)
    assert_told_after_the_verdict(run, "r.html")
    assert "report: r.svg" in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["r.svg"]


def test_a_comparison_is_shown_too(tmp_path: Path, recording: Path) -> None:
    assert conform(tmp_path, "replay", str(recording), *SCOPE, "--json", "r.json").returncode == 0
    run = conform(tmp_path, "diff", "r.json", "r.json", "--markdown", "d.md", room=100)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert run.stdout
    assert "d.md (File too large)" in run.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["r.json"]
