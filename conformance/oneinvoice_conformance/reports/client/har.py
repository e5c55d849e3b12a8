"""Traffic of a client's scenarios as an HTTP archive (HAR 1.2), with a page for each scenario."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oneinvoice_openapi.printable import json_text

from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.http.recording.content import as_text
from oneinvoice_conformance.reports.client.document import end_of, observed_of, sent_of, wait_of
from oneinvoice_conformance.reports.har import phrase, shown_pairs
from oneinvoice_conformance.reports.redacted import (
    Pairs,
    RedactedBody,
    RedactedReport,
    RedactedRequest,
    RedactedSent,
    RedactedTrial,
)

CREATOR = "oneinvoice-conform client"
_NOWHERE = "host.invalid"  # in the place of a host that nothing tells


def client_har_parts(report: RedactedReport) -> Iterator[str]:
    """Yield the parts of an archive of what the client asked and what it was sent, scenario by scenario.

    Besides what HAR has, the log, each page and each entry hold `_oneinvoice`: the log `client`, `depth`, and kit,
    contract and configuration as the JSON report has them; a page the `scenario` with seed, program, waits and facts;
    an entry `request` or `delivery` with the fields of the JSON report, times in seconds since the scenario began.
    """
    if report.client is None:
        raise ValueError("the report is of a deployment")
    trials = report.client.trials
    content = {
        "log": {
            "version": "1.2",
            "creator": {"name": CREATOR, "version": version("oneinvoice-kit")},
            "comment": "Keys and other secrets are replaced by the names of their variables.",
            "pages": list(map(_page, trials)),
            "_oneinvoice": {
                "client": report.base,
                "depth": report.client.depth,
                "kit": kit(),
                "contract": report.contract.as_json(),
                "configuration": dict(report.configuration),
            },
            "entries": [],
        }
    }
    before, _, after = json_text(content).rpartition("[]")
    yield f"{before}["
    entries = (entry for trial in trials for entry in _entries(trial))
    for number, entry in enumerate(entries):
        yield (", " if number else "") + json_text(entry)
    yield f"]{after}\n"


def _page(trial: RedactedTrial) -> dict[str, Any]:
    return {
        "startedDateTime": _instant(trial.started),
        "id": trial.scenario,
        "title": trial.title,
        "pageTimings": {"onLoad": round(trial.seconds * 1000, 3)},
        "_oneinvoice": {
            "scenario": trial.scenario,
            "seed": trial.seed,
            "seconds": trial.seconds,
            "problem": trial.problem or None,
            "program": end_of(trial.program) if trial.program else None,
            "readback": trial.kept,
            "waits": list(map(wait_of, trial.waits)),
            "facts": dict(trial.facts),
        },
    }


def _entries(trial: RedactedTrial) -> Iterator[dict[str, Any]]:
    """Yield an entry for each request and delivery of a trial, by the time at which it came or went."""
    timed: list[RedactedRequest | RedactedSent] = [*trial.requests, *trial.deliveries]
    for each in sorted(timed, key=lambda each: (each.at, each.number)):
        yield _of_request(trial, each) if isinstance(each, RedactedRequest) else _of_delivery(trial, each)


def _of_request(trial: RedactedTrial, request: RedactedRequest) -> dict[str, Any]:
    until = request.answering if request.answering is not None else request.at
    end = request.answered if request.answered is not None else until
    return {
        **_timed(trial, request.at, until, end),
        "request": _request(request.method, request.target, request.headers),
        "response": _response(request.status, request.answer_headers, request.body),
        "connection": str(request.connection),
        "comment": ", ".join(filter(None, (request.mark.value, request.note))),
        "_oneinvoice": {"request": observed_of(request)},
    }


def _of_delivery(trial: RedactedTrial, delivery: RedactedSent) -> dict[str, Any]:
    end = delivery.answered if delivery.answered is not None else delivery.at
    body = delivery.body.content if delivery.body else b""
    posted = {"mimeType": _header(delivery.headers, "Content-Type"), **as_text(body)}
    if "encoding" in posted:  # which HAR has for answers alone
        posted["_encoding"] = posted.pop("encoding")
    return {
        **_timed(trial, delivery.at, end, end),
        "request": {
            **_request("POST", "/", delivery.headers),
            "bodySize": delivery.body.size if delivery.body else -1,
            "postData": posted,
        },
        "response": _response(delivery.status, (), None),
        "comment": ", ".join(filter(None, (delivery.kind.value, delivery.form))),
        "_oneinvoice": {"delivery": sent_of(delivery)},
    }


def _timed(trial: RedactedTrial, at: float, until: float, end: float) -> dict[str, Any]:
    wait, receive = (round(max(0.0, seconds) * 1000, 3) for seconds in (until - at, end - until))
    return {
        "pageref": trial.scenario,
        "startedDateTime": _instant(trial.started + at),
        "time": round(wait + receive, 3),
        "cache": {},
        "timings": {"send": 0, "wait": wait, "receive": receive},
    }


def _request(method: str, target: str, headers: Pairs) -> dict[str, Any]:
    return {
        "method": method,
        "url": f"http://{_header(headers, 'Host') or _NOWHERE}{target}",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": shown_pairs(headers),
        "queryString": shown_pairs(tuple(parse_qsl(urlsplit(target).query, keep_blank_values=True))),
        "headersSize": -1,
        "bodySize": 0,
    }


def _response(status: int, headers: Pairs, body: RedactedBody | None) -> dict[str, Any]:
    content = {"size": body.size, **as_text(body.content)} if body else {"size": 0}
    return {
        "status": status,
        "statusText": phrase(status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": shown_pairs(headers),
        "content": {"mimeType": _header(headers, "Content-Type"), **content},
        "redirectURL": _header(headers, "Location"),
        "headersSize": -1,
        "bodySize": -1,
    }


def _header(headers: Pairs, name: str) -> str:
    return next((value for key, value in headers if key.lower() == name.lower()), "")


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
