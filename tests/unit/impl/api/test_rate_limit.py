"""The limit of a key as its user meets it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.seeding import seed_database
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.tables.records import api_keys
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from tests.unit.impl.api.test_security import NOT_VALID
from tests.unit.impl.asgi_client import Answer, ask, ask_together, bearer
from tests.unit.impl.seeded import seed_memory

KEY, SIBLING, OTHER = (key_text(1, name) for name in ("primary", "sibling", "other"))
MEMBERS = "/api/v1/members?limit=1"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def app(clock: ManualClock) -> Iterator[Application]:
    app = create_app(Settings(), clock=clock)
    seed_memory(app.database)
    yield app
    app.database.close()


def set_limit(app: Application, limit: int, name: str = "primary") -> None:
    with app.database.engine.begin() as connection:
        connection.execute(update(api_keys).where(api_keys.c.name == name), {"rate_limit": limit})


def remaining(answer: Answer) -> str:
    return answer.headers["ratelimit"].partition(";r=")[2].partition(";")[0]


def left(app: Application) -> int:
    """How many requests are left before this one."""
    return int(remaining(ask(app, MEMBERS, bearer(KEY)))) + 1


def test_60_are_served_and_the_61st_is_a_problem(app: Application) -> None:
    answers = [ask(app, MEMBERS, bearer(KEY)) for _ in range(61)]
    assert [answer.status for answer in answers] == [200] * 60 + [429]
    assert [remaining(answer) for answer in answers] == [str(left) for left in (*range(59, -1, -1), 0)]
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"minute";q=60;w=60'}
    assert answers[0].headers["ratelimit"] == '"minute";r=59;t=60'
    refused = answers[60]
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"] == f'"minute";r=0;t={refused.headers["retry-after"]}'
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": f"This key may send 60 requests in a minute; try again in {refused.headers['retry-after']} seconds.",
        "request_id": refused.headers["x-request-id"],
    }
    schema = {"$ref": "#/components/schemas/Problem", "components": document()["components"]}
    jsonschema_rs.Draft202012Validator(schema).validate(refused.json)
    assert "retry-after" not in answers[59].headers


def test_all_endpoints_count_together_and_discovery_not_at_all(app: Application) -> None:
    set_limit(app, 3)
    for path in ("/api/v1/members", "/api/v1/quotes", "/api/v1/invoices"):
        assert ask(app, path, bearer(KEY)).status == 200
    for path in ("/api/v1/members", "/api/v1/quotes", "/api/v1/invoices"):
        assert ask(app, path, bearer(KEY)).status == 429
    discovery = ask(app, "/api/v1", bearer(KEY))
    assert discovery.status == 200
    assert not {"ratelimit", "ratelimit-policy"} & discovery.headers.keys()


@pytest.mark.parametrize(
    ("target", "method", "status", "cost"),
    [
        ("/api/v1/members?limit=0", "GET", 400, 1),
        ("/api/v1/members", "HEAD", 200, 1),
        ("/api/v1/members", "POST", 405, 0),
        ("/api/v1/nothing", "GET", 404, 0),
        ("/api/v1", "GET", 200, 0),
        ("/openapi.json", "GET", 200, 0),
    ],
)
def test_what_counts(app: Application, target: str, method: str, status: int, cost: int) -> None:
    answer = ask(app, target, bearer(KEY), method)
    assert answer.status == status
    assert ("ratelimit" in answer.headers) == bool(cost)
    assert left(app) == 60 - cost


def test_without_a_valid_key_nothing_counts_on_any_key(app: Application) -> None:
    for key in NOT_VALID:
        answer = ask(app, MEMBERS, bearer(key))
        assert answer.status == 401
        assert "ratelimit" not in answer.headers
    ask(app, MEMBERS, [("Authorization", f"Basic {KEY}")])
    ask(app, MEMBERS)
    assert left(app) == 60


def test_who_is_throttled_learns_nothing_of_parameters(app: Application) -> None:
    set_limit(app, 1)
    ask(app, MEMBERS, bearer(KEY))
    assert ask(app, "/api/v1/members?limit=0", bearer(KEY)).status == 429


def test_keys_have_limits_of_their_own(app: Application) -> None:
    set_limit(app, 1)
    assert [ask(app, MEMBERS, bearer(key)).status for key in (KEY, KEY, SIBLING, OTHER)] == [200, 429, 200, 200]


def test_the_limit_of_a_key_is_effective_at_once(app: Application) -> None:
    ask(app, MEMBERS, bearer(KEY))
    ask(app, MEMBERS, bearer(KEY))
    set_limit(app, 1)
    assert ask(app, MEMBERS, bearer(KEY)).status == 429
    set_limit(app, 4)
    answers = [ask(app, MEMBERS, bearer(KEY)) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"minute";q=4;w=60'


def test_one_of_many_at_once_is_not_forgotten(app: Application) -> None:
    answers = ask_together(app, [MEMBERS] * 100, bearer(KEY))
    assert sorted(answer.status for answer in answers) == [200] * 60 + [429] * 40
    assert sorted(remaining(answer) for answer in answers if answer.status == 200) == sorted(map(str, range(60)))


def test_who_waits_as_told_is_served(app: Application, clock: ManualClock) -> None:
    set_limit(app, 1)
    ask(app, MEMBERS, bearer(KEY))
    refused = ask(app, MEMBERS, bearer(KEY))
    clock.advance(timedelta(seconds=int(refused.headers["retry-after"])))
    assert ask(app, MEMBERS, bearer(KEY)).status == 200


def test_a_limit_of_one_reads_well(app: Application) -> None:
    set_limit(app, 1)
    ask(app, MEMBERS, bearer(KEY))
    assert ask(app, MEMBERS, bearer(KEY)).json["detail"].startswith("This key may send 1 request in a minute; ")


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_that_serves_nothing_can_not_be_stored(app: Application, limit: int) -> None:
    with pytest.raises(IntegrityError):
        set_limit(app, limit)


def test_a_database_error_says_how_the_key_stands(app: Application) -> None:
    with app.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE members RENAME TO gone")
    answer = ask(app, MEMBERS, bearer(KEY))
    assert (answer.status, remaining(answer)) == (500, "59")


@pytest.mark.parametrize(("workers", "served"), [(1, 60), (4, 15)])
def test_several_workers_without_redis_have_parts_and_say_so(
    workers: int, served: int, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(workers=workers))
    seed_database(app.database, seed=1, scale=0, progress=lambda done, total: None)
    statuses: list[Any] = [ask(app, MEMBERS, bearer(KEY)).status for _ in range(61)]
    assert statuses.count(200) == served
    assert ("without ONEINVOICE_REDIS_URL" in caplog.text) == (workers > 1)
    app.database.close()
