"""The document of the controls says what a running mock answers: real processes, real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs
import pytest
import urllib3
from oneinvoice_openapi.contract import operations

from tests.acceptance.running_mock import running_mock
from tests.integration.impl.receivers import receiver, status


def closed(schema: Any) -> Any:
    """The schema, where an object has no members but those that it names."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: closed(each) for name, each in schema.items()}
    if "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


@dataclass
class Described:
    """Controls of which each request and each answer is held to the document."""

    http: urllib3.PoolManager
    base: str
    document: dict[str, Any]
    asked: set[str] = field(default_factory=set)

    def ask(self, method: str, target: str, content: Any = None, expected: int = 200, invalid: bool = False) -> Any:
        """The answer; `invalid` is a request that the document forbids."""
        operation = self._operation(method, urlsplit(target).path)
        answer = self.http.request(method, self.base + target, json=content, retries=False, redirect=False, timeout=30)
        assert answer.status == expected, answer.data
        if content is not None:
            body = operation["requestBody"]["content"]["application/json"]["schema"]
            assert self._validator(body).is_valid(content) is not invalid, content
        described = self._resolved(operation["responses"].get(str(expected)) or operation["responses"]["default"])
        if "content" in described:
            media = answer.headers["Content-Type"].partition(";")[0]
            read = answer.json() if media.endswith("json") else answer.data.decode()
            self._validator(described["content"][media]["schema"]).validate(read)
            if expected < 400:
                self.asked.add(operation["operationId"])
            return read
        self.asked.add(operation["operationId"])
        return None

    def _operation(self, method: str, path: str) -> dict[str, Any]:
        (found,) = [
            operation
            for template, verb, operation in operations(self.document)
            if verb == method and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path)
        ]
        return found

    def _resolved(self, described: dict[str, Any]) -> Any:
        if "$ref" not in described:
            return described
        name = described["$ref"].rpartition("/")[2]
        return self.document["components"]["responses"][name]

    def _validator(self, schema: Any) -> Any:
        whole = closed(schema) | {"components": closed(self.document["components"])}
        return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@pytest.fixture(scope="module")
def mock() -> Iterator[dict[str, str]]:
    with running_mock() as variables:
        yield variables


@pytest.mark.parametrize("is_sandbox", [False, True], ids=["itself", "sandbox"])
def test_each_control_answers_as_described(mock: dict[str, str], is_sandbox: bool) -> None:
    url, key = mock["ONEINVOICE_URL"], mock["ONEINVOICE_KEY"]
    http = urllib3.PoolManager()
    itself = Described(http, f"{url}/_mock", http.request("GET", f"{url}/_mock/openapi.json").json())
    made = itself.ask("POST", "/sandboxes", {"scale": 20, "rate_limit": None}, 201)
    sandbox = f"/sandboxes/{made['id']}"
    controls = Described(http, itself.base + sandbox, itself.document) if is_sandbox else itself
    if is_sandbox:
        key = made["keys"]["primary"]
    with receiver(status("503 Service Unavailable", body=b"later")) as target:
        _webhooks(controls, target.url)
    _others(controls)
    for query in ("", "?status[]=active"):
        answer = http.request("GET", f"{url}/api/v1/members{query}", headers={"Authorization": f"Bearer {key}"})
        assert answer.status == (200 if query else 503)
    assert [each["status"] for each in controls.ask("GET", "/requests?after=0")["data"]] == [503, 200]
    controls.ask("POST", "/keys/limit", {"key": key, "limit": 70})
    controls.ask("DELETE", "/faults")
    controls.ask("GET", "/requests.har")
    controls.ask("DELETE", "/requests")
    _data(controls)
    snapshot = controls.ask("POST", "/snapshot")
    controls.ask("POST", "/restore", snapshot)
    controls.ask("POST", "/reset")
    controls.ask("GET", "/inbox", expected=303)
    controls.ask("POST", "/inbox", {"event": "invoice.paid"})
    itself.ask("GET", "/sandboxes")
    itself.ask("GET", sandbox)
    itself.ask("DELETE", sandbox)
    itself.ask("GET", sandbox, expected=404)
    everything = {operation["operationId"] for _, _, operation in operations(itself.document)}
    assert everything == controls.asked | itself.asked | {"describe_controls"}


