"""Where reports are written, in the same process; tests/acceptance/test_reports.py runs it for real."""

import os
from dataclasses import fields
from pathlib import Path

import pytest
from oneinvoice_conformance.cli.report_options import ReportOptions
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.redaction import Redactor
from oneinvoice_conformance.model.outcome import Outcome

from tests.unit.conformance.cli.test_main import assert_one_sentence, conform
from tests.unit.conformance.reports.reporting import DEPLOYMENT, answer, report, result

NAMES = [field.name.removesuffix("_file") for field in fields(ReportOptions)]


def options(**files: Path | None) -> ReportOptions:
    return ReportOptions(**{f"{name}_file": files.get(name) for name in NAMES})


def write(wanted: ReportOptions, found: Report) -> list[str]:
    shown = wanted.redacted(found, DEPLOYMENT, Redactor(DEPLOYMENT))
    with wanted.written(shown) as paths:
        return wanted.lines(shown, paths)


def test_each_report_is_written_to_its_file(tmp_path: Path):
    files = {name: tmp_path / f"a.{name}" for name in NAMES}
    files |= {"badge": tmp_path / "b.svg", "pytest_out": tmp_path / "b.py"}
    wanted = options(**files)
    wanted.check()
    assert list(tmp_path.iterdir()) == []
    told = write(wanted, report(result("MEM-1", Outcome.FAILED, "so it is", answer([]))))
    begins = {"json": "{", "junit": "<?xml", "html": "<!", "markdown": "## ", "badge": "<svg", "har": '{"log"'}
    begins["pytest_out"] = '"""What'
    assert begins.keys() == set(NAMES)
    assert {name: files[name].read_text()[: len(text)] for name, text in begins.items()} == begins
    assert sorted(told) == sorted(f"report: {path}" for path in files.values())


@pytest.mark.parametrize(("name", "begins"), [("b.svg", "<svg"), ("b.json", "{")])
def test_the_ending_tells_which_badge(tmp_path: Path, name: str, begins: str):
    wanted = options(badge=tmp_path / name)
    wanted.check()
    write(wanted, report())
    assert (tmp_path / name).read_text().startswith(begins)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("by", ["option", "variable"])
def test_what_can_not_be_written_is_said_before_anything_is_sent(tmp_path: Path, name: str, by: str):
    path = str(tmp_path / "missing" / ("b.py" if name == "pytest_out" else "b.svg"))
    given = {f"ONEINVOICE_{name.upper()}": path} if by == "variable" else {}
    assert_one_sentence(
        conform("http://x", *([] if given else [f"--{name.replace('_', '-')}", path]), **given), "missing/b."
    )


def test_a_badge_needs_an_ending_and_two_reports_two_files(tmp_path: Path):
    with pytest.raises(UsageError, match=r"ending \.svg or \.json"):
        options(badge=tmp_path / "badge.png").check()
    with pytest.raises(UsageError, match="--json and --har name the same file"):
        options(json=tmp_path / "a", har=tmp_path / "x" / ".." / "a").check()


def test_a_plan_has_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert_one_sentence(conform("http://x", "--plan", "--json", "a", "--har", "b"), "leave --json and --har out")


def test_a_pytest_file_is_one_of_python_and_says_where_it_has_no_test(tmp_path: Path):
    with pytest.raises(UsageError, match=r"repro\.txt is no name for a pytest file; give it the ending \.py"):
        options(pytest_out=tmp_path / "repro.txt").check()
    told = write(options(pytest_out=tmp_path / "a.py"), report(result("MEM-1", Outcome.PASSED)))
    assert told == [f"report: {tmp_path / 'a.py'} (nothing failed, so there is no test in it)"]


def test_neither_a_plan_nor_a_recording_has_a_pytest_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for command in (("http://x", "--plan"), ("replay", "r.har")):
        assert_one_sentence(conform(*command, "--pytest-out", "a.py"), "leave --pytest-out out")
    # A variable is meant for runs, and left alone.
    assert_one_sentence(conform("replay", "r.har", ONEINVOICE_PYTEST_OUT="a.py"), "r.har is no file")
    assert list(tmp_path.iterdir()) == []


def test_the_summary_of_a_github_job_is_written_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    summary = tmp_path / "summary"
    summary.write_text("a longer summary of before " * 100)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    before = os.stat(summary).st_ino
    wanted = options(markdown=summary)
    wanted.check()
    write(wanted, report())
    assert os.stat(summary).st_ino == before
    assert summary.read_text().startswith("## ")
    assert "before" not in summary.read_text()
