"""What 0.1.0 wrote is read: a JSON report, an HTTP archive, a capture, a comparison and a generated pytest file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.history.baseline import read_baseline
from oneinvoice_conformance.history.saved_report import read_report
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.recording.recording import read_recording
from oneinvoice_conformance.model.outcome import Outcome

WRITTEN = Path(__file__).parents[2] / "data" / "written_by_0_1_0"


def conform(*arguments: str | Path, **environment: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, list(map(str, arguments)), env=environment)
    return result.exit_code, result.output


def test_a_report_has_roles_where_it_had_labels():
    report = read_report(WRITTEN / "violations.json")
    assert report.results["ORG-2"].outcome is Outcome.FAILED
    roles = {role for _, role in report.snapshot.answers}
    assert roles >= {Role.PRIMARY, Role.NONE, Role.OTHER}
    assert {type(role) for role in roles} == {Role}


def test_a_baseline_asks_with_the_credentials_of_its_roles():
    baseline = read_baseline(WRITTEN / "conforms.json", "http://127.0.0.1:45081")
    assert baseline.v1_was_served
    assert {role for report in baseline.reports for _, role in report.snapshot.answers} >= {Role.PRIMARY, Role.UNKNOWN}


def test_an_archive_is_judged_as_it_was(tmp_path: Path):
    recording = read_recording(WRITTEN / "run.har")
    assert {entry.role for entry in recording.entries} >= {Role.PRIMARY, Role.SIBLING, Role.REVOKED, Role.TRUNCATED}
    again = tmp_path / "again.json"
    only = "DISC,AUTH,QUO,ORG-3,VER"
    code, output = conform("replay", WRITTEN / "run.har", "--only", only, "--json", again)
    assert code == 0, output
    old, new = (json.loads(path.read_text()) for path in (WRITTEN / "conforms.json", again))
    assert [(row["id"], row["outcome"]) for row in new["requirements"]] == [
        (row["id"], row["outcome"]) for row in old["requirements"]
    ]


def test_a_report_is_compared_with_one_of_today(tmp_path: Path):
    today = tmp_path / "today.json"
    conform("replay", WRITTEN / "run.har", "--only", "DISC,AUTH,QUO,ORG-3,VER", "--json", today)
    code, output = conform("diff", WRITTEN / "conforms.json", today)
    assert code == 0, output
    assert "got worse" not in output


def test_a_capture_is_verified():
    secret = (WRITTEN / "secret").read_text().strip()
    code, output = conform("verify", "--capture", WRITTEN / "deliveries.jsonl", ONEINVOICE_WEBHOOK_SECRET=secret)
    assert "HOOK" in output
    assert code == 3  # five of the seven events were not recorded


def test_a_comparison_is_told_from_a_report():
    code, output = conform("diff", WRITTEN / "diff.json", WRITTEN / "conforms.json")
    assert (code, "is a comparison" in output) == (2, True)


def test_a_generated_pytest_file_asks_what_it_asked(monkeypatch: pytest.MonkeyPatch):
    names: dict[str, object] = {"__file__": str(WRITTEN / "failures.py")}
    exec(compile((WRITTEN / "failures.py.txt").read_text(), "failures.py", "exec"), names)
    asked: list[str] = []
    monkeypatch.setattr(
        "oneinvoice_conformance.testing.Reproduction.assert_conforms",
        lambda self, id, generated=False: asked.append(id),
    )
    deployment = names["Reproduction"]("http://127.0.0.1:9", beside="x", requirements=["ORG-2"], needs=[])
    names["test_org_2_a_filtered_list_holds_nothing_of"](deployment)
    assert asked == ["ORG-2"]
