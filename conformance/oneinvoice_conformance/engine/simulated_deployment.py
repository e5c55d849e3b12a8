"""Simulated deployment: a transport without a network, by which `plan` learns what a run would send."""

from __future__ import annotations

import json
import math
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from oneinvoice_conformance.http.credentials import Role
from oneinvoice_conformance.http.pacer import Clock
from oneinvoice_conformance.http.transport import OutgoingRequest, RawResponse
from oneinvoice_conformance.ratelimit.limiter_bounds import MINUTE

_STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}
_OTHER_WORDS = {"quotes": ("new", "open", "won", "lost"), "invoices": ("new", "open", "settled")}
_PAGE = {"limit": 50, "most": 200}


class SimulatedClock:
    """Clock on which time passes only by waiting and by answers."""

    def __init__(self) -> None:
        self.time = 0.0

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> None:
        self.time += max(0.0, seconds)


@dataclass(frozen=True, slots=True)
class Traits:
    """Traits of a deployment that change what a run sends: records in each list, seconds for an answer, a limiter.

    `other_words` are for the statuses that the documentation does not name. With `slashes` each path redirects to the
    same with a slash at its end. The limiter is a sliding log, or a fixed window that turns over at `turn` seconds.
    """

    records: int
    latency: float
    limited: bool
    other_words: bool = False
    slashes: bool = False
    turn: float | None = None


class SimulatedDeployment:
    """Transport that answers as the documentation says, without a network; `limit` is each key's in a minute.

    The revoked key is one, unless `revoke` is what revokes it.
    """

    def __init__(
        self,
        keys: Mapping[Role, str],
        traits: Traits,
        limit: int,
        clock: SimulatedClock,
        *,
        revoked_later: bool = False,
    ) -> None:
        self._roles = {f"Bearer {key}": role for role, key in keys.items()}
        if not revoked_later:
            self.revoke()
        self._traits, self._limit, self._clock = traits, limit, clock
        self._statuses = _STATUSES | (_OTHER_WORDS if traits.other_words else {})
        self._lists: dict[tuple[str, bool], list[dict[str, Any]]] = {}
        self._sent: defaultdict[str, deque[float]] = defaultdict(deque)

    def revoke(self) -> None:
        """Refuse the revoked key from now on."""
        self._roles = {key: role for key, role in self._roles.items() if role != Role.REVOKED}

    def close(self) -> None:
        pass

    def fetch(self, calls: Sequence[OutgoingRequest], clock: Clock) -> list[RawResponse]:
        sent = clock.now()
        self._clock.wait(self._traits.latency)
        answers = []
        for call in calls:
            url = urlsplit(call.url)
            if self._traits.slashes and not url.path.endswith("/"):
                location = ("Location", url._replace(path=f"{url.path}/").geturl())
                answers.append(RawResponse(sent, clock.now(), 308, (location,)))
                continue
            status, body = self._answer(call)
            headers = (("Content-Type", "application/json"),)
            answers.append(RawResponse(sent, clock.now(), status, headers, json.dumps(body).encode()))
        return answers

    def _answer(self, call: OutgoingRequest) -> tuple[int, Any]:
        parts = urlsplit(call.url)
        endpoint = parts.path.rpartition("/api/v1")[2].strip("/")
        if not endpoint:
            return 200, {"endpoints": [{"path": f"/api/v1/{name}"} for name in _STATUSES]}
        if endpoint not in _STATUSES:
            return 404, {}
        role = self._roles.get(call.headers.get("Authorization", ""))
        if role is None:
            return 401, {}
        if not self._admits(role):
            return 429, {}
        return self._list(endpoint, role, {name: values[-1] for name, values in parse_qs(parts.query).items()})

    def _admits(self, role: str) -> bool:
        sent, now = self._sent[role], self._clock.now()
        turn = self._traits.turn
        begin = now - MINUTE if turn is None else turn + math.floor((now - turn) / MINUTE) * MINUTE
        while sent and sent[0] <= begin:
            sent.popleft()
        if self._traits.limited and len(sent) >= self._limit:
            return False
        sent.append(now)
        return True

    def _list(self, endpoint: str, role: str, query: dict[str, str]) -> tuple[int, Any]:
        limit, offset = query.get("limit", str(_PAGE["limit"])), query.get("offset", "0")
        status = query.get("status")
        if not limit.isdecimal() or not offset.isdecimal() or not 1 <= int(limit) <= _PAGE["most"]:
            return 400, {}
        if status is not None and status not in self._statuses[endpoint]:
            return 400, {}
        kept = [record for record in self._records(endpoint, role == Role.OTHER) if status in (None, record["status"])]
        return 200, kept[int(offset) : int(offset) + int(limit)]

    def _records(self, endpoint: str, other: bool) -> list[dict[str, Any]]:
        if (endpoint, other) not in self._lists:
            count = self._traits.records // (10 if other else 1)
            organisation = "other" if other else "primary"
            shift = self._traits.records // 60
            self._lists[endpoint, other] = [
                _record(endpoint, organisation, number, self._statuses[endpoint], shift) for number in range(count)
            ]
        return self._lists[endpoint, other]


def _record(endpoint: str, organisation: str, number: int, statuses: tuple[str, ...], shift: int) -> dict[str, Any]:
    """Return a record. One of the statuses is twice as frequent as the others; `shift` says which."""
    status = statuses[(number % (len(statuses) + 1) + shift) % len(statuses)]
    name = f"{organisation} {endpoint} {number}"
    record: dict[str, Any] = {"id": name, "status": status, "total": "10.00", "name": f"Customer of {name}"}
    if endpoint == "members":
        record |= {"email": f"{name}@example.com"}
    elif endpoint == "quotes":
        record |= {"public_token": f"token of {name}", "signing": {"signed_at": "2026-01-31T12:00:00Z"}}
    else:
        record |= {"payment_status": "paid" if status == "paid" else "unpaid", "due_date": "2026-01-31"}
    return record
