"""The whole application against a small model of it, whatever is done to it and in whatever order.

The model knows statuses, times and whose a record is, and nothing of how it is stored, counted or shown.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from oneinvoice_fixtures.organisations import organisations
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.domain.keys import checksum, digest
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.records import api_keys
from sqlalchemy import insert, update

from tests.unit.impl.asgi_client import Answer, ask, bearer
from tests.unit.impl.store.records.stored import differences

SCALE = 12
START = datetime(2026, 4, 2, 12, tzinfo=UTC)
HERE = [("Host", "127.0.0.1:8080")]
OWNERS = organisations(1, SCALE)
PRIMARY = OWNERS[0].id
STATUSES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}
BEFORE = {"sent": "draft", "accepted": "sent", "rejected": "sent", "paid": "sent"}
TRANSITIONS = ("invoice.sent", "invoice.paid", "quote.sent", "quote.accepted", "quote.rejected")
EVENTS = (*TRANSITIONS, "invoice.created", "quote.created")
PAUSES = (0.125, 1.0, 29.5, 59.875, 60.0, 3_600.0, 15 * 86_400.0, 31 * 86_400.0)  # seconds
BAD_QUERIES = ("limit=0", "limit=201", "limit=x", "offset=-1", "offset=", "status=nobody", "limit=1&limit=1")


@dataclass
class Record:
    """What the model knows of a record; `until` is the day on which an invoice is due, or a quote ends."""

    id: str
    owner: str
    status: str
    created: datetime
    until: date | None = None
    invoiced: bool = False


@dataclass
class Key:
    """A key, and the times, in seconds, of what was served to it."""

    text: str
    owner: str
    limit: int
    revoked: bool = False
    served: list[float] = field(default_factory=list)


def _known(record: Any, owner: str) -> Record:
    until = getattr(record, "due_date", None) or getattr(record, "valid_until", None)
    return Record(record.id, owner, record.status, record.created_at, until)


class Service(RuleBasedStateMachine):
    """Keys come and go, people work on quotes and invoices, time passes, and whatever is asked is answered right."""

    keys: Bundle[Key] = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock(START)
        self.app = create_app(Settings(), clock=self.clock, extension=LocalMock("mock.example"))
        seed_database(self.app.database, 1, SCALE, lambda done, total: None)
        self.numbers = iter(range(1, 10_000))
        self.records: dict[str, list[Record]] = {
            "members": [_known(each, owner.id) for owner in OWNERS for each in owner.members()],
            "quotes": [_known(each, owner.id) for owner in OWNERS for each in owner.quotes()],
            "invoices": [_known(each, owner.id) for owner in OWNERS for each in owner.invoices()],
        }
        quotes = {each.id: each for each in self.records["quotes"]}
        for owner in OWNERS:
            for invoice in owner.invoices():
                if invoice.quote_id:
                    quotes[invoice.quote_id].invoiced = True

    def teardown(self) -> None:
        self.app.database.close()

    # Keys

    @initialize(target=keys)
    def first_keys(self) -> Any:
        return multiple(*(self.create_key(owner, limit=3) for owner in OWNERS))

    @rule(target=keys, owner=st.sampled_from(OWNERS), limit=st.integers(1, 5))
    def create_key(self, owner: Any, limit: int) -> Key:
        number = next(self.numbers)
        body = f"{number:043d}"
        key = Key(f"1iv_{body}{checksum(body)}", owner.id, limit)
        row = {
            "id": f"key_{number}", "organisation_id": owner.id, "name": "Made here", "digest": digest(key.text),
            "first_four": key.text[:4], "last_four": key.text[-4:], "rate_limit": limit, "created_at": self.clock(),
        }  # fmt: skip
        with self.app.database.exclusive() as connection:
            connection.execute(insert(api_keys), row)
        return key

    @rule(key=keys)
    def revoke(self, key: Key) -> None:
        key.revoked = True
        self._update(key, revoked_at=self.clock())

    @rule(key=keys, limit=st.integers(1, 5))
    def change_limit(self, key: Key, limit: int) -> None:
        key.limit = limit
        self._update(key, rate_limit=limit)

    def _update(self, key: Key, **values: Any) -> None:
        with self.app.database.exclusive() as connection:
            connection.execute(update(api_keys).where(api_keys.c.digest == digest(key.text)), values)

    @invariant()
    def nothing_is_stored_twice_and_differs(self) -> None:
        with self.app.database.engine.connect() as connection:
            assert differences(connection) == []

    # Time, and what people do

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds: float) -> None:
        self._wait(seconds)

    @rule(event=st.sampled_from(EVENTS))
    def something_happens(self, event: str) -> None:
        """To the oldest record in the right state that allows it, or else to a new one."""
        kind, status = self._parse(event)
        before = BEFORE.get(status)
        ready = [each for each in self._listed(kind, PRIMARY, before) if self._may(each, status)] if before else []
        answer = self._trigger({"event": event})
        assert answer.status == 200, answer
        happened = answer.json["events"][-1]["record"]
        if ready:
            assert happened == ready[0].id
            ready[0].status = status
        else:
            self._add(kind, happened, "draft" if status == "created" else status)

    @rule(event=st.sampled_from(TRANSITIONS), number=st.integers(0, 10_000))
    def something_is_tried(self, event: str, number: int) -> None:
        """On any record of the organisation, which must allow it, or on one of a stranger, which is not there."""
        kind, _ = self._parse(event)
        records = [*self._listed(kind, OWNERS[1].id)[:1], *self._listed(kind, PRIMARY)]
        self._try(event, records[number % len(records)])

    @rule(kind=st.sampled_from(("quotes", "invoices")), over=st.booleans())
    def the_last_day_comes(self, kind: str, over: bool) -> None:
        """Of a new quote that is then answered, or of a new invoice; or it is over."""
        # Where values are set, nothing is done to a record that is there.
        answer = self._trigger({"event": f"{kind.removesuffix('s')}.sent", "set": {"total": "7.00"}})
        assert answer.status == 200
        record = self._add(kind, answer.json["events"][-1]["record"], "sent")
        assert record.until
        self._wait(86_400 * ((record.until - self._today).days + over))
        if kind == "quotes":
            self._try("quote.accepted", record)
        else:
            self.list_records(self.create_key(OWNERS[0], limit=1), kind, 200, None, None)

    def _try(self, event: str, record: Record) -> None:
        kind, status = self._parse(event)
        answer = self._trigger({"event": event, kind.removesuffix("s"): record.id})
        if record.owner != PRIMARY:
            assert answer.status == 404
        elif record.status == BEFORE[status] and self._may(record, status):
            assert answer.status == 200
            record.status = status
        else:
            assert answer.status == 409

    @rule(number=st.integers(0, 10_000))
    def a_quote_is_made_into_an_invoice(self, number: int) -> None:
        quotes = self._listed("quotes", PRIMARY)
        quote = quotes[number % len(quotes)]
        answer = self._trigger({"event": "invoice.created", "quote": quote.id})
        if quote.status != "accepted" or quote.invoiced:
            assert answer.status == 409
            return
        assert answer.status == 200
        quote.invoiced = True
        self._add("invoices", answer.json["events"][-1]["record"], "draft")

    @property
    def _today(self) -> date:
        return self.clock().date()

    def _trigger(self, order: dict[str, Any]) -> Answer:
        return ask(self.app, "/_mock/trigger", HERE, "POST", json.dumps(order).encode())

    def _parse(self, event: str) -> tuple[str, str]:
        kind, _, status = event.partition(".")
        return f"{kind}s", status

    def _may(self, record: Record, status: str) -> bool:
        """A quote can't be accepted when it has ended."""
        return status != "accepted" or record.until is None or record.until >= self._today

    def _add(self, kind: str, id: str, status: str) -> Record:
        until = self._today + timedelta(days=30 if kind == "quotes" else 14)
        self.records[kind].append(Record(id, PRIMARY, status, self.clock(), until))
        return self.records[kind][-1]

    def _listed(self, kind: str, owner: str, status: str | None = None) -> list[Record]:
        records = [each for each in self.records[kind] if each.owner == owner and status in (None, each.status)]
        return sorted(records, key=lambda record: (record.created, record.id))

    # What is asked

    @rule(
        key=keys,
        kind=st.sampled_from(tuple(STATUSES)),
        limit=st.none() | st.integers(1, 8) | st.just(200),
        offset=st.none() | st.integers(0, 14),
        status=st.none() | st.integers(0, 2),
    )
    def list_records(self, key: Key, kind: str, limit: int | None, offset: int | None, status: int | None) -> None:
        asked = {"limit": limit, "offset": offset, "status": None if status is None else STATUSES[kind][status]}
        query = "&".join(f"{name}={value}" for name, value in asked.items() if value is not None)
        answer = self._ask(key, f"/api/v1/{kind}?{query}")
        if answer.status != 200:
            return
        records = self._listed(kind, key.owner, asked["status"])
        limit, offset = limit or 50, offset or 0
        expected = records[offset:][:limit]
        shown = answer.json
        assert shown["pagination"] == {"limit": limit, "offset": offset, "total": len(records)}
        assert [each["id"] for each in shown["data"]] == [each.id for each in expected]
        for each, record in zip(shown["data"], expected, strict=True):
            self._assert_shown(each, record, kind)

    def _assert_shown(self, shown: dict[str, Any], record: Record, kind: str) -> None:
        assert shown["status"] == record.status
        assert datetime.fromisoformat(shown["created_at"]) == record.created
        if kind != "members":
            assert (shown["sent_at"] is None) == (record.status == "draft")
        if kind == "quotes":
            assert (shown["signing"] or {}).get("decision", "none") == (
                record.status if record.status in ("accepted", "rejected") else "none"
            )
        if kind == "invoices":
            late = record.until is not None and record.until < self._today
            due = "overdue" if record.status == "sent" and late else "unpaid"
            assert shown["payment_status"] == ("paid" if record.status == "paid" else due)
            assert (shown["paid_at"] is None) == (record.status != "paid")

    @rule(key=keys, kind=st.sampled_from(tuple(STATUSES)), query=st.sampled_from(BAD_QUERIES))
    def ask_badly(self, key: Key, kind: str, query: str) -> None:
        answer = self._ask(key, f"/api/v1/{kind}?{query}", good=400)
        if answer.status == 400:
            assert [each["parameter"] for each in answer.json["errors"]] == [query.partition("=")[0]]

    @rule(key=keys, pause=st.sampled_from((0.0, 0.125, 7.5)), lowered=st.booleans(), early=st.booleans())
    def ask_until_refused_and_when_that_ends(self, key: Key, pause: float, lowered: bool, early: bool) -> None:
        """Or a moment before it ends; the limit may be lowered meanwhile."""
        for _ in range(key.limit + 1):
            self._ask(key, "/api/v1/members?limit=1")
            self._wait(pause)
        if lowered and key.limit > 1:
            self.change_limit(key, key.limit - 1)
            self._ask(key, "/api/v1/members?limit=1")
        if len(key.served) >= key.limit and not key.revoked:
            end = key.served[-key.limit] + 60 - (0.125 if early else 0)
            self._wait(max(0.0, end - self.clock.monotonic()))
        self._ask(key, "/api/v1/members?limit=1")

    @rule()
    def discover(self) -> None:
        assert ask(self.app, "/api/v1").status == 200

    @rule(key=keys)
    def ask_with_a_near_miss(self, key: Key) -> None:
        assert ask(self.app, "/api/v1/members", bearer(key.text[:-1])).status == 401

    def _wait(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def _ask(self, key: Key, target: str, good: int = 200) -> Answer:
        """The answer, if the key may ask now: else it was 401 or 429, as it should."""
        answer = ask(self.app, target, bearer(key.text))
        if key.revoked:
            assert answer.status == 401
            return answer
        now = self.clock.monotonic()
        key.served = [each for each in key.served if each + 60 > now]
        if len(key.served) < key.limit:
            key.served.append(now)
            assert answer.status == good, answer
            wait, left = key.served[0] + 60 - now, key.limit - len(key.served)
        else:
            assert answer.status == 429
            wait, left = key.served[-key.limit] + 60 - now, 0
            assert answer.headers["retry-after"] == str(math.ceil(wait))
        assert answer.headers["ratelimit"] == f'"minute";r={left};t={math.ceil(wait)}'
        assert answer.headers["ratelimit-policy"] == f'"minute";q={key.limit};w=60'
        return answer


TestService = Service.TestCase
TestService.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
