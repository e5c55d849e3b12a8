import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_conformance.engine.runner import run
from oneinvoice_conformance.http.client import Client
from oneinvoice_conformance.http.credentials import NOBODY, Role, in_query, other_schemes
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.http.failure import Failure, FailureKind
from oneinvoice_conformance.http.pacer import Pacer
from oneinvoice_conformance.http.recording.recording import read_recording
from oneinvoice_conformance.http.recording.transport import RecordedClock, RecordedTransport
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.model.scope import Scope

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import BASE, CONTRACT, KEYS, NAMES, VALID, InProcess, exchange
from tests.unit.conformance.reports.reporting import ROWS, answer, har_text, redacted, report, result

SCHEMA = jsonschema_rs.validator_for(
    json.loads((Path(__file__).parent / "schemas" / "har.schema.json").read_text()), validate_formats=True
)


def entries(*exchanges: Any) -> list[dict[str, Any]]:
    text = har_text(redacted(report(result("MEM-1", Outcome.PASSED, "fine", *exchanges))))
    assert not [secret for secret in (*KEYS.values(), "open-sesame") if secret[4:12] in text]
    content = json.loads(text)
    SCHEMA.validate(content)
    assert content["log"]["creator"]["version"]
    found: list[dict[str, Any]] = content["log"]["entries"]
    return found


def test_an_exchange_with_what_it_takes_to_judge_it_again():
    [entry] = entries(answer([1], number=7, started=1_767_225_600.5, seconds=0.25, sent=3.5))
    assert (entry["startedDateTime"], entry["time"]) == ("2026-01-01T00:00:00.500+00:00", 250)
    assert entry["request"]["url"] == f"{BASE}/api/v1/members?limit=7"
    assert entry["request"]["queryString"] == [{"name": "limit", "value": "7"}]
    assert entry["request"]["headers"] == [
        {"name": "X-Gate", "value": "<X-Gate>"},
        {"name": "Authorization", "value": "Bearer $ONEINVOICE_KEY"},
    ]
    assert entry["response"]["status"] == 200
    assert entry["response"]["content"] == {"size": 3, "mimeType": "text/x", "text": "[1]"}
    own = {name: value for name, value in entry.items() if name.startswith("_")}
    assert own == {
        "_number": 7,
        "_role": "primary",
        "_sent": 3.5,
        "_seconds": 0.25,
        "_error": None,
        "_failure": None,
    }


def test_a_key_in_the_query_is_told_as_its_variable_and_found_again(tmp_path: Path):
    asked = Request("quotes", in_query(KEYS["primary"]), (("status", "sent"),))
    deployed = Deployment()
    with InProcess(deployed) as client:
        got = [client.ask(Request("quotes", VALID)), client.ask(asked)]
    assert deployed.log[-1].target.endswith(f"&token={KEYS['primary']}")
    _, entry = entries(*got)
    assert entry["request"]["url"] == f"{BASE}{asked.target}"
    assert {"name": "api_key", "value": "$ONEINVOICE_KEY"} in entry["request"]["queryString"]
    assert [each["name"] for each in entry["request"]["headers"]] == ["X-Gate"]
    file = tmp_path / "run.har"
    file.write_text(har_text(redacted(report(result("MEM-1", Outcome.PASSED, "fine", *got)))))
    recording = read_recording(file)
    again = recording.deployment()
    transport = RecordedTransport(recording, RecordedClock(recording))
    with Client(again, pacer=Pacer(clock=RecordedClock(recording)), transport=transport) as client:
        replayed = client.ask(replace(asked, credential=in_query(again.keys[Role.PRIMARY])))
    assert replayed.status == 401


def test_secrets_in_whatever_came_are_redacted():
    token, basic, *_ = other_schemes(KEYS["primary"]).values()
    texts = [*KEYS.values(), "open-sesame", str(token.authorization), str(basic.authorization)]
    body = " ".join(texts).encode()
    redirect = exchange(body, 302, headers=(("Location", f"http://x/?k={KEYS['other']}"), ("X", KEYS["sibling"])))
    asked = Request("members", token, (("status", KEYS["other"]),))
    text, binary, *_ = entries(
        exchange(body, request=asked), exchange(b"\xff" + body, request=Request("", NOBODY)), redirect
    )
    assert "$ONEINVOICE_OTHER_KEY" in text["response"]["content"]["text"]
    assert binary["response"]["content"]["encoding"] == "base64"
    decoded = base64.b64decode(binary["response"]["content"]["text"])
    assert decoded.startswith(b"\xff$ONEINVOICE")
    assert not [secret for secret in (*KEYS.values(), "open-sesame") if secret[4:12].encode() in decoded]


def test_cookies_that_came_are_in_no_archive():
    cookies = (("Set-Cookie", "session=8f1c27d4; Path=/; HttpOnly"),)
    [entry] = entries(replace(answer([1]), headers=cookies))
    assert {"name": "Set-Cookie", "value": "session=<cookie>; Path=/; HttpOnly"} in entry["response"]["headers"]
    assert "8f1c27d4" not in json.dumps(entry)


def test_what_to_do_about_an_error_is_recorded_and_read_again():
    failure = Failure(FailureKind.OTHER, "the body is cut", f"have {KEYS['primary']} sent whole")
    [entry] = entries(answer(b"", 0, error=failure))
    assert entry["_remedy"] == "have $ONEINVOICE_KEY sent whole"
    [plain] = entries(answer(b"", 0, error=Failure(FailureKind.BROKEN, "connection broken")))
    assert "_remedy" not in plain


def test_an_error_stands_in_the_place_of_an_answer():
    [entry] = entries(answer(b"", 0, error=Failure(FailureKind.BROKEN, f"connection broken ({KEYS['primary']})")))
    assert (entry["response"]["status"], entry["_error"]) == (0, "connection broken ($ONEINVOICE_KEY)")


@pytest.mark.parametrize("status", [200, 299, 700])
def test_a_status_without_a_phrase_is_one(status: int):
    [entry] = entries(answer(b"", status))
    assert entry["response"]["status"] == status


def test_a_whole_run_is_an_archive():
    found = run(client := InProcess(Deployment()), CONTRACT, Scope.parse(ROWS, None, None), NAMES)
    content = json.loads(har_text(redacted(found, client.deployment)))
    SCHEMA.validate(content)
    assert [entry["_number"] for entry in content["log"]["entries"]] == list(range(1, len(found.exchanges) + 1))


def test_a_report_without_its_traffic_has_no_archive():
    with pytest.raises(ValueError, match="without its traffic"):
        har_text(replace(redacted(report(result("MEM-1", Outcome.PASSED))), traffic=None))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be"])
def test_a_secret_in_another_encoding_is_redacted(encoding: str):
    body = json.dumps([{"id": 1, "echo": f"Bearer {KEYS['primary']}"}]).encode(encoding)
    found = redacted(report(result("MEM-1", Outcome.FAILED, "so it is", exchange(body))))
    [entry] = json.loads(har_text(found))["log"]["entries"]
    shown = (
        base64.b64decode(entry["response"]["content"]["text"])
        if "encoding" in entry["response"]["content"]
        else (entry["response"]["content"]["text"].encode())
    )
    assert json.loads(shown.decode(encoding)) == [{"id": 1, "echo": "Bearer $ONEINVOICE_KEY"}]
    assert "Bearer $ONEINVOICE_KEY" in found.results[0].shown[0].body.text()
