"""`oneinvoice-conform diff`: reports of real runs on real mocks, compared by real processes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from oneinvoice_conformance.reports.compared import comparison_schema
from oneinvoice_impl.api.implemented import IMPLEMENTED

from tests.acceptance.command import READ_ONLY, Conform, assert_one_sentence
from tests.acceptance.test_mock import running

DEFECT = "filtered-quotes-of-everybody"
SCHEMA = jsonschema_rs.validator_for(comparison_schema(), validate_formats=True)


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the reports of a mock (twice), of one with a defect, and of one of which less was judged."""
    conform = Conform(tmp_path_factory.mktemp("reports"))
    with running("--port", "0", "--rate-limit", "10000", "--contract", IMPLEMENTED) as mock:  # as that with a defect
        for name, *scope in (("good", *READ_ONLY), ("again", *READ_ONLY), ("narrow", "--only", "DISC,MEM")):
            run = conform(mock.variables["ONEINVOICE_URL"], *scope, "--json", f"{name}.json", env=mock.variables)
            assert (run.returncode, run.stderr) == (0, ""), run
    with running("--port", "0", "--rate-limit", "10000", "--defect", DEFECT) as mock:
        run = conform(mock.variables["ONEINVOICE_URL"], *READ_ONLY, "--json", "bad.json", env=mock.variables)
        assert (run.returncode, run.stderr) == (1, ""), run
    return conform.folder


@pytest.fixture
def conform(reports: Path, tmp_path: Path) -> Conform:
    shutil.copytree(reports, tmp_path, dirs_exist_ok=True)
    return Conform(tmp_path)


def test_two_runs_on_one_deployment_are_the_same(conform: Conform) -> None:
    run = conform("diff", "good.json", "again.json")
    assert (run.returncode, run.stderr) == (0, "")
    summary = run.stdout.splitlines()[-1]
    assert summary.startswith("0 worse, 0 better, ")
    assert summary.endswith(" the same")


def test_a_deployment_with_a_defect_is_worse(conform: Conform) -> None:
    run = conform("diff", "good.json", "bad.json", "--markdown", "d.md", "--json", "d.json")
    assert (run.returncode, run.stderr) == (1, "")
    assert "\nWorse\n✗ ORG-2  passed → failed  A filtered list holds nothing of another organisation." in run.stdout
    assert "1 worse, 0 better, " in run.stdout
    assert run.stdout.splitlines()[-2:] == ["  report: d.md", "  report: d.json"]
    assert "| **ORG-2** A filtered list holds nothing" in (conform.folder / "d.md").read_text()
    document = json.loads((conform.folder / "d.json").read_text())
    SCHEMA.validate(document)
    assert [row["id"] for row in document["requirements"] if row["change"] == "worse"] == ["ORG-2"]
    assert document["surface"] == []


def test_the_other_way_round_it_is_better(conform: Conform) -> None:
    run = conform("diff", "bad.json", "good.json")
    assert (run.returncode, run.stderr) == (0, "")
    assert "\nBetter\n✓ ORG-2  failed → passed" in run.stdout
    assert "0 worse, 1 better, " in run.stdout


def test_to_judge_less_is_worse(conform: Conform) -> None:
    run = conform("diff", "good.json", "narrow.json")
    assert (run.returncode, run.stderr) == (1, "")
    assert "only DISC, MEM" in run.stdout
    assert "passed → not in scope" in run.stdout
    run = conform("diff", "narrow.json", "good.json")
    assert run.returncode == 0, run


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        (["good.json"], ["NEW.json", "--help"]),
        (["good.json", "missing.json"], ["missing.json is no file; name a report that --json wrote"]),
        (["short.json", "good.json"], ["short.json is not JSON, or was cut short", "name a report"]),
        (["har.json", "good.json"], ["har.json is an HTTP archive, and no report of a run"]),
        (["old.json", "good.json"], ["old.json is of an older kit", "make a new one with --json"]),
        (["good.json", "bad.json", "--json", "good.json"], ["good.json is named twice"]),
        (["good.json", "bad.json", "--json", "d", "--markdown", "d"], ["d is named twice"]),
        (["good.json", "bad.json", "--json", "no/d.json"], ["no/d.json", "a folder that exists"]),
        (["good.json", "bad.json", "--jsn", "d"], ["--jsn", "--json"]),
    ],
)
def test_what_can_not_be_compared_is_refused_in_one_sentence(
    conform: Conform, arguments: list[str], parts: list[str]
) -> None:
    good = (conform.folder / "good.json").read_text()
    (conform.folder / "short.json").write_text(good[: len(good) // 2])
    (conform.folder / "har.json").write_text('{"log": {"version": "1.2"}}')
    old = json.loads(good)
    del old["format"]
    (conform.folder / "old.json").write_text(json.dumps(old))
    before = conform.files()
    assert_one_sentence(conform("diff", *arguments), 2, *parts)
    assert conform.files() == before
    assert (conform.folder / "good.json").read_text() == good


def test_the_help_tells_what_is_worse(conform: Conform) -> None:
    run = conform("diff", "--help")
    assert (run.returncode, run.stderr) == (0, "")
    for part in ("OLD.json NEW.json", "staging and production", "Worse is", "0 nothing got worse, 1 something did"):
        assert part in run.stdout
