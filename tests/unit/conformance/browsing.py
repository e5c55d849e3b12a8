"""Archives as a browser exports them: what a page of the miniature's users asks for in some minutes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from oneinvoice_conformance.cli.replay import replay
from oneinvoice_conformance.engine.report import Report
from oneinvoice_conformance.http.recording.recording import read_recording
from oneinvoice_conformance.model.outcome import Outcome
from oneinvoice_conformance.options.run_options import JudgingOptions
from werkzeug.test import Client, TestResponse

from tests.miniatures import Deployment
from tests.unit.conformance.fakes import KEYS

APP = "https://app.example"
BEGINNING = datetime(2026, 5, 1, 9, tzinfo=UTC)
# The queries of a page with tables of members, quotes and invoices.
PAGES = (
    "",
    "members?limit=50&offset=0",
    "members?limit=50&offset=50",
    "members?limit=50&offset=100",
    "members",
    "members?status=active&limit=10",
    "members?status=active&limit=10&offset=10",
    "members?status=pending&limit=100",
    "members?status=inactive",
    "members?limit=25",
    "quotes",
    "quotes?status=accepted",
    "invoices",
    "invoices?status=paid",
)
Entry = dict[str, Any]


def browsed(
    deployment: Deployment,
    queries: Iterable[str] = PAGES,
    *,
    times: int = 2,
    key: str | None = KEYS["primary"],
    before_each: Callable[[Deployment], object] = lambda deployment: None,
) -> list[Entry]:
    """The entries of so many rounds through the queries, some seconds apart; discovery is asked without the key."""
    client, at, entries = Client(deployment), BEGINNING, []
    for query in [*queries] * times:
        before_each(deployment)
        at += timedelta(seconds=4)
        headers = {"Authorization": f"Bearer {key}"} if key and query else {}
        with suppress(OSError):
            answer = client.get(f"/api/v1/{query}".rstrip("/"), headers=headers)
            entries.append(entry(query, answer, at, {name.lower(): value for name, value in headers.items()}))
    return entries


def entry(
    query: str, answer: TestResponse, at: datetime = BEGINNING, headers: Mapping[str, str] | None = None
) -> Entry:
    """One exchange as Chrome exports it, from HTTP/2."""
    sent = {":authority": "app.example", "accept": "*/*", **headers}
    return {
        "_initiator": {"type": "script"},
        "_resourceType": "fetch",
        "cache": {},
        "request": {
            "method": "GET",
            "url": f"{APP}/api/v1/{query}".rstrip("/"),
            "httpVersion": "http/2.0",
            "headers": pairs(sent.items()),
            "queryString": [],
            "cookies": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": answer.status_code,
            "statusText": "",
            "httpVersion": "http/2.0",
            "headers": pairs((name.lower(), value) for name, value in answer.headers),
            "cookies": [],
            "content": {
                "size": len(answer.data),
                "mimeType": "application/json",
                "text": answer.get_data(as_text=True),
            },
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": -1,
            "_transferSize": 900,
            "_error": None,
            "_fetchedViaServiceWorker": False,
        },
        "startedDateTime": at.isoformat().replace("+00:00", "Z"),
        "time": 12.5,
        "timings": {"send": 0.1, "wait": 12, "receive": 0.4},
    }


def pairs(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]


def archive(entries: Iterable[Any], **log: Any) -> dict[str, Any]:
    creator = {"name": "WebInspector", "version": "537.36"}
    return {"log": {"version": "1.2", "creator": creator, "pages": [], **log, "entries": [*entries]}}


def replayed(path: Path, entries: Iterable[Any] | None = None, **judging: Any) -> Report:
    """The report on a file, which is written with these entries if there are any."""
    if entries is not None:
        path.write_text(json.dumps(archive(entries)))
    return replay(read_recording(path), JudgingOptions(**judging))


def ids(report: Report, outcome: Outcome) -> set[str]:
    return {result.requirement.id for result in report.results if result.outcome is outcome}


def reason(report: Report, id: str) -> str:
    return next(result.finding.reason for result in report.results if result.requirement.id == id)
