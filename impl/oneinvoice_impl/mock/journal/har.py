"""HAR 1.2 of a journal, for whoever looks through HTTP traffic; without the keys."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, quote

from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.journal.journal import Entry


def har(entries: Sequence[Entry], origin: str) -> dict[str, Any]:
    """Return a log of the requests, oldest first. A body that is kept no more is left out, but not its size."""
    creator = {"name": "oneinvoice-mock", "version": version("oneinvoice-kit")}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(each, origin) for each in entries]}}


def _entry(entry: Entry, origin: str) -> dict[str, Any]:
    milliseconds = entry.seconds * 1000
    query = f"?{entry.query}" if entry.query else ""
    content: dict[str, Any] = {"size": entry.size, "mimeType": entry.header("content-type") or ""}
    if entry.body is not None:
        content["text"] = entry.body.decode("utf-8", "replace")
    return {
        "startedDateTime": timestamp(entry.at),
        "time": milliseconds,
        "request": {
            "method": entry.method,
            "url": f"{origin}{quote(entry.path)}{query}",
            "httpVersion": "HTTP/1.1",
            "headers": _headers(entry.headers),
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(entry.query, True)],
            "cookies": [],
            "headersSize": -1,
            "bodySize": -1,
        },
        "response": {
            "status": entry.status,
            "statusText": "",
            "httpVersion": "HTTP/1.1",
            "headers": _headers(entry.answer_headers),
            "cookies": [],
            "content": content,
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": entry.size,
        },
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
    }


def _headers(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
