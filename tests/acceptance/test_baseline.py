"""`--baseline`: real processes, real HTTP, earlier runs against the mock."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_impl.api.implemented import IMPLEMENTED

from tests.acceptance.command import KEY_OPTIONS, Conform, assert_one_sentence
from tests.acceptance.test_mock import running
from tests.miniatures import Deployment, serve

SCOPE = ("--only", "QUO-3,VER")
KEPT = "old.json"


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a run against a mock."""
    before = Conform(tmp_path_factory.mktemp("earlier"))
    with running("--port", "0", "--contract", IMPLEMENTED) as mock:  # as one with a defect serves
        run = before(*SCOPE, "--json", KEPT, env=mock.variables)
    assert run.returncode == 0, run
    return (before.folder / KEPT).read_text()


@pytest.fixture
def conform(conform: Conform, earlier: str) -> Conform:
    """The command line in a folder that has such a report."""
    (conform.folder / KEPT).write_text(earlier)
    return conform


def test_nothing_changed(conform: Conform) -> None:
    with running("--port", "0", "--contract", IMPLEMENTED) as mock:
        run = conform(*SCOPE, "--baseline", KEPT, "--json", "new.json", env=mock.variables)
    assert (run.returncode, run.stderr) == (0, "")
    assert "Changes since old.json of " in run.stdout
    report = conform.report("new.json")
    assert [row["outcome"] for row in report["requirements"] if row["id"] == "VER-2"] == ["passed"]
    assert report["drift"]["changes"] == []
    assert [against["name"] for against in report["drift"]["against"]] == [KEPT]


@pytest.mark.parametrize("by", ["option", "variable", "folder"])
def test_a_field_that_is_gone(by: str, conform: Conform) -> None:
    (conform.folder / "reports").mkdir()
    (conform.folder / KEPT).rename(conform.folder / "reports" / KEPT)
    path = "reports" if by == "folder" else f"reports/{KEPT}"
    given = () if by == "variable" else ("--baseline", path)
    with running("--port", "0", "--defect", "quotes-without-total") as mock:
        environment = mock.variables | ({"ONEINVOICE_BASELINE": path} if by == "variable" else {})
        run = conform(*SCOPE, *given, "--json", "new.json", env=environment)
    assert (run.returncode, run.stderr) == (1, "")
    assert "✗ VER-2 failed" in run.stdout
    assert "✗ quotes: data[].total was in all " in run.stdout
    [change] = conform.report("new.json")["drift"]["changes"]
    assert (change["kind"], change["since"]) == ("breaking", KEPT)


def test_another_seed_is_other_data(conform: Conform) -> None:
    with running("--port", "0", "--seed", "7") as mock:
        run = conform(*SCOPE, "--baseline", KEPT, env=mock.variables)
    assert run.returncode == 0, run


def test_the_plan_knows_it_and_sends_nothing(conform: Conform) -> None:
    deployment = Deployment()
    with serve(deployment) as url:
        run = conform(url, *KEY_OPTIONS, "--only", "VER-2", "--baseline", KEPT, "--plan")
    assert run.returncode == 0, run
    assert "VER-2" in run.stdout
    assert deployment.log == []


def _older(report: dict[str, Any]) -> str:
    return json.dumps({name: value for name, value in report.items() if name not in ("format", "observed", "drift")})


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ("is no file",)),
        (lambda _: "no", ("is not JSON",)),
        (_older, ("is of an older kit",)),
        (lambda report: json.dumps(report | {"format": 99}), ("is of a newer kit",)),
        (lambda _: '{"log": {"version": "1.2", "entries": []}}', ("is an HTTP archive",)),
        (lambda report: json.dumps(report)[:900], ("was cut short",)),
        (lambda report: json.dumps(report | {"observed": {}}), ("is no report",)),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_sentence(
    content: Callable[[dict[str, Any]], str] | None, parts: tuple[str, ...], conform: Conform
) -> None:
    report = conform.report(KEPT)
    path: Path = conform.folder / "bad.json"
    if content:
        path.write_text(content(report))
    assert_one_sentence(
        conform("https://nowhere.invalid", *KEY_OPTIONS, "--baseline", path.name), 2, "bad.json", *parts
    )
    path.unlink(missing_ok=True)
    folder = conform.folder / "folder"
    folder.mkdir()
    (folder / "old.json").write_text(json.dumps(report))
    if content:
        (folder / path.name).write_text(content(report))
        run = conform("https://nowhere.invalid", *KEY_OPTIONS, "--baseline", "folder")
        assert_one_sentence(run, 2, "bad.json", *parts)
