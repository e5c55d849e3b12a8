"""What Debian's Chromium records of a page that reads the API, by Playwright and its own protocol, and `replay`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_conformance.cli.replay import replay
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.errors import Unreachable
from oneinvoice_conformance.http.recording.recording import read_recording
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.options.run_options import JudgingOptions
from playwright.sync_api import Browser, CDPSession, Page

from tests.browser.mocks import Mock, running_mock

QUERIES = (
    "members?limit=50&offset=0",
    "members?limit=50&offset=50",
    "members",
    "members?limit=10&status=active",
    "members?limit=10&offset=10&status=active",
    "members?status=inactive&_=1714554000123",
    "members?limit=25",
    "quotes",
    "quotes?status=accepted",
    "invoices",
    "invoices?status=paid",
)
_FETCH = """async ([base, key, queries]) => {
    await (await fetch(`${base}/api/v1`)).text();
    for (const query of queries) {
        const headers = {Authorization: `Bearer ${key}`};
        await (await fetch(`${base}/api/v1/${query}`, {headers})).text();
    }
}"""


@pytest.fixture(scope="module")
def own_mock() -> Iterator[Mock]:
    """With room for all that is recorded of it."""
    with running_mock("--rate-limit", "1000") as mock:
        yield mock


def read_lists(page: Page, mock: Mock) -> None:
    page.goto(f"{mock.url}/login")
    page.evaluate(_FETCH, [mock.url, mock.key, QUERIES])


def judged(path: Path) -> Report:
    return replay(read_recording(path), JudgingOptions(skip="HOOK"))


def ids(report: Report, outcome: Outcome) -> set[str]:
    return {result.requirement.id for result in report.results if result.outcome is outcome}


@pytest.mark.parametrize("mode", ["full", "minimal"])
@pytest.mark.parametrize(("content", "name"), [("embed", "x.har"), ("attach", "x.har"), ("attach", "x.har.zip")])
def test_playwrights_recording(browser: Browser, own_mock: Mock, tmp_path: Path, mode: Any, content: Any, name: str):
    path = tmp_path / name
    context = browser.new_context(record_har_path=path, record_har_mode=mode, record_har_content=content)
    read_lists(context.new_page(), own_mock)
    context.close()
    report = judged(path)
    assert ids(report, Outcome.FAILED) == set()
    assert len(ids(report, Outcome.PASSED)) >= 15
    assert {"AUTH-6", "MEM-2", "MEM-3", "QUO-2", "INV-4"} <= ids(report, Outcome.PASSED)


@pytest.mark.parametrize("mode", ["full", "minimal"])
def test_playwrights_recording_without_bodies_says_so(browser: Browser, own_mock: Mock, tmp_path: Path, mode: Any):
    path = tmp_path / "x.har"
    context = browser.new_context(record_har_path=path, record_har_mode=mode, record_har_content="omit")
    read_lists(context.new_page(), own_mock)
    context.close()
    with pytest.raises(Unreachable, match="entries without the body"):
        read_recording(path)


@pytest.mark.parametrize("sanitised", [False, True])
def test_what_the_network_panel_exports(browser: Browser, own_mock: Mock, tmp_path: Path, sanitised: bool):
    context = browser.new_context()
    page = context.new_page()
    panel = _Panel(context.new_cdp_session(page))
    for _ in range(2):  # with the answers that its cache has by then
        read_lists(page, own_mock)
    path = tmp_path / "x.har"
    path.write_text(json.dumps(panel.exported(sanitised=sanitised)))
    context.close()
    report = judged(path)
    assert ids(report, Outcome.FAILED) == set()
    assert len(ids(report, Outcome.PASSED)) >= 15
    assert ("AUTH-6" in ids(report, Outcome.PASSED)) is not sanitised


class _Panel:
    """What Chrome's network panel keeps of its protocol, and writes of it."""

    def __init__(self, session: CDPSession) -> None:
        self._session = session
        self._requests: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        self._bodies: dict[str, dict[str, Any]] = {}
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: self._requests.update({event["requestId"]: event}))
        session.on("Network.responseReceived", lambda event: self._answers.update({event["requestId"]: event}))
        session.on("Network.loadingFinished", self._keep)

    def _keep(self, event: dict[str, Any]) -> None:
        number = event["requestId"]
        self._bodies[number] = self._session.send("Network.getResponseBody", {"requestId": number})

    def exported(self, *, sanitised: bool) -> dict[str, Any]:
        entries = [self._entry(number, sanitised) for number in self._requests if number in self._bodies]
        creator = {"name": "WebInspector", "version": "537.36"}
        return {"log": {"version": "1.2", "creator": creator, "pages": [], "entries": entries}}

    def _entry(self, number: str, sanitised: bool) -> dict[str, Any]:
        sent, answer, body = self._requests[number], self._answers[number]["response"], self._bodies[number]
        secret = {"authorization", "cookie", "set-cookie"} if sanitised else set()
        content = {"size": len(body["body"].encode()), "mimeType": answer["mimeType"], "text": body["body"]}
        entry = {
            "_resourceType": sent.get("type", "").lower(),
            "startedDateTime": datetime.fromtimestamp(sent["wallTime"], UTC).isoformat(),
            "time": 1000 * (self._answers[number]["timestamp"] - sent["timestamp"]),
            "request": {
                "method": sent["request"]["method"],
                "url": sent["request"]["url"],
                "headers": _pairs(sent["request"]["headers"], secret),
                "cookies": [],
            },
            "response": {
                "status": answer["status"],
                "headers": _pairs(answer["headers"], secret),
                "content": content | ({"encoding": "base64"} if body["base64Encoded"] else {}),
                "_fetchedViaServiceWorker": answer.get("fromServiceWorker", False),
            },
            "cache": {},
        }
        return entry | ({"_fromCache": "disk"} if answer.get("fromDiskCache") else {})


def _pairs(headers: dict[str, str], secret: set[str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers.items() if name.lower() not in secret]
