"""The command `oneinvoice-spec policy`: real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from oneinvoice_openapi.releases import releases

from tests.acceptance.test_spec import AUTHORED, spec

ENDING = """lifecycle:
  - version: v1
  - operation: GET /api/v1/quotes
    announced: 2026-08-01
    deprecated: 2026-08-31
    sunset: {}
"""


@pytest.fixture
def ending(tmp_path: Path) -> Path:
    path = tmp_path / "days.yaml"
    path.write_text(ENDING.format("2027-02-28"))
    return path


def test_the_lifecycle_in_the_package_keeps_the_promises() -> None:
    run = spec("policy")
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[1].split()[:3] == ["version", "v1", "effective"]
    assert run.stdout.endswith("1 entry, and the promises of the documentation are kept.\n")


def test_a_day_of_the_future_can_be_judged(ending: Path) -> None:
    for day, state, code in (
        ("2026-07-31", "planned", 0), ("2026-08-01", "announced", 0), ("2026-08-31", "deprecated", 0),
        ("2027-02-27", "deprecated", 0), ("2027-02-28", "sunset", 1),
    ):  # fmt: skip
        run = spec("policy", "--lifecycle", ending, "--on", day)
        assert (run.returncode, run.stderr) == (code, ""), day
        assert f"GET /api/v1/quotes  {state}" in run.stdout
    assert "ended on 2027-02-28, and the document still has it; take it out" in run.stdout


def test_what_breaks_a_promise_is_told_with_its_line_and_the_first_day_that_is_right(ending: Path) -> None:
    ending.write_text(ENDING.format("2027-02-27"))
    run = spec("policy", "--lifecycle", ending, "--on", "2026-08-01")
    assert (run.returncode, run.stderr) == (1, "")
    assert f"{ending}, line 3: operation GET /api/v1/quotes ends on 2027-02-27, less than 6 calendar" in run.stdout
    assert "end it on 2027-02-28 at the earliest. VER-3 (“Breaking changes go in /api/v2" in run.stdout
    run = spec("policy", "--lifecycle", ending, "--on", "2026-08-01", "--json")
    content = json.loads(run.stdout)
    assert (run.returncode, content["verdict"]) == (1, "broken")
    assert [each["earliest"] for each in content["violations"]] == ["2027-02-28"]


def test_a_draft_of_the_document_is_judged(ending: Path, tmp_path: Path) -> None:
    text = AUTHORED.read_text("utf-8")
    draft = tmp_path / "draft.yaml"
    draft.write_text(text.replace(text[text.index("  /api/v1/quotes:") : text.index("  /api/v1/invoices:")], ""))
    run = spec("policy", draft, "--lifecycle", ending, "--on", "2027-02-27")
    assert run.returncode == 1
    last = [*releases()][-1]
    assert f"is gone from the document, and ends on 2027-02-28 only (release {last} has it); put it back" in run.stdout
    assert spec("policy", draft, "--lifecycle", ending, "--on", "2027-02-28").returncode == 0


def test_check_holds_the_document_to_another_lifecycle(ending: Path) -> None:
    run = spec("check", "--lifecycle", ending)
    assert (run.returncode, run.stdout) == (1, "")
    assert "deprecated from 2026-08-31 on, and #/paths/~1api~1v1~1quotes/get (line " in run.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--on", "2027-02-30"], "2027-02-30 is no day; write one as 2027-03-31."),
        (["--on", "tomorrow"], "tomorrow is no day"),
        (["--on", "9999-12-31"], "9999-12-31 is no day"),
        (["--lifecycle", "nowhere.yaml"], "nowhere.yaml can't be read"),
        (["nowhere.yaml"], "nowhere.yaml can't be read"),
        (["--lifecycle", str(AUTHORED)], "is not a lifecycle: it needs `lifecycle:` with a list"),
    ],
)
@pytest.mark.parametrize("command", ["policy", "check"])
def test_bad_usage_is_one_sentence(command: str, arguments: list[str], told: str) -> None:
    if command == "check" and "--on" in arguments:
        return
    run = spec(command, *arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr
    assert len(run.stderr.splitlines()) == 1
