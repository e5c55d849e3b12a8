import json
from typing import Any

import pytest
from oneinvoice_conformance.reports.client.har import client_har_parts

from tests.unit.conformance.reports import reporting
from tests.unit.conformance.reports.client.judged import TRIALS, client_report, redacted, sent
from tests.unit.conformance.reports.test_har import SCHEMA


def archive(report: Any = None) -> dict[str, Any]:
    content = json.loads("".join(client_har_parts(redacted(report, traffic=True))))
    SCHEMA.validate(content)
    log: dict[str, Any] = content["log"]
    return log


def test_each_scenario_is_a_page_with_what_an_archive_has_no_field_for():
    pages = archive()["pages"]
    assert [page["id"] for page in pages] == [trial.scenario for trial in TRIALS]
    own = pages[1]["_oneinvoice"]
    assert (own["seed"], own["facts"]) == (7001, {"limited_at": 0.62, "per": 3.0, "keys": ["a", "b"]})
    assert own["program"] == {"code": 0, "seconds": 4.2, "output": "done, 9 retries"}
    assert pages[5]["_oneinvoice"]["waits"] == [{"start": 19.0, "end": 20.9, "what": "an effect may still come"}]


def test_requests_and_deliveries_are_entries_in_the_order_of_time():
    entries = archive()["entries"]
    assert len(entries) == sum(len(trial.requests) + len(trial.deliveries) for trial in TRIALS)
    first = [entry for entry in entries if entry["pageref"] == "well-behaved"]
    assert [entry["request"]["method"] for entry in first] == ["GET"] * 7 + ["POST"] * 3
    limited = [entry for entry in entries if entry["pageref"] == "limited"][5]
    assert (limited["startedDateTime"], limited["time"]) == ("2026-01-01T00:00:03.620+00:00", 20.0)
    assert limited["timings"] == {"send": 0, "wait": 15.0, "receive": 5.0}
    assert limited["response"]["content"]["text"] == '{"title": "Too many"}'
    own = limited["_oneinvoice"]["request"]
    assert (own["at"], own["answered"], own["hold"], own["mark"]) == (0.62, 0.64, 2.64, "limited")


def test_a_delivery_has_its_body_and_what_it_was():
    [entry] = [entry for entry in archive()["entries"] if "cut to 32 hex" in entry["comment"]]
    assert json.loads(entry["request"]["postData"]["text"])["event"] == "invoice.paid"
    assert (entry["comment"], entry["response"]["status"]) == ("forged, cut to 32 hex", 200)
    assert entry["_oneinvoice"]["delivery"]["kind"] == "forged"


def test_a_body_that_is_no_text_is_kept():
    trial = TRIALS[5].__class__("odd", "Odd.", 1, 0.0, 1.0, deliveries=(sent(1, 0.1, "ping", body=b"\xff\xfe\x00"),))
    [entry] = archive(client_report(trials=(trial,)))["entries"]
    assert entry["request"]["postData"] == {"mimeType": "", "text": "//4A", "_encoding": "base64"}


def test_the_archive_of_a_deployment_is_another():
    with pytest.raises(ValueError, match="of a deployment"):
        next(client_har_parts(reporting.redacted(reporting.report())))
