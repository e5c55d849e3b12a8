"""A mock's user grants a key another limit."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.domain.errors import IllegalTransition
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.accounts.keys import KeyRepository, grant_limit
from oneinvoice_impl.store.tables.records import api_keys
from sqlalchemy import select

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.mock.controls.test_routing import HERE, app, assert_problem, post
from tests.unit.impl.webhook_world import ORGANISATION, START, World

__all__ = ["app"]

KEY = key_text(1, "other")


def id_of(app: Application) -> str:
    with app.database.engine.connect() as connection:
        return str(connection.execute(select(api_keys.c.id).where(api_keys.c.name == "other")).scalar_one())


@pytest.mark.parametrize("by_id", [True, False])
def test_it_counts_from_the_next_request_on(app: Application, by_id: bool, caplog: pytest.LogCaptureFixture) -> None:
    assert ask(app, "/api/v1/members", bearer(KEY)).headers["ratelimit-policy"] == '"minute";q=60;w=60'
    with caplog.at_level(logging.DEBUG):
        answer = post(app, "/keys/limit", {"key": id_of(app) if by_id else KEY, "limit": 600})
    assert answer.json == {"name": "other", "first": KEY[:4], "last": KEY[-4:], "limit": 600}
    assert KEY not in caplog.text
    assert ask(app, "/api/v1/members", bearer(KEY)).headers["ratelimit-policy"] == '"minute";q=600;w=60'
    other = ask(app, "/api/v1/members", bearer(key_text(1, "primary")))
    assert other.headers["ratelimit-policy"] == '"minute";q=60;w=60'


def test_on_each_kind_of_database(world: World) -> None:
    for organisation, id in ((ORGANISATION, "key_1"), ("org_2", "key_2")):
        world.do(
            lambda connection, own=organisation, id=id: KeyRepository(connection, own).add(id, id, f"1iv_{id}", START)
        )
    for name, limit in (("key_1", 600), ("1iv_key_1", 700)):
        row = world.do(lambda connection, name=name, limit=limit: grant_limit(connection, name, limit))
        assert row is not None
        assert (row["id"], row["rate_limit"], "digest" in row) == ("key_1", limit, False)
    assert world.do(lambda connection: grant_limit(connection, "1iv_", 1)) is None
    assert {row["id"]: row["rate_limit"] for row in world.rows(api_keys)} == {"key_1": 700, "key_2": 60}


def test_revocation_on_each_kind_of_database(world: World) -> None:
    world.do(lambda connection: KeyRepository(connection, "org_2").add("key_1", "Theirs", "1iv_1", START))
    assert world.do(lambda connection: KeyRepository(connection, ORGANISATION).revoke("key_1", START)) is None
    assert world.do(lambda connection: KeyRepository(connection, "org_2").count_active()) == 1
    assert world.do(lambda connection: KeyRepository(connection, "org_2").revoke("key_1", START))
    with pytest.raises(IllegalTransition, match="was revoked before"):
        world.do(lambda connection: KeyRepository(connection, "org_2").revoke("key_1", START))
    assert world.do(lambda connection: KeyRepository(connection, "org_2").count_active()) == 0


@pytest.mark.parametrize("key", ["", "key_nothing", KEY[:-1], "other", "'; DROP TABLE api_keys; --"])
def test_keys_that_are_none(app: Application, key: str) -> None:
    answer = post(app, "/keys/limit", {"key": key, "limit": 600})
    assert_problem(answer, 404, "There is no such key")
    assert not key or key not in answer.json["detail"]


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ({"limit": 600}, "key is missing"),
        ({"key": 1, "limit": 600}, "key must be a text"),
        *(({"key": KEY, "limit": limit}, "from 1 to 1000000") for limit in (0, -1, 1_000_001, "600", 1.5, True, None)),
        ({"key": KEY, "limit": 600, "more": 1}, "more is not known"),
    ],
)
def test_bad_input(app: Application, content: Any, part: str) -> None:
    answer = post(app, "/keys/limit", content)
    assert_problem(answer, 400, part)
    assert KEY not in answer.json["detail"]


def test_it_is_for_the_user_alone(app: Application) -> None:
    body = f'{{"key": "{KEY}", "limit": 600}}'.encode()
    answer = ask(app, "/_mock/keys/limit", [*HERE, ("Origin", "https://evil.example")], "POST", body)
    assert_problem(answer, 403)
