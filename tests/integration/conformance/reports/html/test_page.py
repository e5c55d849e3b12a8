from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main

from tests import miniatures
from tests.unit.conformance.reports.html.pages import Page


def test_the_command_line_writes_it_whole(tmp_path: Path):
    path = tmp_path / "report.html"
    with miniatures.serve(miniatures.Deployment()) as url:
        done = CliRunner().invoke(main, [url, "--only", "DISC", "--html", str(path)])
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"report: {path}" in done.output
    assert "conforms" in Page(path.read_text("utf-8")).text
    assert list(tmp_path.iterdir()) == [path]
