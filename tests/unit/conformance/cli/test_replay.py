import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from click.testing import Result as Ran
from oneinvoice_conformance.cli.main import main
from oneinvoice_conformance.cli.replay import replay
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.recording.entries import RecordedExchange
from oneinvoice_conformance.http.recording.recording import Recording, read_recording
from oneinvoice_conformance.http.recording.transport import RecordedClock, RecordedTransport
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.run_options import JudgingOptions
from oneinvoice_openapi.register import register

from tests.miniatures import FAULTS, Deployment
from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, NAMES, InProcess
from tests.unit.conformance.reports.reporting import har_text, redacted

ROWS = register().of("deployment")


@pytest.fixture
def har(tmp_path: Path) -> Path:
    return tmp_path / "run.har"


def recorded(deployment: Deployment, har: Path, scope: Scope | None = None) -> Report:
    """The report of a run on it, whose archive is written."""
    client = InProcess(deployment)
    deployment.clock = client.pacer.clock.now
    report = run(client, CONTRACT, scope or Scope.parse(ROWS, None, "HOOK"), NAMES)
    har.write_text(har_text(redacted(report, client.deployment)))
    return report


def found(report: Report) -> dict[str, tuple[Outcome, str]]:
    return {result.requirement.id: (result.outcome, result.finding.reason) for result in report.results}


def outcomes(har: Path, **judging: Any) -> dict[str, tuple[Outcome, str]]:
    return found(replay(read_recording(har), JudgingOptions(**judging)))


def test_what_a_short_run_had_no_room_for_is_not_missed(har: Path):
    recorded(Deployment(), har, Scope.parse(ROWS, None, "HOOK,RATE"))
    again = outcomes(har)
    assert {again[id][0] for id in ("AUTH-1", "AUTH-2", "AUTH-3", "AUTH-4", "AUTH-5", "ERR-1")} == {Outcome.PASSED}


def test_what_was_not_recorded_is_not_tested_and_says_so(har: Path):
    recorded(Deployment(), har, Scope.parse(ROWS, "MEM-2,DISC", None))
    again = outcomes(har)
    assert again["MEM-2"][0] is Outcome.PASSED
    outcome, reason = again["AUTH-4"]
    assert outcome is Outcome.NOT_TESTED
    assert reason == "the recording has no GET /api/v1/members with the key under the scheme Token"
    assert again["HOOK-1"] == (
        Outcome.NOT_TESTED,
        "a recording of requests has no deliveries; judge those with verify --capture",
    )
    assert again["AUTH-3"] == (
        Outcome.NOT_TESTED,
        "the recording has nothing that decides it; in a run, give a revoked key with --revoked-key",
    )
    assert Outcome.FAILED not in {outcome for outcome, _ in again.values()}


# What others recorded


def foreign(har: Path, keep: Any = lambda entry: True, *, times: int = 1, headers: Any = None) -> None:
    """Make the archive one of a browser: it knows nothing of roles, and has the keys."""
    log = json.loads(har.read_text())["log"]
    entries = [entry for entry in log["entries"] if keep(entry)]
    for entry in entries:
        role = entry["_role"]
        own = [{"name": "authorization", "value": f"Bearer {KEYS[role]}"}] if role in KEYS else []
        entry["request"]["headers"] = own if headers is None else headers
        for name in [name for name in entry if name.startswith("_")]:
            del entry[name]
    again = [entry | {"startedDateTime": later(entry, minutes)} for minutes in range(times) for entry in entries]
    content = {"version": "1.2", "creator": {"name": "WebInspector", "version": "537.36"}, "entries": again}
    har.write_text("\ufeff" + json.dumps({"log": content}))


def later(entry: dict[str, Any], minutes: int) -> str:
    return (datetime.fromisoformat(entry["startedDateTime"]) + timedelta(minutes=minutes)).isoformat()


def is_sent_by(*roles: str) -> Any:
    return lambda entry: entry["_role"] in roles


OF_A_CLIENT = is_sent_by("primary", "none", "other")


def test_a_failure_that_one_answer_does_not_prove_takes_two_recorded_readings(har: Path):
    recorded(FAULTS["default-of-20"].deployment(), har, Scope.parse(ROWS, "MEM-2", None))
    log = json.loads(har.read_text())["log"]
    first_of_each = {entry["request"]["url"]: entry for entry in reversed(log["entries"])}
    for times, expected in ((1, Outcome.INCONCLUSIVE), (2, Outcome.FAILED)):
        har.write_text(json.dumps({"log": log | {"entries": list(first_of_each.values())}}))
        foreign(har, times=times)
        outcome, reason = outcomes(har)["MEM-2"]
        assert outcome is expected, reason
        assert reason.startswith("the recording has no further GET /api/v1/members") is (times == 1)


