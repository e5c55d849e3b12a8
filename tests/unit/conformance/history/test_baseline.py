"""The earlier reports of `--baseline`: which of them count, and what a run makes of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.cli.replay import replay
from oneinvoice_conformance.engine.effective_options import content_hash
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.errors import Unreachable, UsageError
from oneinvoice_conformance.history.baseline import read_baseline
from oneinvoice_conformance.history.changes import ChangeSeverity
from oneinvoice_conformance.http.recording.recording import read_recording
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import Result
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.run_options import JudgingOptions
from oneinvoice_conformance.reports.document import document_text, report_document
from werkzeug.wrappers import Request, Response

from tests.miniatures import Deployment
from tests.miniatures.faults.ver.changes import EndedForTheNext, FieldRemoved, StatusOfBadInputChanged, TypeChanged
from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, NAMES, InProcess
from tests.unit.conformance.reports.reporting import ROWS, har_text, redacted

NOW = datetime.now(UTC)
VER = Scope.parse(ROWS, "VER,MEM-1", None)


def judged(miniature: Deployment, baseline: Path | None = None, scope: Scope = VER) -> Report:
    client = InProcess(miniature)
    return run(client, CONTRACT, scope, NAMES, baseline=read_baseline(baseline, BASE) if baseline else None)


def stable(report: Report) -> Result:
    return next(result for result in report.results if result.requirement.id == "VER-2")


Keep = Callable[..., Path]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Writes the report of a run into a folder."""

    def write(name: str, miniature: Deployment | None = None, days_ago: float = 30, base: str = BASE) -> Path:
        content = report_document(redacted(judged(miniature or Deployment())))
        started = (NOW - timedelta(days=days_ago)).isoformat(timespec="seconds")
        path = tmp_path / "reports" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content | {"deployment": base, "started_at": started}))
        return path

    return write


# Which reports count


def test_a_baseline_by_another_contract_is_noted(keep: Keep):
    path = keep("old.json")
    assert [note for note in judged(Deployment(), path).notes if "contract" in note] == []
    document = json.loads(path.read_text())
    document["contract"]["version"] = "0.9.0"
    path.write_text(json.dumps(document))
    noted = [note for note in judged(Deployment(), path).notes if "contract" in note]
    assert noted == [
        f"1 report of the baseline is by contract 0.9.0, and this run is by {CONTRACT.version}; what v1 answers is "
        "compared, whatever either asks for"
    ]


def test_one_report(keep: Keep) -> None:
    path = keep("old.json")
    baseline = read_baseline(path, BASE)
    assert [report.path for report in baseline.reports] == [path]
    assert (baseline.notes, str(baseline), baseline.v1_was_served) == ((), "old.json", True)


def test_the_reports_of_a_folder_are_in_the_order_of_their_dates(keep: Keep) -> None:
    for name, days in (("b.json", 60), ("c.json", 90), ("a.json", 30)):
        folder = keep(name, days_ago=days).parent
    (folder / "notes.txt").write_text("anything")
    baseline = read_baseline(folder, BASE)
    assert [report.path.name for report in baseline.reports] == ["c.json", "b.json", "a.json"]
    assert str(baseline) == "3 reports since c.json"


def test_reports_of_other_deployments_are_left_out_and_told(keep: Keep) -> None:
    keep("a.json", base="https://production.example")
    folder = keep("b.json").parent
    baseline = read_baseline(folder, BASE)
    assert [report.path.name for report in baseline.reports] == ["b.json"]
    assert baseline.notes == ("1 of 2 reports in reports are of other deployments and left out",)


@pytest.mark.parametrize("folder", [True, False])
def test_another_deployment_may_be_the_baseline_and_is_told(folder: bool, keep: Keep) -> None:
    path = keep("a.json", base="https://production.example")
    baseline = read_baseline(path.parent if folder else path, BASE)
    assert baseline.notes == ("the baseline is of another deployment, https://production.example",)
    assert (len(baseline.reports), baseline.own_reports, baseline.v1_was_served) == (1, (), False)


def test_several_other_deployments_are_none(keep: Keep) -> None:
    keep("a.json", base="https://production.example")
    folder = keep("b.json", base="https://staging.example").parent
    with pytest.raises(UsageError, match=r"of several deployments, and none of http://deployment.example; name one"):
        read_baseline(folder, BASE)


def test_what_is_no_report_in_a_folder_is_named(keep: Keep) -> None:
    folder = keep("a.json").parent
    (folder / "settings.json").write_text('{"a": 1}')
    with pytest.raises(UsageError, match=r"settings\.json is JSON, and no report"):
        read_baseline(folder, BASE)
    (folder / "settings.json").write_text('{"verdict"')
    with pytest.raises(UsageError, match=r"settings\.json is not JSON, or was cut short"):
        read_baseline(folder, BASE)


