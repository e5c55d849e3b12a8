import json
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.cli.replay import replay
from oneinvoice_conformance.http.recording.recording import read_recording
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope
from oneinvoice_conformance.options.run_options import JudgingOptions

from tests.miniatures import FAULTS, RATE_FREE, Deployment
from tests.unit.conformance.cli.test_replay import OF_A_CLIENT, ROWS, foreign, found, har, outcomes, recorded
from tests.unit.conformance.fakes import BASE

__all__ = ["har"]

SAMPLE = [
    "discovery-needs-key",
    "open-members",
    "unknown-key-reads-invoices",
    "revoked-key-works",
    "token-scheme-accepted",
    "filtered-quotes-of-everybody",
    "limit-ignored",
    "ties-at-random",
    "quotes-without-token",
    "negative-offset-crashes",
]


# What a run recorded


@pytest.mark.parametrize("name", ["", *SAMPLE, "rate-by-sliding-log", "slash-at-the-end"])
def test_a_runs_own_recording_gives_the_same_as_the_run(har: Path, name: str):
    variants = {**{fault: FAULTS[fault].deployment for fault in SAMPLE}, "": Deployment}
    before = recorded(variants[name]() if name in variants else RATE_FREE[name].deployment(), har)
    again = replay(read_recording(har), JudgingOptions(skip="HOOK"))
    assert found(again) == found(before)
    assert again.verdict is before.verdict
    assert len(again.exchanges) == len(before.exchanges)
    assert [each.started for each in again.exchanges] == pytest.approx(
        [each.started for each in before.exchanges], abs=0.001
    )


@pytest.mark.parametrize("name", ["cache-in-front", "cached-queries", "invoices-without-authentication"])
def test_what_was_asked_to_find_a_cause_finds_it_in_the_recording_too(har: Path, name: str):
    before = recorded(FAULTS[name].deployment(), har, Scope.parse(ROWS, None, "HOOK,RATE"))
    again = replay(read_recording(har), JudgingOptions(skip="HOOK,RATE"))
    assert len(before.causes) == 1
    assert [(cause.seen, cause.requirements) for cause in again.causes] == [
        (cause.seen, cause.requirements) for cause in before.causes
    ]
    assert len(again.exchanges) == len(before.exchanges)


def test_the_contract_is_judged_too(har: Path):
    scope = Scope.parse(ROWS, None, "HOOK,RATE,SPEC-3", strict=True)
    before = recorded(Deployment(), har, scope)
    assert found(before)["SPEC-1"][0] is Outcome.FAILED
    assert outcomes(har, skip="HOOK,RATE,SPEC-3", strict=True) == found(before)


def test_a_correct_deployment_is_judged_from_a_browsers_recording(har: Path):
    recorded(Deployment(), har)
    foreign(har, OF_A_CLIENT)
    again = outcomes(har)
    assert Outcome.FAILED not in {outcome for outcome, _ in again.values()}
    passed = {id for id, (outcome, _) in again.items() if outcome is Outcome.PASSED}
    assert {"DISC-1", "AUTH-1", "MEM-2", "MEM-7", "QUO-3", "INV-4"} <= passed
    assert again["ORG-1"][0] is Outcome.PASSED  # since the other key lists nothing of what the first one does
    assert {again[id][0] for id in ("AUTH-2", "ORG-3", "RATE-1", "RATE-2", "HOOK-1")} == {Outcome.NOT_TESTED}
    notes = replay(read_recording(har), JudgingOptions()).notes
    assert any("18 requests with other keys or credentials are left out" in note for note in notes)


@pytest.mark.parametrize("redirected", ["once", "never", "each time"])
def test_others_may_know_where_a_slash_is_wanted_or_be_redirected_each_time(har: Path, redirected: str):
    recorded(RATE_FREE["slash-at-the-end"].deployment(), har, Scope.parse(ROWS, None, "HOOK,RATE"))
    log = json.loads(har.read_text())["log"]
    first = next(entry for entry in log["entries"] if entry["request"]["url"] == f"{BASE}/api/v1/members")
    assert first["response"]["redirectURL"] == "/api/v1/members/"
    answered = [entry for entry in log["entries"] if entry["response"]["status"] != 308]
    if redirected == "never":
        log["entries"] = answered
    elif redirected == "each time":
        log["entries"] = [each for entry in answered for each in (before(entry), entry)]
    har.write_text(json.dumps({"log": log}))
    foreign(har, OF_A_CLIENT)
    again = outcomes(har)
    assert Outcome.FAILED not in {outcome for outcome, _ in again.values()}
    passed = {id for id, (outcome, _) in again.items() if outcome is Outcome.PASSED}
    assert {"DISC-1", "AUTH-1", "MEM-2", "MEM-7", "QUO-3", "INV-4"} <= passed


def before(entry: dict[str, Any]) -> dict[str, Any]:
    """The redirect that led to what was asked for in an entry."""
    url = entry["request"]["url"]
    location = [{"name": "Location", "value": url.removeprefix(BASE)}]
    request = entry["request"] | {"url": url.replace("/?", "?").removesuffix("/")}
    return entry | {"request": request, "response": entry["response"] | {"status": 308, "headers": location}}
