"""What v1 answered in a run, without what was in it: statuses, the paths that discovery lists, fields and types."""

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
from oneinvoice_conformance.records.discovery import paths
from oneinvoice_conformance.records.fields import Field, fields_of

GONE = (404, 410)
VERSIONS = ("v1", "v2")
_NUMBER = re.compile(r"[0-9]+")

Asked = tuple[str, Role]


@dataclass(frozen=True, slots=True)
class ApiSnapshot:
    """What v1 answered: `answers` has the status by target and role, `fields` are by endpoint and path.

    `versions` tells what is served (True) and what is gone (False), where that is known; `sunset` is when v1 is
    announced to end.
    """

    answers: Mapping[Asked, int] = field(default_factory=dict)
    listed: tuple[str, ...] = ()
    fields: Mapping[str, Mapping[str, Field]] = field(default_factory=dict)
    versions: Mapping[str, bool | None] = field(default_factory=lambda: dict.fromkeys(VERSIONS))
    sunset: date | None = None

    def as_json(self, redact: Callable[[str], str]) -> dict[str, Any]:
        """As plain values. What `redact` would change is left out, since nothing can be compared with it."""

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
        """From what `as_json` gave, and the schema of the report describes."""
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
    """What v1 answered in these exchanges, all of one deployment."""
    exchanges = list(exchanges)
    first = [exchange for exchange in exchanges if exchange.request.version == "v1"]
    bodies = {endpoint: list(_bodies(first, endpoint)) for endpoint in ("", *ENDPOINTS)}
    return ApiSnapshot(
        answers=_answers(first),
        listed=tuple(dict.fromkeys(path for body in bodies[""] for path in paths(body))),
        fields={endpoint: fields_of(found) for endpoint, found in bodies.items() if found},
        versions={version: _is_served(exchanges, version) for version in VERSIONS},
        sunset=min((sunset.date() for sunset in map(sunset_of, first) if sunset), default=None),
    )


@lru_cache(maxsize=4096)
def asked_of(target: str) -> tuple[str, tuple[tuple[str, str], ...]] | None:
    """Return the endpoint and the query of a row in `answers`, or None if it asks something else than v1's lists."""
    path, _, query = target.partition("?")
    endpoint = path.removeprefix("/api/v1").removeprefix("/")
    if endpoint not in ("", *ENDPOINTS) or path != Request(endpoint, NOBODY).path:
        return None
    return endpoint, tuple(parse_qsl(query, keep_blank_values=True))


def is_discovery(exchange: Exchange) -> bool:
    """Tell whether an answer is a discovery of its own, and not a page that stands at every unknown address."""
    return not exchange.request.endpoint and exchange.status == 200 and _holds_json(exchange)


def sunset_of(exchange: Exchange) -> datetime | None:
    """When a version is announced to end (RFC 8594), in UTC, if it is."""
    try:
        found = parsedate_to_datetime(exchange.header("Sunset") or "")
    except (ValueError, OverflowError):
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def _bodies(exchanges: Iterable[Exchange], endpoint: str) -> Iterator[Any]:
    """What an endpoint answered with 200, each different answer once, as far as it is JSON."""
    known: set[bytes] = set()
    for exchange in exchanges:
        if exchange.request.endpoint == endpoint and exchange.status == 200 and exchange.body not in known:
            known.add(exchange.body)
            if _holds_json(exchange):
                yield exchange.json()


def _holds_json(exchange: Exchange) -> bool:
    try:
        return isinstance(exchange.json(), (dict, list))
    except NotJSON:
        return False


def _answers(exchanges: Sequence[Exchange]) -> dict[Asked, int]:
    """Return the status of each request that data has no part in; of those only that were answered alike each time."""
    seen: defaultdict[Asked, set[int]] = defaultdict(set)
    for exchange in exchanges:
        if exchange.wants_slash or _by_data(exchange.request):
            continue
        if 0 < exchange.status < 500 and exchange.status != 429:
            seen[exchange.request.asked, exchange.request.credential.role].add(exchange.status)
    return {asked: statuses.pop() for asked, statuses in seen.items() if len(statuses) == 1}


def _by_data(request: Request) -> bool:
    """Tell whether the outcome may be another with other data, as behind the end of a list."""
    offset = dict(request.query).get("offset", "0")
    return bool(request.headers) or (_NUMBER.fullmatch(offset) is not None and offset.strip("0") != "")


def _is_served(exchanges: Sequence[Exchange], version: str) -> bool | None:
    """True if a list or v2's discovery is served; False if each of its addresses that tells is gone."""
    of_it = [exchange for exchange in exchanges if exchange.request.version == version]
    lists = [exchange for exchange in of_it if exchange.request.endpoint]
    if any(each.serves_list for each in lists) or (version != "v1" and any(map(is_discovery, of_it))):
        return True
    tells = lists if version == "v1" else of_it
    wanted = set(ENDPOINTS) if version == "v1" else {"", "members"}
    if {exchange.request.endpoint for exchange in tells} != wanted:
        return None
    return False if all(exchange.status in GONE for exchange in tells) else None
