"""The controls of a mock's records: they are data, which the API shows and no webhook tells of."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.mock.fixtures import text
from oneinvoice_impl.server.app import Application
from oneinvoice_impl.store.tables.webhooks import events
from sqlalchemy import func, select

from tests.unit.impl.asgi_client import Answer, ask, bearer
from tests.unit.impl.mock.controls.test_routing import HERE, assert_problem

OTHER = key_text(1, "other")
RESOURCES = ("members", "quotes", "invoices")


def control(site: Application, method: str, path: str, content: Any = None, **headers: str) -> Answer:
    body = content if isinstance(content, bytes) else b"" if content is None else json.dumps(content).encode()
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return ask(site, f"/_mock{path}", [*HERE, *named], method, body)


def api(site: Application, resource: str, key: str = key_text(1, "primary")) -> list[Any]:
    answer = ask(site, f"/api/v1/{resource}?limit=200", bearer(key))
    assert answer.json["pagination"]["total"] == len(answer.json["data"])
    return list(answer.json["data"])


def everything(site: Application) -> list[Any]:
    return [api(site, resource, key) for resource in RESOURCES for key in (key_text(1, "primary"), OTHER)]


@pytest.mark.parametrize("resource", RESOURCES)
def test_records_are_added_as_the_api_shows_them(site: Application, resource: str) -> None:
    before = api(site, resource)
    record = before[1] | {"id": "mine"} | ({"public_token": "a" * 16} if resource == "quotes" else {})
    if resource == "invoices":
        record |= {"quote_id": None}
    bodies: list[Any] = [{}, [], [record, {}], {"data": [{"id": "x"}], "pagination": {}}, {"data": []}]
    added = []
    for body in bodies:
        answer = control(site, "POST", f"/{resource}", body)
        assert (answer.status, answer.headers["content-type"]) == (201, "application/json")
        added += answer.json["data"]
    assert len(added) == 4
    assert record in added
    by_id = {each["id"]: each for each in api(site, resource)}
    assert by_id == {each["id"]: each for each in before + added}


def test_they_are_data_and_no_events(site: Application) -> None:
    control(site, "POST", "/webhooks", {"url": "http://127.0.0.1:9/"})
    for resource in RESOURCES:
        assert control(site, "POST", f"/{resource}", [{}, {}]).status == 201
    assert control(site, "DELETE", "/invoices").status == 200
    assert control(site, "GET", "/deliveries").json == {"data": []}
    with site.database.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar() == 0


def test_a_mistake_adds_nothing_and_is_told_with_its_place(site: Application) -> None:
    before = everything(site)
    answer = control(site, "POST", "/invoices", [{}, {"total": 1}, {"status": "draft", "paid_at": "now"}])
    assert_problem(answer, 400, 'invoices[1].total: It must be a text such as "1250.00". And 1 more mistake.')
    assert [each["place"] for each in answer.json["errors"]] == ["invoices[1].total", "invoices[2].paid_at"]
    assert_problem(control(site, "POST", "/members", b"[{}"), 400, "It is not JSON")
    assert_problem(control(site, "POST", "/members"), 400, "It is not JSON")
    assert_problem(control(site, "POST", "/members", [7]), 400, "members[0]: It must be an object")
    taken = [{"id": "new"}, {"id": before[0][0]["id"]}]
    assert_problem(control(site, "POST", "/members", taken), 400, "members[1].id: Another member has it; leave it out")
    assert everything(site) == before


def test_all_are_removed_and_one(site: Application) -> None:
    members, quotes, invoices = (api(site, resource) for resource in RESOURCES)
    converted = next(each["quote_id"] for each in invoices if each["quote_id"])
    assert_problem(control(site, "DELETE", "/quotes"), 409, "2 of the invoices were made from quotes", "remove them")
    assert_problem(control(site, "DELETE", f"/quotes/{converted}"), 409, "1 of the invoices were made from this quote")
    assert control(site, "DELETE", f"/members/{members[3]['id']}").json == {"id": members[3]["id"]}
    assert api(site, "members") == members[:3] + members[4:]
    assert control(site, "DELETE", "/invoices").json == {"removed": len(invoices)}
    assert control(site, "DELETE", f"/quotes/{converted}").status == 200
    assert control(site, "DELETE", "/quotes").json == {"removed": len(quotes) - 1}
    assert control(site, "DELETE", "/quotes").json == {"removed": 0}
    assert (api(site, "quotes"), api(site, "invoices")) == ([], [])
    assert [len(api(site, resource, OTHER)) for resource in RESOURCES] == [12, 6, 8]
    # There is something to go on from.
    assert control(site, "POST", "/trigger", {"event": "quote.accepted"}).status == 200


def test_what_another_organisation_has_is_not_removed(site: Application) -> None:
    before = everything(site)
    for resource in RESOURCES:
        for id in (api(site, resource, OTHER)[0]["id"], "nope"):
            word = resource.removesuffix("s")
            assert_problem(control(site, "DELETE", f"/{resource}/{id}"), 404, f"has no {word} {id}.")
    assert_problem(control(site, "PATCH", f"/members/{api(site, 'members', OTHER)[0]['id']}", {}), 404, "has no member")
    assert everything(site) == before


def test_a_member_is_changed(site: Application) -> None:
    member, *others = api(site, "members")
    path = f"/members/{member['id']}"
    assert member["status"] == "active"
    changes = {"status": "pending", "first_name": " Åse ", "email": "åse@Blåbær.example"}
    changed = member | {"status": "pending", "first_name": "Åse", "email": "åse@blåbær.example"}
    assert control(site, "PATCH", path, changes).json == changed
    assert control(site, "PATCH", path, {}).json == changed
    assert control(site, "PATCH", path, changed).json == changed
    assert api(site, "members") == [changed, *others]
    assert changed in ask(site, "/api/v1/members?status=pending", bearer(key_text(1, "primary"))).json["data"]
    for wrong, part in (
        ({"id": "x"}, "members[0].id: It can't be changed"),
        ({"status": "x"}, "members[0].status: It must be active, inactive or pending."),
        ([], "members[0]: It must be an object"),
    ):
        assert_problem(control(site, "PATCH", path, wrong), 400, part)
    assert api(site, "members") == [changed, *others]


YAML = b"members:\n- {first_name: No}\nother:\n  invoices:\n  - id: i\n  - total: 7.00\n"


@pytest.mark.parametrize(
    ("replace", "query", "mine", "theirs"),
    [("", "", 31, 10), ("replace: true\n", "", 1, 2), ("", "?replace=true", 1, 2)],
)
def test_fixtures_are_added_or_replace_what_is_there(
    site: Application, replace: str, query: str, mine: int, theirs: int
) -> None:
    answer = control(site, "POST", f"/fixtures{query}", YAML + replace.encode(), Content_Type="application/yaml")
    assert answer.status == 201
    assert answer.json == {
        "members": 1,
        "quotes": 0,
        "invoices": 0,
        "webhooks": 0,
        "other": {"members": 0, "quotes": 0, "invoices": 2, "webhooks": 0},
    }
    assert len(api(site, "members")) == mine
    assert len(api(site, "invoices", OTHER)) == theirs
    assert len(api(site, "members", OTHER)) == (12 if mine == 31 else 0)


def test_the_format_is_served(site: Application) -> None:
    schema = control(site, "GET", "/fixtures.schema.json").json
    jsonschema_rs.Draft202012Validator(schema).validate({resource: api(site, resource) for resource in RESOURCES})


def test_the_query_goes_before_the_fixtures(site: Application) -> None:
    control(site, "POST", "/fixtures?replace=false", {"replace": True, "members": [{}]})
    assert len(api(site, "members")) == 31
    assert_problem(control(site, "POST", "/fixtures?replace=1", {}), 400, "replace must be true or false.")


def test_mistakes_of_fixtures_have_lines(site: Application) -> None:
    before = everything(site)
    answer = control(site, "POST", "/fixtures?replace=true", YAML + b"  - total: x\n", Content_Type="text/yaml")
    assert answer.json["errors"] == [
        {"place": "other.invoices[2].total", "line": 7, "message": 'It must be a text such as "1250.00".'}
    ]
    answer = control(site, "POST", "/fixtures", {"invoices": [{"quote_id": "q"}, {"quote_id": "r"}]})
    assert [each["place"] for each in answer.json["errors"]] == ["invoices[0].quote_id", "invoices[1].quote_id"]
    answer = control(site, "POST", "/fixtures", {"members": [7] * 5000})
    assert len(answer.json["errors"]) == 100
    assert answer.json["detail"].endswith(". And 4999 more mistakes.")
    assert everything(site) == before


def test_a_body_that_is_too_long(site: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    assert control(site, "POST", "/members", [{"first_name": "a" * 199}] * 600).status == 201

    assert text.LONGEST == 50 * 1024 * 1024
    monkeypatch.setattr(text, "LONGEST", 100)
    assert_problem(control(site, "POST", "/members", [{"first_name": "a" * 199}]), 400, "longer than 50 MiB")