def _webhooks(controls: Described, url: str) -> None:
    id = controls.ask(
        "POST", "/webhooks", {"url": url, "secret": "whsec_1", "events": ["quote.sent", "quote.created"]}
    )["id"]
    controls.ask("POST", "/webhooks", {"url": f"{url}2"})
    for event in ("invoice.paid", "quote.accepted", "api.change_announced"):
        controls.ask("POST", "/trigger", {"event": event})
    controls.ask("POST", "/trigger", {"event": "quote.sent", "set": {"customer.name": "Bo"}})
    controls.ask("POST", "/trigger", {"event": "quote.sent", "data": {"customer": {"name": "Bo"}}})
    controls.ask("POST", "/trigger", {"event": "invoice.eaten"}, 400, invalid=True)
    controls.ask("POST", "/trigger", {"set": {}}, 400, invalid=True)
    controls.ask("POST", "/trigger", {"event": "invoice.paid", "invoice": "inv_1"}, 404)
    _announcements(controls)
    controls.ask("POST", f"/webhooks/{id}/ping")
    controls.ask("POST", "/clock", {"advance": 5})
    delivery, *_ = controls.ask("GET", "/deliveries")["data"]
    assert delivery["attempts"]
    controls.ask("POST", f"/deliveries/{delivery['id']}/resend")
    controls.ask("POST", f"/webhooks/{id}/rotate")
    controls.ask("POST", f"/webhooks/{id}/rotate", {"secret": "whsec_2"})
    controls.ask("POST", f"/webhooks/{id}/rotate", {"secret": ""}, 400, invalid=True)
    controls.ask("PATCH", f"/webhooks/{id}", {"status": "disabled", "events": None})
    controls.ask("PATCH", f"/webhooks/{id}", {}, 400, invalid=True)
    controls.ask("GET", "/webhooks")
    controls.ask("DELETE", f"/webhooks/{id}")
    controls.ask("DELETE", f"/webhooks/{id}", expected=404)


def _announcements(controls: Described) -> None:
    change = {"title": "The field fax goes away", "effective_on": "2090-03-01"}
    told = {
        "id": "ann_fax",
        "text": "What breaks:\n- fax goes away.",
        "class": "breaking",
        "announced_on": "2026-01-01",
        "url": "https://a.example/",
        "operations": ["GET /api/v1/members"],
        "events": ["quote.sent"],
    }
    answer = controls.ask("POST", "/announcements", change, 201)
    assert (answer["endpoints"], len(answer["event"]["deliveries"])) == (1, 1)
    assert answer["announcement"] == change | {"id": answer["announcement"]["id"], "url": None}
    answer = controls.ask("POST", "/announcements", change | told, 201)
    assert answer["announcement"] == change | {name: told[name] for name in told if name != "announced_on"}
    detail = controls.ask("POST", "/announcements", change | {"id": "ann_fax"}, 409)["detail"]
    assert detail == "This change is already announced as ann_fax, to take effect on 2090-03-01; nothing was sent."
    controls.ask("POST", "/announcements", change | {"effective_on": "2020-03-01"}, 400)
    for name, value in (
        ("title", ""),
        ("title", None),
        ("effective_on", "soon"),
        ("announced_on", "soon"),
        ("text", ""),
        ("text", 5),
        ("class", "bad"),
        ("operations", "GET /api/v1/members"),
        ("operations", [""]),
        ("operations", ["GET /x"] * 201),
        ("events", [5]),
        ("usage", {}),
    ):
        controls.ask("POST", "/announcements", change | {name: value}, 400, invalid=True)
    for name in change:
        missing = {each: change[each] for each in change if each != name}
        controls.ask("POST", "/announcements", missing, 400, invalid=True)
    for name, value in (("text", "A\u202eB"), ("url", "javascript:x"), ("operations", ["A\nB"])):
        controls.ask("POST", "/announcements", change | {name: value}, 400)


