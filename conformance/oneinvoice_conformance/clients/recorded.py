"""Recordings of a client's traffic: a mock's journal as an HTTP archive, or what a browser or a proxy exported.

A mock tells beside each entry what HAR 1.2 has no place for, in `_oneinvoice`: when a request came and was answered, on
one clock; how its key was sent; which key and connection it was; and in `_deliveries` what receivers were sent. From
another tool's archive the same is told by its times, as far as it goes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from oneinvoice_conformance.clients.observation import (
    ClientRequest,
    DeliveryKind,
    Headers,
    KeyPlace,
    Mark,
    SentDelivery,
    Trial,
    page_of,
)
from oneinvoice_conformance.errors import UsageError
from oneinvoice_conformance.http.recording.archive import read_log
from oneinvoice_conformance.http.recording.content import text_of
from oneinvoice_conformance.records.long_json import Elements

_KEY = re.compile(r"1iv_[0-9A-Za-z*]+")
_MASK = "1iv_***"
_API = re.compile(r"/api/v\d+(/|$)")
_BROKEN = ("truncate", "garbage", "slow", "hang")
_MISTAKES = (LookupError, TypeError, ValueError, AttributeError, OverflowError)


def read_journal(path: Path) -> tuple[list[Trial], list[str]]:
    """Return the trials of an archive, one for each key and each receiver, and notes on it. Raises `UsageError`."""
    trials, odd = trials_of(read_log(path, lambda attachments: Elements()))
    if not trials:
        raise UsageError(f"{path} has no request to this API; record the client's traffic, as a mock's journal does.")
    return trials, [f"{odd} entries of {path} can't be read, and were left out"] if odd else []


def trials_of(log: Mapping[str, Any]) -> tuple[list[Trial], int]:
    """Return the trials of a log, and how many of its entries can't be read."""
    by_key: dict[str, list[ClientRequest]] = defaultdict(list)
    odd = 0
    for index, entry in enumerate(log.get("entries") or (), 1):
        try:
            if _API.search(urlsplit(entry["request"]["url"]).path):
                by_key[_key_of(entry)].append(_request(entry, index))
        except _MISTAKES:
            odd += 1
    sent: dict[str, list[SentDelivery]] = defaultdict(list)
    for index, each in enumerate(log.get("_deliveries") or (), 1):
        try:
            sent[str(each["endpoint_id"])].append(_delivery(each, index))
        except _MISTAKES:
            odd += 1
    trials = [_trial(f"requests of {name}", requests, ()) for name, requests in by_key.items()]
    return trials + [_trial(f"deliveries to {name}", (), each) for name, each in sent.items()], odd


def _trial(name: str, requests: Sequence[ClientRequest], deliveries: Sequence[SentDelivery]) -> Trial:
    """Return what was recorded as a trial, its times from its own beginning on."""
    seen: list[ClientRequest | SentDelivery] = [*requests, *deliveries]
    began = min(each.at for each in seen)
    ended = max(each.at if each.answered is None else each.answered for each in seen)
    return Trial(
        scenario=name,
        title=f"{name[0].upper()}{name[1:]}, as they were recorded.",
        seed=0,
        started=0.0,
        seconds=ended - began,
        requests=tuple(sorted((each.since(began) for each in requests), key=lambda each: each.at)),
        deliveries=tuple(sorted((each.since(began) for each in deliveries), key=lambda each: each.at)),
    )


def _key_of(entry: Mapping[str, Any]) -> str:
    beside = entry.get("_oneinvoice") or {}
    if name := beside.get("key"):
        return f"the {name} key"
    if id := beside.get("key_id"):
        return f"the key {id}"
    return "the key" if _places(entry) else "no key"


def _request(entry: Mapping[str, Any], index: int) -> ClientRequest:
    beside = entry.get("_oneinvoice") or {}
    parts = urlsplit(entry["request"]["url"])
    response = entry["response"]
    at, answering, answered = _times(entry, beside)
    status = int(response["status"])
    body = b""
    with suppress(*_MISTAKES):
        body = text_of(response["content"])
    records, total = page_of(status, body)
    return ClientRequest(
        number=int(beside.get("number", index)),
        at=at,
        method=str(entry["request"]["method"]),
        target=_masked(f"{parts.path}?{parts.query}" if parts.query else parts.path),
        headers=tuple((name, _masked(value)) for name, value in _headers(entry["request"])),
        key_places=_places(entry),
        status=status,
        answer_headers=_headers(response),
        body=body,
        answering=answering if status else None,
        answered=answered if status else None,
        connection=_connection(beside.get("connection", entry.get("connection"))),
        mark=_mark(status, str(beside.get("fault") or "")),
        note=str(beside.get("fault") or ""),
        records=records,
        total=total,
        is_left=bool(beside.get("left")),
    )


def _times(entry: Mapping[str, Any], beside: Mapping[str, Any]) -> tuple[float, float, float]:
    """Return when a request came, when its answer began, and when that had ended, in seconds on one clock."""
    if beside.get("at") is not None:
        at = float(beside["at"])
        answered = beside.get("answered")
        answered = at + float(entry["time"]) / 1000 if answered is None else float(answered)
        answering = beside.get("answering")
        return at, answered if answering is None else float(answering), answered
    at = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    answered = at + max(0.0, float(entry["time"])) / 1000
    received = max(0.0, float((entry.get("timings") or {}).get("receive") or 0)) / 1000
    return at, answered - received, answered


def _places(entry: Mapping[str, Any]) -> tuple[KeyPlace, ...]:
    beside = entry.get("_oneinvoice") or {}
    if isinstance(beside.get("key_places"), list):
        return tuple(KeyPlace(place) for place in beside["key_places"])
    found = []
    for name, value in _headers(entry["request"]):
        if name.lower() == "authorization" and value.lower().startswith("bearer "):
            found.append(KeyPlace.BEARER)
        elif _KEY.search(value):
            found.append(KeyPlace.OTHER_SCHEME if name.lower() == "authorization" else KeyPlace.OTHER_HEADER)
    if _KEY.search(unquote(entry["request"]["url"])):
        found.append(KeyPlace.URL)
    return tuple(dict.fromkeys(found))


def _mark(status: int, fault: str) -> Mark:
    if any(word in fault for word in _BROKEN):
        return Mark.BROKEN
    if status == 0:
        return Mark.NO_ANSWER
    if status >= 500:
        return Mark.OUTAGE
    return {429: Mark.LIMITED, 401: Mark.REVOKED, 400: Mark.REFUSED, 404: Mark.REFUSED}.get(status, Mark.PLAIN)


def _delivery(each: Mapping[str, Any], index: int) -> SentDelivery:
    answered = each.get("answered")
    kind = DeliveryKind.REPEATED if each.get("repeat") else DeliveryKind.GENUINE
    if each.get("forged"):
        kind = DeliveryKind.FORGED
    return SentDelivery(
        number=int(each.get("number", index)),
        at=float(each["at"]),
        event_id=str(each["event_id"]),
        event=str(each["event"]),
        kind=kind,
        form=str(each.get("fault") or ""),
        status=int(each.get("status") or 0),
        answered=None if answered is None else float(answered),
        problem="" if each.get("status") else str(each.get("error") or "no answer"),
    )


def _headers(message: Mapping[str, Any]) -> Headers:
    return tuple((str(each["name"]), str(each["value"])) for each in message["headers"])


def _masked(text: str) -> str:
    return _KEY.sub(_MASK, text)


def _connection(value: Any) -> int:
    """Return a number for a connection, which an archive may name in any way."""
    return 0 if value is None else abs(hash(str(value)))
