"""HAR 1.2 of a journal, for whoever looks through HTTP traffic; without the keys.

Names that begin with `_` are fields of our own, which the format allows: `_oneinvoice` of an entry, and `_deliveries`
and `_now` of the log. Times in these are in seconds on one clock that nobody sets.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, quote

from oneinvoice_impl.domain.representation import timestamp
from oneinvoice_impl.mock.faults.sends import Send
from oneinvoice_impl.mock.journal.diagnoses import KnownKey, diagnose
from oneinvoice_impl.mock.journal.journal import Entry, Journal
from oneinvoice_impl.mock.journal.note import Note, as_json


@dataclass(frozen=True, slots=True)
class Archive:
    """Archive of a journal: its requests with what they are told, oldest first, and what was sent to receivers."""

    told: Sequence[tuple[Entry, str, list[Note]]]
    sends: Sequence[Send]
    keys: Mapping[str, KnownKey]
    ids: Mapping[str, str]
    """Names for all keys that were sent, known or not, by their digests."""
    origin: str

    def as_json(self, after: int = 0) -> dict[str, Any]:
        """Return the log from the request after that number on. A body that is kept no more is left out."""
        log = {
            "version": "1.2",
            "creator": {"name": "oneinvoice-mock", "version": version("oneinvoice-kit")},
            "entries": [self._entry(*each) for each in self.told if each[0].number > after],
            "_deliveries": [_delivery(each) for each in self.sends],
            "_now": time.monotonic(),
        }
        return {"log": log}

    def _entry(self, entry: Entry, why: str, notes: list[Note]) -> dict[str, Any]:
        milliseconds = entry.seconds * 1000
        wait = milliseconds if entry.answering is None else (entry.answering - entry.since) * 1000
        return {
            "startedDateTime": timestamp(entry.at),
            "time": milliseconds,
            "request": _request(entry, self.origin),
            "response": _response(entry),
            "cache": {},
            "timings": {"send": 0, "wait": wait, "receive": milliseconds - wait},
            **({} if entry.connection is None else {"connection": entry.connection}),
            "_oneinvoice": self._beside(entry) | {"why": why} | as_json(notes),
        }

    def _beside(self, entry: Entry) -> dict[str, Any]:
        known = self.keys.get(entry.key or "")
        return {
            "number": entry.number,
            "id": entry.request_id,
            "at": entry.since,
            "answering": entry.answering,
            "answered": None if entry.answering is None else entry.ended,
            "key": known and known.name,
            "key_id": self.ids.get(entry.key or ""),
            "key_places": list(entry.key_places),
            "connection": entry.connection,
            "fault": entry.fault,
            "left": entry.is_left,
        }


def archive(
    journal: Journal, entries: Sequence[Entry], keys: Mapping[str, KnownKey], sends: Sequence[Send], origin: str
) -> Archive:
    """Return the archive of some entries of a journal; `keys` are the known ones by their digests."""
    ids = journal.key_ids([entry.key for entry in entries if entry.key])
    return Archive(list(diagnose(entries, keys)), sends, keys, ids, origin)


def _request(entry: Entry, origin: str) -> dict[str, Any]:
    query = f"?{entry.query}" if entry.query else ""
    return {
        "method": entry.method,
        "url": f"{origin}{quote(entry.path, safe='/*')}{query}",
        "httpVersion": f"HTTP/{entry.http_version}",
        "headers": _headers(entry.headers),
        "queryString": [{"name": name, "value": value} for name, value in parse_qsl(entry.query, True)],
        "cookies": [],
        "headersSize": -1,
        "bodySize": -1,
    }


def _response(entry: Entry) -> dict[str, Any]:
    content: dict[str, Any] = {"size": entry.size, "mimeType": entry.header("content-type") or ""}
    if entry.body is not None:
        content["text"] = entry.body.decode("utf-8", "replace")
    return {
        "status": entry.status,
        "statusText": "",
        "httpVersion": f"HTTP/{entry.http_version}",
        "headers": _headers(entry.answer_headers),
        "cookies": [],
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": entry.size,
    }


def _headers(pairs: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _delivery(send: Send) -> dict[str, Any]:
    seconds = send.duration.total_seconds()
    return {
        "number": send.number,
        "delivery_id": send.delivery_id,
        "endpoint_id": send.endpoint_id,
        "event_id": send.event_id,
        "event": send.event,
        "attempt": send.attempt,
        "repeat": send.is_repeat,
        "forged": send.is_forged,
        "fault": send.name,
        "startedDateTime": timestamp(send.at),
        "at": send.since,
        "answered": None if send.since is None or send.status is None else send.since + seconds,
        "time": seconds * 1000,
        "status": send.status or 0,
        "connected": send.connected,
        "error": send.error,
    }