def test_credentials_that_were_taken_out_of_the_file_are_no_open_door(har: Path):
    recorded(Deployment(), har)
    foreign(har, OF_A_CLIENT, headers=[])
    recording = read_recording(har)
    again = found(replay(recording, JudgingOptions()))
    assert again["MEM-1"][0] is Outcome.PASSED
    assert again["AUTH-1"][0] is Outcome.NOT_TESTED
    assert any("no credentials" in note for note in recording.notes)


def test_a_session_of_the_dashboard_is_no_open_door(har: Path):
    recorded(Deployment(), har)
    foreign(har, is_sent_by("primary"), headers=[{"name": "Cookie", "value": "session=1"}])
    again = outcomes(har)
    assert again["AUTH-1"][0] is Outcome.NOT_TESTED
    assert Outcome.FAILED not in {outcome for outcome, _ in again.values()}


def test_the_order_of_parameters_and_what_has_no_body_make_no_difference(har: Path):
    recorded(Deployment(), har)
    log = json.loads(har.read_text())["log"]
    for entry in log["entries"]:
        path, _, query = entry["request"]["url"].partition("?")
        entry["request"]["url"] = f"{path}?{'&'.join(reversed(query.split('&')))}" if query else path
    stripped = [
        {**entry, "response": {**entry["response"], "content": {"size": 9, "mimeType": ""}}} for entry in log["entries"]
    ]
    elsewhere = [
        {**entry, "request": {**entry["request"], "url": "https://x.example/app.js"}} for entry in log["entries"]
    ]
    har.write_text(json.dumps({"log": log | {"entries": [*stripped, *elsewhere, *log["entries"]]}}))
    foreign(har, OF_A_CLIENT)
    assert outcomes(har)["MEM-7"][0] is Outcome.PASSED


@pytest.mark.parametrize("status", [200, 203, 206])
def test_the_primary_key_is_the_first_that_was_served(har: Path, status: int):
    recorded(Deployment(), har)
    refused = is_sent_by("revoked")
    foreign(har, lambda entry: refused(entry) or OF_A_CLIENT(entry))
    log = json.loads(har.read_text("utf-8-sig"))["log"]
    log["entries"].sort(key=lambda entry: entry["response"]["status"] != 401)
    for entry in log["entries"]:
        if entry["response"]["status"] == 200:
            entry["response"]["status"] = status
    har.write_text(json.dumps({"log": log}))
    assert outcomes(har)["MEM-1"][0] is Outcome.PASSED


def test_what_a_browser_had_already_is_no_answer(har: Path):
    recorded(Deployment(), har)
    log = json.loads(har.read_text())["log"]
    cached = {"status": 304, "content": {"size": 0, "mimeType": ""}}
    had = [{**entry, "response": entry["response"] | cached} for entry in log["entries"]]
    har.write_text(json.dumps({"log": log | {"entries": [*had, *log["entries"]]}}))
    foreign(har, OF_A_CLIENT)
    assert outcomes(har)["MEM-7"][0] is Outcome.PASSED


def test_the_clock_of_a_recording_is_as_late_as_the_answer_that_was_taken():
    answers = [RawResponse(sent, sent + 2, 200) for sent in (5.0, 60.0)]
    entries = tuple(RecordedExchange(BASE, ("/api/v1", ()), Role.NONE, answer) for answer in answers)
    recording = Recording(BASE, entries, by_suite=True)
    clock = RecordedClock(recording)
    transport, call = RecordedTransport(recording, clock), OutgoingRequest(f"{BASE}/api/v1", {})
    assert clock.now() == 5
    for answer in answers:
        assert transport.fetch([call], clock) == [answer]
        assert clock.now() == answer.received
    clock.wait(100)
    assert clock.now() == 162


# The command line


def conform(*arguments: str | Path) -> Ran:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_the_command_judges_and_writes_reports_without_any_secret(har: Path):
    deployment = Deployment()
    recorded(deployment, har)
    text = har.read_text().replace("Højskolen", KEYS["primary"])
    har.write_text(text.replace("Åse", KEYS["other"]))
    foreign(har)
    names = {"--json": "r.json", "--junit": "r.xml", "--markdown": "r.md", "--badge": "r.svg", "--har": "r.har"}
    files = [part for option, name in names.items() for part in (option, har.parent / name)]
    ran = conform("replay", har, "--only", "MEM,AUTH,QUO", *files)
    assert ran.exit_code == 3, ran.output
    assert "none was sent" in ran.output
    written = [ran.output, *((har.parent / name).read_text() for name in names.values())]
    assert not [key for key in KEYS.values() for text in written if key[:12] in text]


