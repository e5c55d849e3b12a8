"""Read the JSON bodies of requests to the controls."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from oneinvoice_openapi.contract import operations
from starlette.requests import Request

from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.announcement import Announcement
from oneinvoice_impl.domain.event import PING
from oneinvoice_impl.mock.controls import values
from oneinvoice_impl.mock.controls.values import InvalidRequest, unknown_event
from oneinvoice_impl.mock.faults.fault import Fault, InvalidFault, make_fault
from oneinvoice_impl.mock.faults.plan import FaultRule
from oneinvoice_impl.mock.faults.webhook_fault import WEBHOOK_KINDS, WebhookFault, make_webhook_fault

if TYPE_CHECKING:
    from oneinvoice_impl.mock.controls.trigger import TriggerRequest

_LONGEST = 64 * 1024
_LONGEST_SECRET = 256
_LONGEST_ADVANCE = (ManualClock.LATEST - ManualClock.EARLIEST).total_seconds()
MOST_REQUESTS = 1_000_000
"""The highest limit of a key."""
MOST_IN_SANDBOX = 10_000
"""Members of a sandbox: all its data is in memory."""


async def read(request: Request, known: Collection[str]) -> dict[str, Any]:
    """Return the JSON object that a request carries; nothing is an empty one. Raises `InvalidRequest`."""
    content = await read_object(request, _LONGEST)
    must_be_known(content, known)
    return content


def must_be_known(content: Mapping[str, Any], known: Collection[str]) -> None:
    """Raise `InvalidRequest` for the first member of another name."""
    unknown = content.keys() - set(known)
    if unknown:
        possible = f"what is known is {', '.join(known)}" if known else "nothing is, leave it out"
        raise InvalidRequest(f"{min(unknown)} is not known; {possible}.")


async def read_object(request: Request, longest: int) -> dict[str, Any]:
    """Return a JSON object of at most `longest` bytes, whatever its members are. Raises `InvalidRequest`."""
    body = await read_bytes(request, longest)
    if body is None:
        raise InvalidRequest(f"The body is longer than {longest // 1024} KiB.")
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
    from oneinvoice_impl.mock.controls.trigger import TriggerRequest

    chosen = content.get("set") or {}
    if not isinstance(chosen, dict) or not all(isinstance(text, str) for text in chosen.values()):
        raise InvalidRequest('set must be an object of texts, such as {"total": "1250.00"}.')
    data = _data(content.get("data"))
    if twice := chosen.keys() & data.keys():
        raise InvalidRequest(f"{min(twice)} is in data and in set; leave one out.")
    event = _text(content, "event")
    if event is None:
        raise InvalidRequest("event is missing; give one such as invoice.paid.")
    return TriggerRequest(event, _text(content, "invoice"), _text(content, "quote"), chosen | data)


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


ANNOUNCEMENT = (*values.ANNOUNCEMENT, "operations", "events")
"""What `POST /_mock/announcements` takes."""
_MOST_NAMES = 200


def announcement(content: dict[str, Any], id: str) -> Announcement:
    """Return the change that `POST /_mock/announcements` tells, of that id unless it has one. Raises `InvalidRequest`.

    The clock says when it was announced, whatever day it names.
    """
    given = {name: _text(content, name) for name in values.ANNOUNCEMENT if name in content}
    told = values.parse(given, values.ANNOUNCEMENT)
    for name in ("title", "effective_on"):
        if name not in told:
            raise InvalidRequest(f"{name} is missing; it must be {values.ANNOUNCEMENT[name][1]}.")
    return Announcement(
        told.get("id", id),
        told["title"],
        told["effective_on"],
        told.get("url"),
        told.get("text"),
        told.get("class"),
        _names(content, "operations", "GET /api/v1/members"),
        _names(content, "events", "invoice.paid"),
    )


def _names(content: dict[str, Any], name: str, example: str) -> tuple[str, ...]:
    names = content.get(name, [])
    if not isinstance(names, list) or len(names) > _MOST_NAMES or not all(isinstance(each, str) for each in names):
        raise InvalidRequest(f'{name} must be a list of at most {_MOST_NAMES} texts such as ["{example}"].')
    read = values.ANNOUNCEMENT["title"]
    return tuple(values.parse({name: each}, {name: read})[name] for each in dict.fromkeys(names))


def events(content: dict[str, Any], possible: Sequence[str]) -> list[str] | None:
    """Return the events that an endpoint subscribes to, of those possible; None is all. Raises `InvalidRequest`."""
    names = content.get("events")
    if names is None:
        return None
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        raise InvalidRequest('events must be a list such as ["invoice.paid"]; leave it out for all.')
    for name in names:
        if name not in possible:
            raise unknown_event(name, possible)
    return list(dict.fromkeys(names))


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """Change of an endpoint; None leaves a part as it is, and so do `events` unless it `has_events`."""

    url: str | None
    has_events: bool
    events: list[str] | None
    status: str | None


def change(content: dict[str, Any], possible: Sequence[str]) -> EndpointChange:
    """Return what `PATCH /_mock/webhooks/{id}` changes, to events of those possible. Raises `InvalidRequest`."""
    if content.get("url") is None and content.get("status") is None and "events" not in content:
        raise InvalidRequest("Nothing is changed; give some of url, events and status.")
    status = _text(content, "status")
    if status not in (None, "active", "disabled"):
        raise InvalidRequest(f"status can't be {status!r}; it is active or disabled.")
    return EndpointChange(_text(content, "url"), "events" in content, events(content, possible), status)


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


def sandbox(content: dict[str, Any]) -> tuple[int | None, int | None, int | None]:
    """Return seed, scale and limit of a sandbox; None is not said. Raises `InvalidRequest`."""
    return (
        _number(content, "seed", 0, 2**31 - 1),
        _number(content, "scale", 0, MOST_IN_SANDBOX),
        _number(content, "rate_limit", 1, MOST_REQUESTS),
    )


def _number(content: dict[str, Any], name: str, least: int, most: int) -> int | None:
    number = content.get(name)
    # A bool is an int.
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most):
        raise InvalidRequest(f"{name} must be a whole number from {least} to {most}.")
    return number


@dataclass(frozen=True, slots=True)
class ClockChange:
    """Change of the clock: it is advanced, or else set; then it is frozen or resumed. None leaves it as it is."""

    advance: timedelta | None
    moment: datetime | None
    freeze: bool | None

    def target(self, now: datetime) -> datetime:
        """Return the time that it leads to. Raises `InvalidRequest` for one that no clock goes to."""
        target = self.moment or now + (self.advance or timedelta())
        if not ManualClock.EARLIEST <= target <= ManualClock.LATEST:
            raise InvalidRequest("The clock goes from 1970 to 2999; stay within these years.")
        return target

    def after(self, step: timedelta) -> ClockChange:
        """Return what is left of it once a clock was advanced by a part of it."""
        return self if self.advance is None else replace(self, advance=self.advance - step)

    def apply(self, clock: ManualClock) -> None:
        """Change a clock, which goes there."""
        if self.freeze:
            clock.freeze()  # before, so that it stands at just the moment that it is set to
        if self.moment is not None:
            clock.set(self.moment)
        elif self.advance is not None:
            clock.advance(self.advance)
        if self.freeze is False:
            clock.resume()


CLOCK = ("advance", "set", "freeze")
"""What `POST /_mock/clock` takes."""


def clock_change(content: dict[str, Any]) -> ClockChange:
    """Return what `POST /_mock/clock` does. Raises `InvalidRequest`."""
    seconds, moment, freeze = content.get("advance"), _text(content, "set"), content.get("freeze")
    if seconds is None and moment is None and freeze is None:
        raise InvalidRequest(
            'Nothing is changed; give some of {"advance": 61}, {"set": "2038-01-20"}, {"freeze": true}.'
        )
    if seconds is not None and moment is not None:
        raise InvalidRequest("advance and set exclude each other; give one of them.")
    # A bool is an int, and NaN compares with nothing.
    if seconds is not None and (
        not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= _LONGEST_ADVANCE
    ):
        raise InvalidRequest("advance must be a number of seconds from 0 on, and lead to no year after 2999.")
    if freeze is not None and not isinstance(freeze, bool):
        raise InvalidRequest("freeze must be true, or false to go on.")
    duration = None if seconds is None else timedelta(seconds=seconds)
    return ClockChange(duration, None if moment is None else _moment(moment, "set"), freeze)


def _text(content: dict[str, Any], name: str) -> str | None:
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidRequest(f"{name} must be a text.")
    return value


_OF_API = ("operation", "status", "fault", "retry_after")
FAULT = (*_OF_API, "webhook", "event", "delay", "nth", "times", "until", "probability", "seed")
"""What `POST /_mock/faults` takes."""


def fault(content: dict[str, Any], possible: Sequence[str]) -> FaultRule:
    """Return the fault that `POST /_mock/faults` plans, of those events. Raises `InvalidRequest` or `InvalidFault`."""
    operation, until = _text(content, "operation"), _text(content, "until")
    known = [each["operationId"] for _, _, each in operations(document())]
    if operation not in (None, *known):
        raise InvalidRequest(f"There is no operation {operation!r}; use one of {', '.join(known)}.")
    probability = content.get("probability", 1)
    if isinstance(probability, bool) or not isinstance(probability, int | float) or not 0 < probability <= 1:
        raise InvalidRequest("probability must be a number above 0 and up to 1.")
    return FaultRule(
        _fault_of_webhook(content) if _is_of_webhook(content) else _fault_of_api(content),
        operation,
        _whole(content, "nth", 1) or 1,
        _whole(content, "times", None),
        None if until is None else _moment(until, "until"),
        float(probability),
        _whole(content, "seed", 1) or 1,
        _event_name(content, (*possible, PING)),
    )


def _is_of_webhook(content: dict[str, Any]) -> bool:
    """Tell of which kind a fault is. Raises `InvalidFault` if that can't be told."""
    beside = [name for name in _OF_API if content.get(name) is not None]
    if content.get("webhook") is None:
        if content.get("event") is not None:
            raise InvalidFault(f"event goes with webhook; give one of {', '.join(WEBHOOK_KINDS)}.")
        return False
    if beside:
        raise InvalidFault(f"webhook and {beside[0]} exclude each other: plan two faults.")
    return True


def _fault_of_api(content: dict[str, Any]) -> Fault:
    return make_fault(*(content.get(name) for name in ("status", "fault", "delay", "retry_after")))


def _fault_of_webhook(content: dict[str, Any]) -> WebhookFault:
    return make_webhook_fault(_text(content, "webhook") or "", content.get("delay"))


def _event_name(content: dict[str, Any], possible: Sequence[str]) -> str | None:
    name = _text(content, "event")
    if name is not None and name not in possible:
        raise unknown_event(name, possible)
    return name


def _whole(content: dict[str, Any], name: str, default: int | None) -> int | None:
    number = content.get(name, default)
    if number is not None and (isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= 10**9):
        raise InvalidRequest(f"{name} must be a whole number from 1 to {10**9}.")
    return number


def _moment(text: str, name: str) -> datetime:
    """Return a moment in UTC; a date is its first."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is not None and re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        moment = moment.replace(tzinfo=UTC)
    if moment is None or moment.tzinfo is None:
        raise InvalidRequest(f"{name} can't be {text!r}; give a moment such as 2026-04-30T12:00:00Z, or a date.")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise InvalidRequest(f"{name} can't be {text!r}; give a moment between 1970 and 2999.") from None