@pytest.mark.parametrize("stray", ["._a.json", ".DS_Store", ".hidden.json"])
def test_what_a_system_leaves_in_a_folder_is_no_report(stray: str, keep: Keep) -> None:
    folder = keep("a.json").parent
    before = content_hash(folder)
    (folder / stray).write_bytes(b"\x00\x05\x16\x07Mac OS X")
    baseline = read_baseline(folder, BASE)
    assert (len(baseline.reports), baseline.notes) == (1, ())
    assert content_hash(folder) == before


def test_an_empty_file_and_a_folder_are_left_out_and_told(keep: Keep) -> None:
    folder = keep("a.json").parent
    (folder / "cut.json").touch()
    (folder / "deeper.json").mkdir()
    (folder / "notes").mkdir()
    baseline = read_baseline(folder, BASE)
    assert len(baseline.reports) == 1
    (note,) = baseline.notes
    assert note.startswith("cut.json and deeper.json in ")
    assert note.endswith(" are left out: an empty file or a folder is no report")
    assert read_baseline(folder, "https://another.example").notes[0] == note


def test_a_folder_of_empty_files_is_no_baseline(tmp_path: Path) -> None:
    (tmp_path / "cut.json").touch()
    with pytest.raises(UsageError, match="has no report in it"):
        read_baseline(tmp_path, BASE)


def test_a_folder_without_reports(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="has no report in it"):
        read_baseline(tmp_path, BASE)


def test_a_report_of_the_future_is_refused(keep: Keep) -> None:
    path = keep("a.json", days_ago=-1)
    with pytest.raises(UsageError, match=r"a\.json says that it began at .*, which is yet to come; see whose clock"):
        read_baseline(path, BASE)
    assert read_baseline(keep("a.json", days_ago=-0.001), BASE).reports, "clocks are seldom the same"


# What a run makes of them


def test_what_changed_is_told_and_fails(keep: Keep) -> None:
    report = judged(FieldRemoved(), keep("old.json"))
    result = stable(report)
    assert result.outcome is Outcome.FAILED
    day = f"{NOW - timedelta(days=30):%Y-%m-%d}"
    assert result.finding.reason.startswith("quotes: items[].currency was in all ")
    assert result.finding.reason.endswith(f"(since old.json of {day})")
    assert [str(exchange.request) for exchange in result.finding.evidence] == ["GET /api/v1/quotes"]
    assert report.drift is not None
    assert [change.kind for _, change in report.drift.changes] == [ChangeSeverity.BREAKING]


def test_a_break_counts_whichever_report_it_is_since_and_is_told_of_the_last(keep: Keep) -> None:
    keep("a.json", days_ago=90)
    keep("b.json", days_ago=60)
    folder = keep("c.json", TypeChanged(), days_ago=30).parent
    report = judged(FieldRemoved(), folder)
    drift = report.drift
    assert drift is not None
    assert [against.name for against in drift.against] == ["a.json", "b.json", "c.json"]
    about = {(change.kind.value, change.about): since.name for since, change in drift.changes}
    assert about == {("breaking", "items[].currency"): "c.json", ("breaking", "items[].total"): "c.json"}
    reverted = judged(Deployment(), folder)
    assert "items[].total was an object" in stable(reverted).finding.reason


def test_of_many_breaks_three_are_told(keep: Keep) -> None:
    class Bare(Deployment):
        """Quotes have lost most of what they had."""

        def quote(self, quote: Any) -> dict[str, Any]:
            return {name: value for name, value in super().quote(quote).items() if name in ("id", "status")}

    reason = stable(judged(Bare(), keep("old.json"))).finding.reason
    assert reason.count("(since old.json of ") == 3
    assert reason.endswith("; 4 more like that")


def test_other_changes_are_counted(keep: Keep) -> None:
    class Richer(Deployment):
        """Members have a telephone, and the envelope a date."""

        def member(self, member: Any) -> dict[str, Any]:
            return super().member(member) | {"telephone": None}

        def envelope(self, items: list[Any], total: int, ask: Any) -> Any:
            return super().envelope(items, total, ask) | {"at": "now"}

    result = stable(judged(Richer(), keep("old.json")))
    assert (result.outcome, result.finding.reason) == (
        Outcome.PASSED,
        "everything is answered as in old.json; 4 other changes",
    )


class Flaky(Deployment):
    """Answers a limit of zero with an error so many times, then as ever."""

    failures = 0

    def list_records(self, request: Request, resource: str) -> Response:
        if request.args.get("limit") == "0" and self.failures:
            self.failures -= 1
            return self.error(503, "The database is away.")
        return super().list_records(request, resource)