LOG = {"version": "1.2", "creator": {"name": "x", "version": "1"}}
ENTRY = {
    "startedDateTime": "2026-01-01T00:00:00Z",
    "time": 1,
    "request": {"method": "GET", "url": f"{BASE}/api/v1/members", "headers": []},
    "response": {"status": 200, "headers": [], "content": {"size": 6, "mimeType": "text/html", "text": "<html>"}},
}


@pytest.mark.parametrize(
    ("content", "code", "part"),
    [
        ("", 2, "cut short"),
        (json.dumps({"log": {**LOG, "entries": [ENTRY]}})[:200], 2, "cut short"),
        ("\x00\x01", 2, "is no HAR file"),
        ("[1]", 2, "is no HAR file"),
        ("[" * 100_000, 2, "is no HAR file"),
        (json.dumps({"log": [1]}), 2, "it has no log"),
        (json.dumps({"log": LOG}), 2, "its log has no entries"),
        (json.dumps({"log": {**LOG, "entries": [1]}}), 4, "1 entry without a response, headers or a time"),
        (
            json.dumps({"log": {**LOG, "entries": [{**ENTRY, "time": float("inf")}]}}),
            2,
            "it holds Infinity, which JSON has not",
        ),
        (json.dumps({"log": {**LOG, "entries": [{**ENTRY, "time": 1e300}]}}), 4, "1 entry without a response"),
        (
            json.dumps({"log": {**LOG, "entries": [{**ENTRY, "startedDateTime": "soon"}]}}),
            4,
            "or a time that can be read",
        ),
        (json.dumps({"log": {**LOG, "creator": {"name": "oneinvoice-conform"}, "entries": [ENTRY]}}), 2, "_rate_limit"),
        (json.dumps({"log": {**LOG, "entries": []}}), 4, "has no request of this API"),
        (json.dumps({"log": {**LOG, "entries": [ENTRY]}}), 4, "is not this API"),
        (
            json.dumps(
                {"log": {**LOG, "entries": [{**ENTRY, "request": {**ENTRY["request"], "url": "https://a.b/c"}}]}}
            ),
            4,
            "has no request",
        ),
    ],
)
def test_what_is_no_recording_of_this_api_is_refused_in_a_sentence(har: Path, content: str, code: int, part: str):
    har.write_text(content)
    ran = conform("replay", har)
    assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (code, "", 1), ran.output
    assert part in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_recording_that_was_cut_short_anywhere_is_refused_in_a_sentence(har: Path):
    recorded(Deployment(), har, Scope.parse(ROWS, "MEM-2,DISC", None))
    whole = har.read_bytes().rstrip()
    for part in range(20):
        har.write_bytes(whole[: len(whole) * part // 20])
        ran = conform("replay", har)
        assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (2, "", 1), ran.output
        assert "run.har is no HAR file" in ran.stderr
        assert "cut short, so export it again" in ran.stderr
    har.write_bytes(whole[:-1])
    assert conform("replay", har).exit_code == 2


def test_a_recording_of_another_api_is_refused_in_a_sentence(har: Path):
    recorded(Deployment(), har, Scope.parse(ROWS, "MEM-2,DISC", None))
    foreign(har)
    text = har.read_text()
    for other, part in (
        (text.replace("/api/v1", "/rest/v3"), "has no request"),
        (text.replace("GET", "POST"), "has no"),
    ):
        har.write_text(other)
        ran = conform("replay", har)
        assert (ran.exit_code, ran.stdout, ran.stderr.count("\n")) == (4, "", 1), ran.output
        assert part in ran.stderr


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("_sent", 1e17, 3),
        ("_seconds", -1, 3),
        ("_sent", "x", 3),
        ("_role", None, 3),
        ("_role", "emperor", 3),
        ("_rate_limit", -1, 3),
    ],
)
def test_a_recording_of_ours_that_was_meddled_with(har: Path, name: str, value: object, code: int):
    recorded(Deployment(), har, Scope.parse(ROWS, "MEM-2,DISC", None))
    content = json.loads(har.read_text())
    (content["log"] if name == "_rate_limit" else content["log"]["entries"][-1])[name] = value
    har.write_text(json.dumps(content))
    ran = conform("replay", har)
    assert ran.exit_code == code, ran.output
    assert ("left out: 1 entry without" in ran.output) is (name != "_rate_limit")
    assert "the kit failed" not in ran.output.lower()


def test_a_file_that_is_missing_or_huge(har: Path):
    assert "is no file" in conform("replay", har).stderr
    with har.open("wb") as file:
        file.truncate(5 * 2**30)
    ran = conform("replay", har)
    assert (ran.exit_code, "larger than 4,096 MiB" in ran.stderr) == (2, True)
