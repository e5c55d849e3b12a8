"""Snapshot of v1 in a run, without any data: statuses, the paths that discovery lists, fields and types."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from oneinvoice_conformance.documented import ENDPOINTS
from oneinvoice_conformance.http.credentials import NOBODY, Role
from oneinvoice_conformance.http.exchange import Exchange, NotJSON, Request
from oneinvoice_conformance.http.intermediary import intermediary
from oneinvoice_conformance.records.bodies import Body
from oneinvoice_conformance.records.discovery import paths
from oneinvoice_conformance.records.fields import Field, fields_of

GONE = (404, 410)
VERSIONS = ("v1", "v2")
_NUMBER = re.compile(r"[0-9]+")

SentRequest = tuple[str, Role]  # target and role


@dataclass(frozen=True, slots=True)
class ApiSnapshot:
    """Snapshot of v1: `answers` has the status by target and role, `fields` are by endpoint and path.

    `versions` tells what is served (True) and what is gone (False), where that is known; `sunset` is when v1 is
    announced to end.
    """

    answers: Mapping[SentRequest, int] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    fields: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    versions: Mapping[str, bool | None] = field(default_factory=lambda: dict.fromkeys(VERSIONS))
    sunset: date | None = None

    def as_json(self, redact: Callable[[str], str]) -> dict[str, Any]:
        """Return plain values. What `redact` would change is left out, since nothing can be compared with it."""

        def clean(*texts: str) -> bool:
            return all(redact(text) == text for text in texts)

        return {
            "answers": [
                {"request": target, "role": role.value, "status": status}
                for (target, role), status in self.answers.items()
                if clean(target)
            ],
            "listed": [path for path in self.listed if clean(path)],
            "fields": {
                endpoint: [each.as_json() for each in fields.values() if clean(each.path, *each.counts)]
                for endpoint, fields in self.fields.items()
            },
            "versions": {**self.versions, "sunset": self.sunset.isoformat() if self.sunset else None},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ApiSnapshot:
        """Make a snapshot of what `as_json` gave, after the report's schema was checked."""
        sunset = content["versions"]["sunset"]
        return cls(
            answers={(row["request"], Role(row["role"])): row["status"] for row in content["answers"]},
            listed=tuple(content["listed"]),
            fields={
                endpoint: {row["path"]: Field.from_json(row) for row in rows}
                for endpoint, rows in content["fields"].items()
            },
            versions={version: content["versions"][version] for version in VERSIONS},
            sunset=date.fromisoformat(sunset) if sunset else None,
        )


def take_snapshot(exchanges: Iterable[Exchange]) -> ApiSnapshot:
    """Sum up the answers of v1 in these exchanges, all of one deployment."""
    exchanges = list(exchanges)
    # A query that is no query by its escapes can't be asked again by what a report keeps of it.
    first = [each for each in exchanges if each.request.version == "v1" and not each.request.is_encoded]
    fields = {endpoint: fields_of(_bodies(first, endpoint)) for endpoint in ("", *ENDPOINTS)}
    return ApiSnapshot(
        answers=_answers(first),
        listed=tuple(dict.fromkeys(path for body in _bodies(first, "") for path in paths(body))),
        fields={endpoint: found for endpoint, found in fields.items() if found},
        versions={version: _is_served(exchanges, version) for version in VERSIONS},
        sunset=min((sunset.date() for sunset in map(sunset_of, first) if sunset), default=None),
    )


@lru_cache(maxsize=4096)
def parse_target(target: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return endpoint and query of a target in `answers`, or None if it is neither discovery nor a list of v1."""
    path, _, query = target.partition("?")
    endpoint = path.removeprefix("/api/v1").removeprefix("/")
    if endpoint not in ("", *ENDPOINTS) or path != Request(endpoint, NOBODY).path:
        return None
    return endpoint, tuple(parse_qsl(query, keep_blank_values=True))


def is_discovery(exchange: Exchange) -> bool:
    """Tell whether an answer is a discovery: JSON that is served, which a page for unknown addresses is not."""
    return not exchange.request.endpoint and exchange.is_served and _holds_json(exchange)


def sunset_of(exchange: Exchange) -> datetime | None:
    """Return when the answer's version ends by its Sunset header (RFC 8594), in UTC; None without a readable one."""
    try:
        sunset = parsedate_to_datetime(exchange.header("Sunset") or "")
    except (ValueError, OverflowError):
        return None
    return sunset.astimezone(UTC) if sunset.tzinfo else sunset.replace(tzinfo=UTC)


def _bodies(exchanges: Iterable[Exchange], endpoint: str) -> Iterator[Any]:
    """Yield the JSON that an endpoint served, each different answer once."""
    bodies: set[Body] = set()
    for exchange in exchanges:
        if exchange.request.endpoint == endpoint and exchange.is_served and exchange.body not in bodies:
            bodies.add(exchange.body)
            if _holds_json(exchange):
                yield exchange.json()


def _holds_json(exchange: Exchange) -> bool:
    try:
        return isinstance(exchange.json(), (dict, list))
    except NotJSON:
        return False


def _answers(exchanges: Sequence[Exchange]) -> dict[SentRequest, int]:
    """Return the status of each request whose status no data decides, if it was the same each time."""
    statuses_seen: defaultdict[SentRequest, set[int]] = defaultdict(set)
    for exchange in exchanges:
        if exchange.wants_slash or _depends_on_data(exchange.request) or intermediary(exchange):
            continue
        if 0 < exchange.status < 500 and exchange.status != 429:
            statuses_seen[exchange.request.canonical_target, exchange.request.credential.role].add(exchange.status)
    return {asked: statuses.pop() for asked, statuses in statuses_seen.items() if len(statuses) == 1}


def _depends_on_data(request: Request) -> bool:
    """Tell whether the status may differ with other data, as behind the end of a list."""
    offset = dict(request.query).get("offset", "0")
    return bool(request.headers) or (_NUMBER.fullmatch(offset) is not None and offset.strip("0") != "")


def _is_served(exchanges: Sequence[Exchange], version: str) -> bool | None:
    """Return True if a list or v2's discovery is served, False if all addresses that decide it are gone, or None."""
    of_version = [exchange for exchange in exchanges if exchange.request.version == version]
    lists = [exchange for exchange in of_version if exchange.request.endpoint]
    if any(each.serves_list for each in lists) or (version != "v1" and any(map(is_discovery, of_version))):
        return True
    deciding = lists if version == "v1" else of_version
    wanted = set(ENDPOINTS) if version == "v1" else {"", "members"}
    if {exchange.request.endpoint for exchange in deciding} != wanted:
        return None
    return False if all(exchange.status in GONE for exchange in deciding) else None
