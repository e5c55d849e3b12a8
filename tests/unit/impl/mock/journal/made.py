"""Entries of a journal and sends of deliveries, made without a mock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from oneinvoice_impl.mock.faults.sends import Send
from oneinvoice_impl.mock.faults.webhook_fault import WebhookFault
from oneinvoice_impl.mock.journal.journal import Entry

AT = datetime(2026, 4, 2, 12, tzinfo=UTC)
KEY = "1iv_" + "k" * 49
HOOK = "http://127.0.0.1:9401/hook?a=b"


def entry(since: float, target: str = "/api/v1/members", status: int = 200, **values: Any) -> Entry:
    """A request that came at so many seconds, and took a hundredth of one; `told` is its answer's Retry-After.

    `page` is the offset, the number of records and the total of its answer, `key` None one without a key, and `moved`
    how far the mock's clock was moved.
    """
    key, told, page = values.pop("key", KEY), values.pop("told", None), values.pop("page", None)
    sent = values.pop("headers", [] if key is None else [("authorization", f"Bearer {key}")])
    path, _, query = target.partition("?")
    made = Entry(
        AT + timedelta(seconds=since),
        since,
        since + values.pop("moved", 0.0),
        "req_1",
        "1.1",
        values.pop("connection", "127.0.0.1:50000"),
        "GET",
        path,
        query.encode(),
        [(name.encode(), value.encode()) for name, value in sent],
        status=status,
        seconds=0.01,
        answered=[] if told is None else [(b"retry-after", told.encode())],
    )
    if page is not None:
        offset, count, total = page
        pagination = {"offset": offset, "total": total}
        made.body = json.dumps({"data": [{}] * count, "pagination": pagination}).encode()
    for name, value in values.items():
        setattr(made, name, value)
    return made


def send(status: int | None, kind: str | None = None, *, id: str = "del_1", **values: Any) -> Send:
    """One request of a delivery, by default of a paid invoice."""
    fault = None if kind is None else WebhookFault(kind)
    usual: dict[str, Any] = {
        "endpoint_id": "whe_1",
        "event_id": "evt_1",
        "event": "invoice.paid",
        "url": HOOK,
        "attempt": 1,
        "fault": fault,
        "name": None if fault is None else f"flt_1; {fault}",
        "at": AT,
        "duration": timedelta(),
        "error": None,
    }
    return Send(delivery_id=id, status=status, **usual | values)
