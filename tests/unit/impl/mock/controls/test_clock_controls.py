"""The mock's clock, moved through the controls: all that asks for the time follows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.webhooks import delivery_queue
from oneinvoice_impl.store.webhooks.delivery_queue import Claim

from tests.unit.impl.api.test_rate_limit import MEMBERS, set_limit
from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.mock.controls.test_routing import HERE, assert_problem, get, post
from tests.unit.impl.seeded import seed_memory
from tests.unit.impl.webhook_world import World

KEY = key_text(1, "primary")
DAY = 24 * 60 * 60
TEN_YEARS = 3653 * DAY


@pytest.fixture
def app() -> Iterator[Application]:
    clock = ManualClock()
    app = create_app(Settings(webhooks_to_loopback=True), clock=clock, extension=LocalMock("mock.example", clock))
    seed_memory(app.database)
    yield app
    app.database.close()


def advance(app: Application, seconds: float) -> Any:
    answer = post(app, "/clock", {"advance": seconds})
    assert answer.status == 200
    return answer.json


def shown(app: Application) -> Any:
    return ask(app, "/_mock/clock", HERE).json


def invoices(app: Application) -> dict[str, Any]:
    listed = ask(app, "/api/v1/invoices?limit=200", bearer(KEY)).json["data"]
    return {invoice["id"]: invoice for invoice in listed}


def happen(app: Application, event: str, **values: str) -> str:
    return str(post(app, "/trigger", {"event": event, "set": values}).json["events"][-1]["record"])


def seconds_ahead(moment: str) -> float:
    return (datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds()


def test_it_is_shown_moved_and_reset(app: Application) -> None:
    assert shown(app)["ahead_seconds"] == 0
    assert abs(seconds_ahead(shown(app)["now"])) < 5
    assert advance(app, 61)["ahead_seconds"] == 61
    assert advance(app, 0.5)["ahead_seconds"] == 61.5
    assert abs(seconds_ahead(shown(app)["now"]) - 61.5) < 5
    assert post(app, "/clock/reset").json["ahead_seconds"] == 0
    assert abs(seconds_ahead(shown(app)["now"])) < 5


def test_it_moves_the_limits_window(app: Application) -> None:
    set_limit(app, 2)
    assert [ask(app, MEMBERS, bearer(KEY)).status for _ in range(3)] == [200, 200, 429]
    advance(app, 50)
    assert int(ask(app, MEMBERS, bearer(KEY)).headers["retry-after"]) <= 10
    advance(app, 10)
    assert ask(app, MEMBERS, bearer(KEY)).status == 200
    post(app, "/clock/reset")
    assert ask(app, MEMBERS, bearer(KEY)).status == 200


def test_it_makes_invoices_overdue(app: Application) -> None:
    id = happen(app, "invoice.sent", total="7.00")
    assert invoices(app)[id]["payment_status"] == "unpaid"
    advance(app, 16 * DAY)
    assert invoices(app)[id]["payment_status"] == "overdue"
    post(app, "/clock/reset")
    assert invoices(app)[id]["payment_status"] == "unpaid"


def test_it_is_the_time_at_which_events_happen(app: Application) -> None:
    advance(app, 3 * DAY)
    id = happen(app, "invoice.paid", total="7.00")
    invoice = invoices(app)[id]
    for moment in ("created_at", "sent_at", "paid_at"):
        assert abs(seconds_ahead(invoice[moment]) - 3 * DAY) < 60
    assert abs(seconds_ahead(f"{invoice['due_date']}T00:00:00Z") - 17 * DAY) <= DAY


def test_webhooks_are_due_by_it(app: Application) -> None:
    post(app, "/webhooks", {"url": "http://127.0.0.1:1/hook"})
    advance(app, DAY)
    happen(app, "invoice.created")
    assert abs(seconds_ahead(get(app, "/deliveries")[0]["next_attempt_at"]) - DAY) < 60


@pytest.mark.parametrize(
    "content",
    [
        {}, {"advance": None}, {"advance": "61"}, {"advance": True}, {"advance": [1]}, {"advance": -1},
        {"advance": TEN_YEARS + 1}, {"advance": 10**400}, {"advance": 1e308}, {"advance": float("nan")},
        {"advance": float("inf")},
    ],
)  # fmt: skip
def test_bad_input(app: Application, content: Any) -> None:
    assert_problem(post(app, "/clock", content), 400, "from 0 to 315619200 (ten years)")
    assert shown(app)["ahead_seconds"] == 0


def test_ten_years_in_all(app: Application) -> None:
    advance(app, TEN_YEARS - 1)
    assert_problem(post(app, "/clock", {"advance": 2}), 400, "at most ten years ahead; reset it first")
    assert shown(app)["ahead_seconds"] == TEN_YEARS - 1
    assert ask(app, MEMBERS, bearer(KEY)).status == 200
    post(app, "/clock/reset")
    advance(app, TEN_YEARS)


@pytest.mark.parametrize(("method", "path"), [("GET", "/clock"), ("POST", "/clock"), ("POST", "/clock/reset")])
def test_a_clock_that_is_not_the_only_one_is_not_moved(method: str, path: str) -> None:
    app = create_app(Settings(workers=2), extension=LocalMock("mock.example"))
    assert_problem(ask(app, f"/_mock{path}", HERE, method, b'{"advance": 61}'), 409, "start one mock without them")
    app.database.close()


def test_what_is_being_sent_is_not_sent_again_because_the_clock_was_moved(world: World) -> None:
    world.add("http://127.0.0.1:1/")
    world.happen()
    lease = timedelta(seconds=25)

    def claim(running: Sequence[Claim]) -> list[Claim]:
        return world.do(lambda connection: delivery_queue.claim(connection, world.now, lease, 10, running, lambda _: 4))

    (sending,) = claim([])
    world.go_on(hours=1)
    assert claim([sending]) == []
    (taken_over,) = claim([])
    assert taken_over.delivery_id == sending.delivery_id
