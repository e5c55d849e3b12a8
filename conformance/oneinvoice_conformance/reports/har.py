"""Every exchange of a run as an HTTP archive (HAR 1.2), which viewers show and `replay` judges again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from oneinvoice_openapi.printable import json_text

from oneinvoice_conformance.engine.provenance import kit
from oneinvoice_conformance.http.connection import BROKEN_ESCAPE
from oneinvoice_conformance.http.recording.content import as_text
from oneinvoice_conformance.http.recording.recording import CREATOR
from oneinvoice_conformance.reports.redacted import Pairs, RedactedEntry, RedactedReport


def har_parts(report: RedactedReport) -> Iterator[str]:
    """Yield the parts of an archive of the exchanges, in the order of sending.

    Raises `ValueError` for a report without its traffic.

    Besides what HAR has, the log holds `_rate_limit`, in requests a minute, and `_kit`, `_contract` and
    `_configuration` as the JSON report has them; and an entry `_number`; `_role`, that of its credential; `_sent`, in
    seconds on the clock of the run, and `_seconds`; and `_error` and `_failure`, what stood in an answer's place, in
    words and by its kind; and `_cut` where a body was not read to its end.
    """
    if report.traffic is None:
        raise ValueError("the report was built without its traffic")
    content = {
        "log": {
            "version": "1.2",
            "creator": {"name": CREATOR, "version": version("oneinvoice-kit")},
            "comment": "Keys and other secrets are replaced by the names of their variables.",
            "_rate_limit": report.rate_limit,
            "_kit": kit(),
            "_contract": report.contract.as_json(),
            "_configuration": report.configuration,
            "entries": [],
        }
    }
    # One entry after the other, since all bodies together may not fit into memory.
    before, after = json_text(content).rsplit("[]", 1)
    yield f"{before}["
    for number, entry in enumerate(report.traffic):
        yield (", " if number else "") + json_text(_entry(report.base, entry))
    yield f"]{after}\n"


def _entry(base: str, entry: RedactedEntry) -> dict[str, Any]:
    exchange = entry.exchange
    milliseconds = round(exchange.seconds * 1000, 3)
    archived: dict[str, Any] = {
        "startedDateTime": datetime.fromtimestamp(exchange.started, UTC).isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(base, entry),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "_number": exchange.number,
        "_role": exchange.role.value,
        "_sent": exchange.sent,
        "_seconds": exchange.seconds,
        "_error": str(exchange.error) if exchange.error else None,
        "_failure": exchange.error.kind.value if exchange.error else None,
    }
    if exchange.error and exchange.error.remedy:
        archived["_remedy"] = exchange.error.remedy
    return archived | ({"_cut": True} if entry.is_cut else {})


def _request(base: str, entry: RedactedEntry) -> dict[str, Any]:
    return {
        "method": entry.exchange.method,
        "url": base + BROKEN_ESCAPE.sub("%25", entry.exchange.target),  # an archive holds URIs
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": shown_pairs(entry.request_headers),
        "queryString": shown_pairs(entry.exchange.query),
        "headersSize": -1,
        "bodySize": 0,
    }


def _response(entry: RedactedEntry) -> dict[str, Any]:
    return {
        "status": entry.exchange.status,
        "statusText": phrase(entry.exchange.status),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": shown_pairs(entry.headers),
        "content": {"size": entry.size, "mimeType": entry.header("Content-Type"), **as_text(entry.body.read())},
        "redirectURL": entry.header("Location"),
        "headersSize": -1,
        "bodySize": -1,
    }


def shown_pairs(pairs: Pairs) -> list[dict[str, str]]:
    """Return headers or parameters as an archive has them."""
    return [{"name": name, "value": value} for name, value in pairs]


def phrase(status: int) -> str:
    """Return the words of a status (RFC 9110, section 15); none where it has none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
