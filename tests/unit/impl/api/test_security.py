"""Who is let in."""

from __future__ import annotations

import logging

import jsonschema_rs
import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.domain.keys import checksum
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.tables.records import api_keys
from sqlalchemy import update

from tests.unit.impl.asgi_client import Headers, ask, bearer

KEY = key_text(1, "primary")
PATHS = ("/api/v1/members", "/api/v1/quotes", "/api/v1/invoices")
UNKNOWN = f"1iv_{'A' * 43}{checksum('A' * 43)}"

NOTHING_SENT: list[Headers] = [
    [],
    [("Authorization", "")],
    [("Authorization", KEY)],
    [("Authorization", f"Basic {KEY}")],
    [("Authorization", f"Token {KEY}")],
    [("Authorization", f"Bearer:{KEY}")],
    [("Authorization", f"Bearer\t{KEY}")],
    [("Authorization", f" Bearer {KEY}")],
    [("Authorization", f"BearerBearer {KEY}")],
    [("X-Api-Key", KEY)],
    [("Cookie", f"key={KEY}")],
    [("Authorization", f"Bearer {KEY}"), ("Authorization", f"Bearer {KEY}")],
    [("Authorization", f"Bearer {KEY}"), ("Authorization", "")],
]
NOT_VALID = [
    "", "1iv_", KEY[:-1], KEY + "A", KEY.lower(), KEY.upper(), KEY.swapcase(), KEY[4:], f"{KEY},{KEY}", f"{KEY} {KEY}",
    f'"{KEY}"', KEY.replace("1iv_", "2iv_"), KEY[:10] + "ÿ" + KEY[11:], f"{KEY}\x00", f"{KEY}\t", UNKNOWN, "x" * 10_000,
    key_text(1, "revoked"), key_text(2, "primary"), KEY[:-1] + ("A" if KEY[-1] != "A" else "B"),
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", NOTHING_SENT)
def test_no_key_in_the_right_place(memory_app: Application, path: str, headers: Headers) -> None:
    answer = ask(memory_app, path, headers)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("key", NOT_VALID)
def test_keys_that_are_not_valid(memory_app: Application, path: str, key: str) -> None:
    answer = ask(memory_app, path, bearer(key))
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    if key:
        assert key not in answer.body.decode()


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
@pytest.mark.parametrize("gap", [" ", "   "])
def test_the_scheme_is_case_insensitive(memory_app: Application, scheme: str, gap: str) -> None:
    assert ask(memory_app, "/api/v1/members", [("Authorization", f"{scheme}{gap}{KEY}")]).status == 200


@pytest.mark.parametrize("name", ["primary", "sibling", "other"])
@pytest.mark.parametrize("path", PATHS)
def test_valid_keys(app: Application, path: str, name: str) -> None:
    assert ask(app, path, bearer(key_text(1, name))).status == 200


def test_a_revoked_key_on_each_kind_of_database(app: Application) -> None:
    assert ask(app, "/api/v1/members", bearer(key_text(1, "revoked"))).status == 401


def test_revocation_is_immediate(memory_app: Application) -> None:
    assert ask(memory_app, "/api/v1/members", bearer(KEY)).status == 200
    with memory_app.database.engine.begin() as connection:
        row = connection.execute(api_keys.select().where(api_keys.c.name == "revoked")).one()
        connection.execute(update(api_keys).where(api_keys.c.name == "primary").values(revoked_at=row.revoked_at))
    assert ask(memory_app, "/api/v1/members", bearer(KEY)).status == 401


def test_who_is_not_let_in_learns_nothing_of_parameters(memory_app: Application) -> None:
    assert ask(memory_app, "/api/v1/members?limit=0").status == 401


def test_discovery_asks_for_nothing(memory_app: Application) -> None:
    for headers in NOTHING_SENT:
        assert ask(memory_app, "/api/v1", headers).status == 200


def test_the_answer(memory_app: Application) -> None:
    schema = {"$ref": "#/components/schemas/Problem", "components": document()["components"]}
    answer = ask(memory_app, "/api/v1/members")
    assert answer.headers["content-type"] == "application/problem+json"
    jsonschema_rs.Draft202012Validator(schema).validate(answer.json)
    assert answer.json["request_id"] == answer.headers["x-request-id"]


def test_no_log_carries_a_key(memory_app: Application, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for key in (KEY, UNKNOWN, key_text(1, "revoked")):
            ask(memory_app, f"/api/v1/members?key={key}&limit={key}", bearer(key))
            ask(memory_app, f"/{key}", bearer(key), method="POST")
    assert caplog.records, "nothing was logged, so nothing was tested"
    for key in (KEY, UNKNOWN, key_text(1, "revoked")):
        assert key not in caplog.text


def test_of_a_key_only_its_digest_and_eight_characters_are_stored(memory_app: Application) -> None:
    with memory_app.database.engine.connect() as connection:
        rows = connection.execute(api_keys.select()).mappings().all()
    stored = next(row for row in rows if row["name"] == "primary")
    assert (stored["first_four"], stored["last_four"]) == (KEY[:4], KEY[-4:])
    assert stored["rate_limit"] == 60
    assert len(stored["digest"]) == 64
    assert not [value for row in rows for value in row.values() if KEY[4:-4] in str(value)]