@pytest.mark.parametrize(("failures", "outcome"), [(1, Outcome.PASSED), (99, Outcome.INCONCLUSIVE)])
def test_what_is_not_answered_is_tried_again_and_left_open(failures: int, outcome: Outcome, tmp_path: Path) -> None:
    miniature, path = Flaky(), tmp_path / "old.json"
    whole = judged(Deployment(), scope=Scope.parse(ROWS, None, "HOOK,RATE"))
    path.write_text(document_text(redacted(whole)))
    miniature.failures = failures
    result = stable(judged(miniature, path))
    assert result.outcome is outcome, result.finding.reason
    if outcome is Outcome.INCONCLUSIVE:
        assert "requests that old.json has answers to are not answered now, such as GET" in result.finding.reason


class BreaksOnce(Deployment):
    """Refuses a limit of zero in another way, the first time only."""

    asked = False

    def too_small(self, limit: int) -> int:
        if not self.asked:
            self.asked = True
            return StatusOfBadInputChanged.too_small(self, limit)  # type: ignore[arg-type]
        return super().too_small(limit)


def test_a_break_is_read_again_before_it_counts(tmp_path: Path) -> None:
    path, scope = tmp_path / "old.json", Scope.parse(ROWS, "ERR-1,VER-2", None)
    path.write_text(document_text(redacted(judged(Deployment(), scope=scope))))
    assert stable(judged(StatusOfBadInputChanged(), path, scope)).outcome is Outcome.FAILED
    assert stable(judged(BreaksOnce(), path, scope)).outcome is not Outcome.FAILED


def test_without_a_key_there_is_nothing_to_compare(keep: Keep) -> None:
    baseline = read_baseline(keep("old.json"), BASE)
    report = run(InProcess(Deployment(), {}), CONTRACT, Scope.parse(ROWS, "VER-2", None), NAMES, baseline=baseline)
    assert stable(report).outcome is Outcome.NOT_TESTED


def test_only_what_the_given_keys_can_ask_is_asked(keep: Keep) -> None:
    baseline = read_baseline(keep("old.json"), BASE)
    client = InProcess(Deployment(), {"primary": KEYS["primary"]})
    report = run(client, CONTRACT, Scope.parse(ROWS, "VER-2", None), NAMES, baseline=baseline)
    assert stable(report).outcome is Outcome.PASSED
    assert {exchange.request.credential.account for exchange in report.exchanges} <= {"none", "primary"}


def test_v1_that_is_gone_is_judged_where_it_was_once_served(keep: Keep) -> None:
    report = judged(EndedForTheNext(), keep("old.json"))
    outcomes = {result.requirement.id: result.outcome for result in report.results}
    assert outcomes["VER-2"] is outcomes["VER-3"] is Outcome.FAILED
    with pytest.raises(Unreachable):
        judged(EndedForTheNext())
    with pytest.raises(Unreachable):
        judged(EndedForTheNext(), keep("other.json", base="https://production.example"))


# Recorded runs


@pytest.mark.parametrize(("miniature", "outcome"), [(Deployment, Outcome.PASSED), (FieldRemoved, Outcome.FAILED)])
def test_a_recording_is_held_against_an_earlier_report(
    miniature: type[Deployment], outcome: Outcome, keep: Keep, tmp_path: Path
) -> None:
    har = tmp_path / "run.har"
    har.write_text(har_text(redacted(judged(miniature()))))
    report = replay(read_recording(har), JudgingOptions(only="VER", baseline=keep("old.json")))
    assert stable(report).outcome is outcome, stable(report).finding.reason


def test_what_was_not_recorded_is_not_tested(tmp_path: Path) -> None:
    har, path = tmp_path / "run.har", tmp_path / "old.json"
    har.write_text(har_text(redacted(judged(Deployment()))))
    whole = judged(Deployment(), scope=Scope.parse(ROWS, None, "HOOK,RATE"))
    path.write_text(document_text(redacted(whole)))
    result = stable(replay(read_recording(har), JudgingOptions(only="VER", baseline=path)))
    assert result.outcome is Outcome.NOT_TESTED
    assert result.finding.reason.startswith("the recording has no GET /api/v1/")


# The command line


@pytest.mark.parametrize("command", [["run", BASE, "--plan"], ["replay"]])
def test_a_baseline_that_is_none_stops_in_one_sentence(command: list[str], tmp_path: Path) -> None:
    if command == ["replay"]:
        har = tmp_path / "run.har"
        har.write_text(har_text(redacted(judged(Deployment()))))
        command = ["replay", str(har)]
    result = CliRunner().invoke(main, [*command, "--baseline", "nowhere.json"], env={"ONEINVOICE_KEY": KEYS["primary"]})
    assert (result.exit_code, result.stderr) == (
        2,
        "oneinvoice-conform: nowhere.json is no file; name a report that --json wrote.\n",
    )
