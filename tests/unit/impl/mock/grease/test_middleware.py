"""Greased answers of the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jsonschema_rs
import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.clock import ManualClock
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.settings import Settings
from oneinvoice_impl.store.accounts.keys import grant_limit

from tests.unit.impl.asgi_client import Answer, ask, bearer
from tests.unit.impl.mock.grease.plain import plain
from tests.unit.impl.seeded import seed_memory

KEY = bearer(key_text(1, "primary"))
LISTS = ("members", "quotes", "invoices")
Make = Callable[[int | None], Application]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes mocks with that seed of grease, or without."""
    made: list[Application] = []

    def build(grease: int | None) -> Application:
        app = create_app(Settings(), extension=LocalMock(clock=ManualClock(), grease=grease))
        seed_memory(app.database)
        with app.database.engine.begin() as connection:
            grant_limit(connection, key_text(1, "primary"), 100_000)
        made.append(app)
        return app

    yield build
    for app in made:
        app.database.close()


def shown(answer: Answer) -> tuple[bytes, dict[str, str]]:
    """What doesn't differ by itself."""
    varying = ("x-request-id", "ratelimit")
    return answer.body, {name: value for name, value in answer.headers.items() if name not in varying}


@pytest.mark.parametrize(
    ("target", "schema"),
    [
        ("/api/v1", "Discovery"),
        ("/api/v1/members", "MemberPage"),
        ("/api/v1/members?limit=7&offset=3", "MemberPage"),
        ("/api/v1/quotes", "QuotePage"),
        ("/api/v1/quotes?limit=5", "QuotePage"),
        ("/api/v1/invoices?status=paid", "InvoicePage"),
        ("/api/v1/members?limit=0", "BadRequestProblem"),
        ("/api/v1/nothing", "Problem"),
    ],
)
def test_answers_are_valid_against_the_implemented_document(make: Make, target: str, schema: str) -> None:
    app = make(7)
    components = {"$ref": f"#/components/schemas/{schema}", "components": document()["components"]}
    validator = jsonschema_rs.Draft202012Validator(components, validate_formats=True)
    answers = [ask(app, target, KEY) for _ in range(25)]
    for answer in answers:
        validator.validate(answer.json)
        if "content-length" in answer.headers:
            assert answer.headers["content-length"] == str(len(answer.body))
        kind = "application/json" if answer.status == 200 else "application/problem+json"
        assert answer.headers["content-type"].lower() in (kind, f"{kind}; charset=utf-8", f"{kind};charset=utf-8")
    assert len({answer.body for answer in answers}) == 25
    assert len({answer.headers["content-type"] for answer in answers}) == 3
    assert 0 < sum("content-length" in answer.headers for answer in answers) < 25
    assert any(name.startswith("x-grease-") for answer in answers for name in answer.headers)


@pytest.mark.parametrize("target", ["/api/v1", *(f"/api/v1/{name}" for name in LISTS), "/api/v1/members?limit=9"])
def test_what_is_documented_stays(make: Make, target: str) -> None:
    expected, app = ask(make(None), target, KEY).json, make(3)
    for _ in range(20):
        assert plain(ask(app, target, KEY).json) == expected


def test_the_nth_answer_is_the_same_again(make: Make) -> None:
    targets = ["/api/v1", "/api/v1/quotes?limit=3", "/api/v1/members", "/api/v1/quotes?limit=3"] * 3
    one, same, another = ([shown(ask(app, each, KEY)) for each in targets] for app in (make(7), make(7), make(8)))
    assert one == same
    assert all(first[0] != second[0] for first, second in zip(one, another, strict=True))
    assert [headers["x-mock-grease"] for _, headers in one] == [f"7.{number}" for number in range(1, 13)]


def test_a_request_has_the_choices_of_an_answer_again(make: Make) -> None:
    app, other = make(7), make(8)
    answers = [ask(app, "/api/v1/invoices?limit=4", KEY) for _ in range(5)]
    again = ask(other, "/api/v1/invoices?limit=4", [*KEY, ("Prefer", "return=minimal, grease=7.3")])
    assert shown(again) == shown(answers[2])
    assert ask(other, "/api/v1", [("Prefer", "xgrease=7.3, grease=seven")]).headers["x-mock-grease"] == "8.1"


@pytest.mark.parametrize("name", ["quotes", "invoices"])
def test_who_pages_by_what_came_sees_all_and_who_adds_the_limit_does_not(make: Make, name: str) -> None:
    app = make(7)
    every = [each["id"] for each in ask(make(None), f"/api/v1/{name}?limit=200", KEY).json["data"]]

    def page(offset: int) -> list[str]:
        content = ask(app, f"/api/v1/{name}?limit=3&offset={offset}", KEY).json
        place, ids = content["pagination"], [each["id"] for each in content["data"]]
        assert place["total"] == len(every)
        assert place["limit"] == len(ids) or offset + len(ids) == len(every)
        assert len(ids) >= (2 if offset + 3 < len(every) else len(every) - offset)
        return ids

    lengths = set()
    for _ in range(10):
        seen: list[str] = []
        while len(seen) < len(every):
            seen += page(len(seen))
            lengths.add(len(seen))
        assert seen == every
    assert lengths - {*range(0, len(every), 3), len(every)}
    blindly = [[id for offset in range(0, len(every), 3) for id in page(offset)] for _ in range(10)]
    assert min(map(len, blindly)) < len(every)


def test_members_are_as_many_as_asked_for_and_each_is_shown_alike(make: Make) -> None:
    app = make(7)
    first, *others = [ask(app, "/api/v1/members?limit=6", KEY).json["data"] for _ in range(30)]
    assert len(first) == 6
    assert all(other == first for other in others)
    assert any(name.startswith("x_grease_") for each in first for name in each)


def test_faults_come_as_they_are(make: Make) -> None:
    app = make(7)
    garbage = ask(app, "/api/v1/members", [*KEY, ("Prefer", "fault=garbage")])
    assert garbage.body == ask(make(None), "/api/v1/members", [*KEY, ("Prefer", "fault=garbage")]).body
    assert garbage.headers["content-length"] == str(len(garbage.body))
    problem = ask(app, "/api/v1/members", [*KEY, ("Prefer", "code=429; retry-after=3")])
    assert (problem.status, problem.json["status"], problem.headers["retry-after"]) == (429, 429, "3")
    assert problem.headers["x-mock-grease"] == "7.2"


def test_what_is_beside_the_api_is_not_greased(make: Make) -> None:
    app, bare = make(7), make(None)
    for target in ("/openapi.json", "/_mock/faults"):
        answer = ask(app, target, [("Host", "127.0.0.1")])
        assert answer.body == ask(bare, target, [("Host", "127.0.0.1")]).body
        assert "x-mock-grease" not in answer.headers
