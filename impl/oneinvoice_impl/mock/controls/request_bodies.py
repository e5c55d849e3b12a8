"""Read the JSON bodies of requests to the controls."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from oneinvoice_openapi.contract import document, operations
from starlette.requests import Request

from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_impl.mock.controls.trigger import TriggerRequest
from oneinvoice_impl.mock.controls.values import InvalidRequest
from oneinvoice_impl.mock.faults.fault import make_fault
from oneinvoice_impl.mock.faults.plan import FaultRule

_LONGEST = 64 * 1024
_LONGEST_SECRET = 256
MOST_REQUESTS = 1_000_000
"""The highest limit of a key."""


async def read(request: Request, known: Collection[str]) -> dict[str, Any]:
    """Return the JSON object that a request carries; nothing is an empty one. Raises `InvalidRequest`."""
    body = await read_bytes(request, _LONGEST)
    if body is None:
        raise InvalidRequest("The body is longer than 64 KiB.")
    try:
        content = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise InvalidRequest("The body must be a JSON object.")
    try:
        json.dumps(content, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidRequest("The body holds half of a surrogate pair, which is no text; leave it out.") from None
    unknown = content.keys() - set(known)
    if unknown:
        raise InvalidRequest(f"{min(unknown)} is not known; what is known is {', '.join(known)}.")
    return content


async def read_bytes(request: Request, longest: int) -> bytes | None:
    """Return the bytes that a request carries; None if they are more than `longest`."""
    chunks, length = [], 0
    async for chunk in request.stream():
        chunks.append(chunk)
        length += len(chunk)
        if length > longest:
            return None
    return b"".join(chunks)


def order(content: dict[str, Any]) -> TriggerRequest:
    """Return the event that `POST /_mock/trigger` asks for. Raises `InvalidRequest`."""
    values = content.get("set") or {}
    if not isinstance(values, dict) or not all(isinstance(text, str) for text in values.values()):
        raise InvalidRequest('set must be an object of texts, such as {"total": "1250.00"}.')
    data = _data(content.get("data"))
    if twice := values.keys() & data.keys():
        raise InvalidRequest(f"{min(twice)} is in data and in set; leave one out.")
    event = _text(content, "event")
    if event is None:
        raise InvalidRequest("event is missing; give one such as invoice.paid.")
    return TriggerRequest(event, _text(content, "invoice"), _text(content, "quote"), values | data)


def _data(value: Any) -> dict[str, str | None]:
    """Return values in the shape that the API gives them by the names by which they are set."""
    if not isinstance(value, dict | None):
        raise InvalidRequest('data must be an object such as {"id": "inv_mine", "customer": {"name": "Nordlys AS"}}.')
    flat: dict[str, str | None] = {}
    for name, inner in (value or {}).items():
        parts = {f"{name}.{key}": each for key, each in inner.items()} if isinstance(inner, dict) else {name: inner}
        for part, text in parts.items():
            if text is not None and not isinstance(text, str):
                raise InvalidRequest(f"{part} in data must be a text.")
            flat[part] = text
    return flat


def events(content: dict[str, Any]) -> list[str] | None:
    """Return the events that an endpoint subscribes to; None is all. Raises `InvalidRequest`."""
    names = content.get("events")
    if names is None:
        return None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InvalidRequest('events must be a list such as ["invoice.paid"]; leave it out for all.')
    for name in names:
        if name not in EVENTS:
            raise InvalidRequest(f"There is no event {name!r}; use some of {', '.join(EVENTS)}.")
    return list(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """Change of an endpoint; None leaves a part as it is, and so do `events` unless it `has_events`."""

    url: str | None
    has_events: bool
    events: list[str] | None
    status: str | None


def change(content: dict[str, Any]) -> EndpointChange:
    """Return what `PATCH /_mock/webhooks/{id}` changes. Raises `InvalidRequest`."""
    if content.get("url") is None and content.get("status") is None and "events" not in content:
        raise InvalidRequest("Nothing is changed; give some of url, events and status.")
    status = _text(content, "status")
    if status not in (None, "active", "disabled"):
        raise InvalidRequest(f"status can't be {status!r}; it is active or disabled.")
    return EndpointChange(_text(content, "url"), "events" in content, events(content), status)


def url(content: dict[str, Any]) -> str:
    """Return the URL of an endpoint. Raises `InvalidRequest`."""
    text = _text(content, "url")
    if text is None:
        raise InvalidRequest("url is missing; give one such as http://127.0.0.1:9401/hook.")
    return text


def secret(content: dict[str, Any]) -> str | None:
    """Return the secret that the user chose, if any. Raises `InvalidRequest`."""
    text = _text(content, "secret")
    if text is not None and not (0 < len(text) <= _LONGEST_SECRET and text.isprintable()):
        raise InvalidRequest(f"secret must have 1 to {_LONGEST_SECRET} printable characters.")
    return text


def limit(content: dict[str, Any]) -> tuple[str, int]:
    """Return the key that `POST /_mock/keys/limit` names, or its id, and its new limit. Raises `InvalidRequest`."""
    key, requests = _text(content, "key"), content.get("limit")
    if key is None:
        raise InvalidRequest("key is missing; give a key's id, or the key.")
    # A bool is an int.
    if not isinstance(requests, int) or isinstance(requests, bool) or not 1 <= requests <= MOST_REQUESTS:
        raise InvalidRequest(f"limit must be a whole number of requests in a minute from 1 to {MOST_REQUESTS}.")
    return key, requests


def advance(content: dict[str, Any]) -> timedelta:
    """Return the duration that `POST /_mock/clock` moves the clock by. Raises `InvalidRequest`."""
    seconds = content.get("advance")
    longest = ManualClock.MOST_AHEAD.total_seconds()
    # A bool is an int, and NaN compares with nothing.
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= longest:
        raise InvalidRequest(f"advance must be a number of seconds from 0 to {longest:.0f} (ten years).")
    return timedelta(seconds=seconds)


def _text(content: dict[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a text.")
    return value


FAULT = ("operation", "status", "fault", "delay", "retry_after", "nth", "times", "until", "probability", "seed")
"""What `POST /_mock/faults` takes."""


def fault(content: dict[str, Any]) -> FaultRule:
    """Return the fault that `POST /_mock/faults` plans. Raises `InvalidRequest` or `InvalidFault`."""
    operation, until = _text(content, "operation"), _text(content, "until")
    known = [each["operationId"] for _, _, each in operations(document())]
    if operation not in (None, *known):
        raise InvalidRequest(f"There is no operation {operation!r}; use one of {', '.join(known)}.")
    probability = content.get("probability", 1)
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 < probability <= 1:
        raise InvalidRequest("probability must be a number above 0 and up to 1.")
    made = make_fault(*(content.get(name) for name in ("status", "fault", "delay", "retry_after")))
    return FaultRule(
        made,
        operation,
        _whole(content, "nth", 1) or 1,
        _whole(content, "times", None),
        None if until is None else _moment(until),
        float(probability),
        _whole(content, "seed", 1) or 1,
    )


def _whole(content: dict[str, Any], name: str, default: int | None) -> int | None:
    number = content.get(name, default)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 10**9):
        raise InvalidRequest(f"{name} must be a whole number from 1 on.")
    return number


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidRequest(f"until can't be {text!r}; give a moment such as 2026-04-30T12:00:00Z.")
    return moment.astimezone(UTC)