def _others(controls: Described) -> None:
    controls.ask("GET", "/clock")
    controls.ask("POST", "/clock", {"set": "2038-01-20", "freeze": True})
    controls.ask("POST", "/clock", {"advance": -1}, 400, invalid=True)
    controls.ask("POST", "/clock/reset")
    controls.ask("POST", "/faults", {"operation": "list_quotes", "status": 429, "retry_after": 2, "times": 1})
    controls.ask("POST", "/faults", {"fault": "hang", "until": "2038-01-20", "probability": 0.5, "seed": 2})
    controls.ask("POST", "/faults", {"fault": "sneeze"}, 400, invalid=True)
    controls.ask("POST", "/faults", {"webhook": "delay", "event": "invoice.paid", "delay": 600})
    controls.ask("POST", "/faults", {"webhook": "lost"}, 400, invalid=True)
    for fault in controls.ask("GET", "/faults")["data"]:
        controls.ask("DELETE", f"/faults/{fault['id']}")
    controls.ask("DELETE", "/faults/flt_9", expected=404)
    controls.ask("POST", "/faults", {"operation": "list_members", "status": 503, "times": 1})
    controls.ask("POST", "/keys/limit", {"key": "no such key", "limit": 5}, 404)
    controls.ask("POST", "/keys/limit", {"limit": 5}, 400, invalid=True)


def _data(controls: Described) -> None:
    controls.ask("GET", "/fixtures.schema.json")
    controls.ask("POST", "/fixtures?replace=true", {"members": [{}], "other": {"quotes": [{}]}}, 201)
    controls.ask("POST", "/fixtures", {"members": [{"status": "gone"}]}, 400)
    (member,) = controls.ask("POST", "/members", {"status": "pending"}, 201)["data"]
    controls.ask("PATCH", f"/members/{member['id']}", {"status": "active"})
    controls.ask("PATCH", "/members/mem_none", {"status": "active"}, 404)
    made = {kind: controls.ask("POST", f"/{kind}", [{}, {}], 201)["data"][0] for kind in ("quotes", "invoices")}
    made["members"] = member
    for kind in ("members", "invoices", "quotes"):
        controls.ask("DELETE", f"/{kind}/{made[kind]['id']}")
        controls.ask("DELETE", f"/{kind}/none", expected=404)
        controls.ask("DELETE", f"/{kind}")
    played = {"fixtures": {"members": []}, "clock": {"set": "2030-01-01"}, "faults": [{"webhook": "drop", "times": 1}]}
    controls.ask("POST", "/scenario", played)
    controls.ask("POST", "/scenario", {"clock": {}}, 400, invalid=True)
    controls.ask("POST", "/scenario", {})


def test_it_is_for_its_user_alone(mock: dict[str, str]) -> None:
    headers = {"Origin": "https://elsewhere.example"}
    answer = urllib3.request("GET", f"{mock['ONEINVOICE_URL']}/_mock/openapi.json", headers=headers)
    assert answer.status == 403


def test_each_control_refuses_parameters_that_it_does_not_have_and_tells_those_that_it_has(
    mock: dict[str, str],
) -> None:
    base = f"{mock['ONEINVOICE_URL']}/_mock"
    document = urllib3.request("GET", f"{base}/openapi.json").json()
    for path, method, operation in operations(document):
        if path == "/inbox":
            continue  # a receiver, and no control: a webhook's URL may have any
        shared = document["components"]["parameters"]
        named = [
            shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
            for each in operation.get("parameters", ())
        ]
        known = [each["name"] for each in named if each["in"] == "query"]
        answer = urllib3.request(method, f"{base}{path.replace('{id}', 'none')}?limt=3")
        possible = f"what is known is {', '.join(known)}" if known else "this control has none"
        assert (answer.status, answer.json()["detail"]) == (400, f"limt is not a parameter; {possible}."), path


@pytest.mark.parametrize(
    ("method", "path", "status", "detail"),
    [
        ("GET", "/clok", 404, "There is no control /_mock/clok. Did you mean /_mock/clock? "),
        ("POST", "/webhook/whe_1/ping", 404, "Did you mean /_mock/webhooks/whe_1/ping? "),
        ("GET", "/zzz", 404, "There is no control /_mock/zzz. GET /_mock/openapi.json describes all of them."),
        ("GET", "/zzz?limit=3", 404, "There is no control /_mock/zzz. GET"),
        ("PUT", "/clock", 405, "PUT is not possible at this address; use GET or HEAD or OPTIONS or POST."),
        ("GET", "/sandboxes/none/clock?limt=3", 404, "There is no sandbox none."),
    ],
)
def test_an_unknown_path_is_told_what_may_be_meant(
    mock: dict[str, str], method: str, path: str, status: int, detail: str
) -> None:
    answer = urllib3.request(method, f"{mock['ONEINVOICE_URL']}/_mock{path}")
    assert (answer.status, detail in answer.json()["detail"]) == (status, True), answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.headers.get("Allow") is not None) == (status == 405)
