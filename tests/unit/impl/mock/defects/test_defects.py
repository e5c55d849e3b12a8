"""The defects that a mock can be told to have. That the suite catches each of them, tests/conformance shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.mock.defects import DEFECTS, UnknownDefect, find_defect, table
from oneinvoice_impl.server.app import Application, create_app
from oneinvoice_impl.server.components import DEFAULT, Components
from oneinvoice_impl.settings import Settings
from oneinvoice_openapi.register import register

from tests.unit.impl.asgi_client import ask, bearer
from tests.unit.impl.seeded import seed_memory

KEY = bearer(key_text(1, "primary"))
SIBLING = bearer(key_text(1, "sibling"))
OTHER = bearer(key_text(1, "other"))
LISTS = ("/api/v1/members", "/api/v1/quotes", "/api/v1/invoices")
Make = Callable[[str | None], Application]
_TESTABLE = {row.id for row in register().of("deployment").requirements if row.not_testable is None}
_ROUND_ALL = [name for name, defect in DEFECTS.items() if defect.components.middleware is not DEFAULT.middleware]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes applications with a defect of that name, or without one."""
    made: list[Application] = []

    def build(name: str | None) -> Application:
        app = create_app(Settings(), components=DEFAULT if name is None else DEFECTS[name].components)
        seed_memory(app.database)
        made.append(app)
        return app

    yield build
    for app in made:
        app.database.close()


@pytest.mark.parametrize("name", DEFECTS)
def test_what_a_defect_says_of_itself(name: str) -> None:
    defect = DEFECTS[name]
    assert defect.name == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert re.fullmatch(r"[A-Z][^|\n]+\.", defect.sentence)
    assert defect.requirement in _TESTABLE


@pytest.mark.parametrize("name", DEFECTS)
def test_a_defect_is_another_part_in_the_place_of_one(name: str) -> None:
    components = DEFECTS[name].components
    fields = Components.__dataclass_fields__
    assert sum(getattr(components, field) is not getattr(DEFAULT, field) for field in fields) == 1


def test_none_has_the_name_of_another() -> None:
    sentences = [defect.sentence for defect in DEFECTS.values()]
    assert len(sentences) == len(set(sentences)) == len(table())


def test_the_table_says_what_each_breaks() -> None:
    assert any(re.fullmatch(r"revoked-key-works +AUTH-3 +A revoked key works on\.", line) for line in table())
    starts = {re.search(r"[A-Z]+-\d+", line).start() for line in table()}  # type: ignore[union-attr]
    assert len(starts) == 1, "the columns stand below each other"


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UnknownDefect, match=r"^There is no defect 'revoked-key'; the nearest are revoked-key-works"):
        find_defect("revoked-key")
    with pytest.raises(UnknownDefect, match=r"^There is no defect ''; --list-defects names all\.$"):
        find_defect("")


@pytest.mark.parametrize("name", _ROUND_ALL)
def test_nothing_but_the_api_is_changed(name: str, make: Make) -> None:
    app = make(name)
    assert ask(app, "/openapi.json").json["components"] == document()["components"]
    for target in ("/nothing", "/api", "/api/v1members", "/_mock/clock"):
        assert ask(app, target).status == 404


@pytest.mark.parametrize("name", _ROUND_ALL)
def test_a_changed_answer_is_as_long_as_it_says(name: str, make: Make) -> None:
    app = make(name)
    for target in ("/api/v1", *LISTS, f"{LISTS[0]}?limit=0", f"{LISTS[0]}?status=inactive"):
        answer = ask(app, target, KEY)
        assert answer.headers["content-length"] == str(len(answer.body))
        assert answer.headers["x-request-id"]


def test_no_two_applications_share_what_a_defect_remembers(make: Make) -> None:
    one, two = make("last-key-counts"), make("last-key-counts")
    assert ask(one, LISTS[0], KEY).status == 200
    assert (ask(one, LISTS[0]).status, ask(two, LISTS[0]).status) == (200, 401)
    one, two = make("quotes-cached-for-all-keys"), make("quotes-cached-for-all-keys")
    mine, theirs = ask(one, LISTS[1], KEY).json, ask(two, LISTS[1], OTHER).json
    assert ask(one, LISTS[1], OTHER).json == mine != theirs
    assert ask(two, LISTS[1], KEY).json == theirs


def test_a_cached_key_is_no_other_key(make: Make) -> None:
    app = make("twenty-characters-compared")
    primary = key_text(1, "primary")
    near = bearer(f"{primary[:20]}{'x' * 33}")
    assert ask(app, LISTS[0], near).status == 401, "nobody used the key yet"
    assert ask(app, LISTS[0], KEY).status == 200
    assert ask(app, LISTS[0], near).status == 200
    assert ask(app, LISTS[0], bearer(f"{primary[:19]}{'x' * 34}")).status == 401


def test_who_is_locked_out_is_told_to_wait(make: Make) -> None:
    app = make("locks-out-for-five-minutes")
    assert {ask(app, LISTS[0], KEY).status for _ in range(60)} == {200}
    refused = [ask(app, LISTS[0], KEY) for _ in range(2)]
    assert [answer.status for answer in refused] == [429, 429]
    assert refused[1].headers["retry-after"] == "60"
    assert ask(app, LISTS[0], SIBLING).status == 200


def test_the_parts_are_not_changed_by_what_stands_in_for_them(make: Make) -> None:
    make("members-of-everybody")
    assert ask(make(None), LISTS[0], OTHER).json["pagination"]["total"] == 12
