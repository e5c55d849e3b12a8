import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema_rs
import pytest
from oneinvoice_conformance.cli.report_options import WRITERS
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.history.saved_report import read_report
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.result import ExpectedFailure
from oneinvoice_conformance.reports.client.document import client_document, client_schema

from tests.unit.conformance.reports import reporting
from tests.unit.conformance.reports.client.judged import TRIALS, client_report, redacted, results

SCHEMA = jsonschema_rs.validator_for(client_schema(), validate_formats=True)


def test_the_schema_is_one():
    jsonschema_rs.meta.validate(client_schema())


@pytest.mark.parametrize("traffic", [False, True])
def test_a_report_is_valid_and_the_same_beside_an_archive(traffic: bool):
    document = client_document(redacted(traffic=traffic))
    SCHEMA.validate(document)
    assert document == client_document(redacted())


def test_what_the_report_tells():
    document = client_document(redacted(client_report(only="PACE,hook-2")))
    assert {name: document[name] for name in ("format", "subject", "verdict", "client", "depth")} == {
        "format": 1,
        "subject": "client",
        "verdict": "violations",
        "client": "python sync.py --all",
        "depth": "run",
    }
    assert document["scope"] == {"only": ["CLIENT/PACE", "CLIENT/HOOK-2"], "skip": [], "interrupted": False}
    assert sum(document["counts"].values()) == len(document["requirements"]) == 29
    rows = {row["id"]: row for row in document["requirements"]}
    assert rows["CLIENT/HOOK-2"]["evidence"] == [{"scenario": "forged", "requests": [], "deliveries": [6]}]
    assert rows["CLIENT/HOOK-4"]["remedy"] == ["--readback"]
    assert rows["CLIENT/KEY-1"]["source"] == "RFC 6750, sections 2.3 and 5.3"
    assert "source" not in rows["CLIENT/KEY-3"]
    assert rows["CLIENT/PAGE-4"]["outcome"] == "warned"


def test_what_happened_in_a_scenario_with_its_times():
    scenarios = {each["name"]: each for each in client_document(redacted())["scenarios"]}
    assert list(scenarios) == [trial.scenario for trial in TRIALS]
    limited = scenarios["limited"]
    assert (limited["started_at"], limited["seconds"], limited["seed"]) == ("2026-01-01T00:00:03.000+00:00", 4.6, 7001)
    assert limited["program"] == {"code": 0, "seconds": 4.2, "output": "done, 9 retries"}
    first, sixth, eighth = (limited["requests"][index] for index in (0, 5, 7))
    assert (first["mark"], first["hold"], first["records"], first["total"]) == ("plain", None, 50, 120)
    assert "body" not in first
    assert (sixth["mark"], sixth["status"], sixth["answered"], sixth["hold"]) == ("limited", 429, 0.64, 2.64)
    assert ["Retry-After", "2"] in eighth["answer_headers"]
    assert (eighth["body"], eighth["key_places"]) == ('{"title": "Too many"}', ["Authorization: Bearer"])
    lost = scenarios["outage"]["requests"][-1]
    assert (lost["status"], lost["answering"], lost["answered"]) == (None, None, None)
    assert scenarios["outage"]["program"]["code"] is None
    forged = scenarios["forged"]
    assert forged["waits"] == [{"start": 19.0, "end": 20.9, "what": "an effect may still come"}]
    assert (forged["deliveries"][5]["form"], forged["deliveries"][5]["kind"]) == ("cut to 32 hex", "forged")
    assert forged["deliveries"][10]["problem"] == "no answer within 15 s"
    assert scenarios["untrusted"]["problem"] == "the client speaks http alone"


@pytest.mark.parametrize("outcome", Outcome)
def test_a_report_of_any_outcome_is_valid(outcome: Outcome):
    found = [replace(each, finding=replace(each.finding, outcome=outcome)) for each in results()]
    known = ExpectedFailure("tight loop", "team", date(2026, 12, 31))
    report = client_report([replace(each, expected=known) for each in found], trials=())
    document = client_document(redacted(report))
    SCHEMA.validate(document)
    assert document["requirements"][0]["expected"]["expires"] == "2026-12-31"


def test_a_deployments_report_is_not_a_clients_nor_one_the_other():
    with pytest.raises(ValueError, match="of a deployment"):
        client_document(reporting.redacted(reporting.report()))
    assert not SCHEMA.is_valid(json.loads("".join(WRITERS["json"](reporting.redacted(reporting.report())))))
    SCHEMA.validate(json.loads("".join(WRITERS["json"](redacted()))))


def test_what_compares_deployments_says_that_it_takes_no_client(tmp_path: Path):
    path = tmp_path / "client.json"
    path.write_text("".join(WRITERS["json"](redacted())))
    with pytest.raises(UsageError, match="is a report on a client, and this compares deployments"):
        read_report(path)
