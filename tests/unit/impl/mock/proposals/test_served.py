"""What a mock serves of a proposed contract."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_impl.api.implemented import document

from tests.unit.impl.asgi_client import ask
from tests.unit.impl.mock.proposals.drafts import KEY, PATHS, Draft, serving


def test_the_contract_as_it_is_is_served_as_ever(tmp_path: Path) -> None:
    with serving(Draft().admitted(tmp_path)) as mock, serving(Draft().admitted(tmp_path)) as again:
        for path in PATHS.values():
            assert mock.get(path).json == again.get(path).json
        assert set(mock.page(PATHS["members"])[0][0]) == set(document()["components"]["schemas"]["Member"]["required"])
        assert mock.proposal.differences == ["nothing that clients meet differs"]
        assert not mock.proposal.statuses


@pytest.mark.parametrize(
    ("described", "allowed"),
    [
        ({"type": "string", "examples": ["Kalle", "Nan"]}, {"Kalle", "Nan"}),
        ({"type": "string", "example": "Kalle"}, {"Kalle"}),
        ({"type": "string", "default": "none"}, {"none"}),
        ({"const": 7}, {7}),
        ({"enum": ["a", "b", 3]}, {"a", "b", 3}),
        ({"type": "string", "examples": [5, "Nan"]}, {"Nan"}),
        ({"type": "integer", "minimum": 3, "maximum": 4}, {3, 4}),
        ({"type": "number", "multipleOf": 0.5, "exclusiveMinimum": 1, "exclusiveMaximum": 2}, {1.5}),
        ({"type": ["null", "boolean"]}, {True, False}),
    ],
)
def test_values_of_a_new_field(described: Any, allowed: set[Any], tmp_path: Path) -> None:
    with serving(Draft().field("Member", "added", described).admitted(tmp_path)) as mock:
        assert {each["added"] for each in mock.all("members")} == allowed


@pytest.mark.parametrize(
    "described",
    [
        {"type": "string", "format": each}
        for each in ("date", "date-time", "time", "email", "uuid", "uri", "uri-reference", "ipv4", "ipv6", "hostname")
    ]
    + [
        {"type": "string", "pattern": r"^\+47 ?[0-9]{8}$"},
        {"type": "string", "pattern": r"^(NO|SE)[0-9]{2}(-\w+)?\s?[^a-z]x+$"},
        {"type": "string", "minLength": 40, "maxLength": 41},
        {"type": "string", "maxLength": 2},
        {"type": "array", "minItems": 3, "maxItems": 3, "uniqueItems": True, "items": {"enum": ["a", "b", "c"]}},
        {"type": "array", "items": {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}},
        {"type": "object", "additionalProperties": False, "properties": {"a": {"type": "number", "minimum": -2}}},
        {"oneOf": [{"type": "null"}, {"type": "object", "required": ["kind"], "properties": {"kind": {"const": "b"}}}]},
        {"allOf": [{"$ref": "#/components/schemas/Currency"}, {"enum": ["NOK", "x"]}]},
        {"$ref": "#/components/schemas/Member"},
        True,
    ],
    ids=str,
)
def test_made_values_are_valid_and_of_more_than_one_record(described: Any, tmp_path: Path) -> None:
    draft = Draft().field("Member", "added", described).field("Customer", "added", described, required=True)
    with serving(draft.admitted(tmp_path)) as mock:
        members, invoices = mock.all("members"), mock.all("invoices")
        assert all("added" in each for each in members)
        assert all("added" in each["customer"] for each in invoices)
        assert mock.all("members") == members


def test_a_record_shows_the_same_wherever_it_is(tmp_path: Path) -> None:
    draft = Draft().field("Invoice", "reminders", {"type": "integer", "minimum": 0, "maximum": 1000})
    draft.field("Customer", "phone", {"type": "string", "pattern": "^[0-9]{8}$"})
    with serving(draft.admitted(tmp_path)) as mock:
        body = mock.trigger("invoice.paid")[-1]["data"]
        (listed,) = [each for each in mock.all("invoices") if each["id"] == body["id"]]
        (filtered,) = [each for each in mock.all("invoices", "&status=paid") if each["id"] == body["id"]]
        assert body == listed == filtered
        assert body["customer"]["phone"]
        assert len({each["reminders"] for each in mock.all("invoices")}) > 5


def test_what_went_is_left_out_everywhere(tmp_path: Path) -> None:
    draft = Draft().without("Invoice", "due_date").without("Customer", "email").without("Problem", "title")
    draft.without("Pagination", "offset").without("Endpoint", "summary")
    with serving(draft.admitted(tmp_path)) as mock:
        assert not [each for each in mock.all("invoices") if "due_date" in each or "email" in each["customer"]]
        assert "due_date" not in mock.trigger("invoice.created")[0]["data"]
        assert "title" not in mock.get("/api/v1/members?limit=0").json
        assert set(mock.page(PATHS["quotes"])[1]) == {"limit", "total"}
        assert set(mock.get("/api/v1").json["endpoints"][0]) == {"method", "path"}


def test_messages_around_records_have_their_new_fields(tmp_path: Path) -> None:
    draft = Draft().field("Problem", "help", {"type": "string", "const": "https://help.example"}, required=True)
    draft.field("Discovery", "docs", {"type": "string", "example": "https://docs.example"})
    draft.field("MemberPage", "warnings", {"type": "array", "items": {"type": "string"}, "maxItems": 0})
    draft.field("Event", "attempt", {"type": "integer", "minimum": 1, "maximum": 1}, required=True)
    with serving(draft.admitted(tmp_path)) as mock:
        for target in ("/api/v1/members?limit=0", "/api/v1/nothing"):
            assert mock.get(target).json["help"] == "https://help.example"
        refused = ask(mock.app, "/api/v1/members")
        assert (refused.status, refused.json["help"]) == (401, "https://help.example")
        planned = ask(mock.app, "/api/v1/members", [*KEY, ("Prefer", "code=503")])
        assert (planned.status, planned.json["help"]) == (503, "https://help.example")
        assert mock.get(PATHS["members"]).json["warnings"] == []
        assert mock.get("/api/v1").json["docs"] == "https://docs.example"
        assert mock.trigger("quote.created")[0]["attempt"] == 1


def test_values_of_another_type_are_converted_or_made(tmp_path: Path) -> None:
    draft = Draft().field("Invoice", "total", {"type": "number"})
    draft.field(
        "Quote", "total", {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "number"}}}
    )
    draft.field("Customer", "email", {"type": "string", "format": "email"})
    draft.field("Member", "first_name", {"type": "string", "maxLength": 3})
    with serving(Draft().admitted(tmp_path)) as plain:
        before = plain.all("invoices"), plain.all("members")
    with serving(draft.admitted(tmp_path)) as mock:
        assert [each["total"] for each in mock.all("invoices")] == [float(each["total"]) for each in before[0]]
        assert all(each["total"]["amount"] is not None for each in mock.all("quotes"))
        assert all(each["customer"]["email"] for each in mock.all("invoices"))
        kept = [(old["first_name"], new["first_name"]) for old, new in zip(before[1], mock.all("members"), strict=True)]
        assert all(new == old for old, new in kept if len(old) <= 3)


def test_values_from_the_examples_of_messages(tmp_path: Path) -> None:
    draft = Draft().field("Member", "nickname", {"type": "string"})
    draft.content["components"]["examples"]["MemberPage"]["value"]["data"][0]["nickname"] = "Kalle"
    with serving(draft.admitted(tmp_path)) as mock:
        assert {each["nickname"] for each in mock.all("members")} == {"Kalle"}


def test_what_it_answered_can_be_loaded_again_without_its_new_fields(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    draft = Draft().field("Member", "nickname", {"type": "string"}).field("Signing", "device", {"type": "string"})
    draft.field("Customer", "vat", {"type": "object", "properties": {"number": {"type": "integer"}}})
    with serving(draft.admitted(tmp_path)) as mock:
        before = {resource: mock.all(resource) for resource in PATHS}
        assert all("number" in each["customer"]["vat"] for each in before["invoices"])
        loaded = mock.control("/fixtures?replace=true", before)
        assert loaded.status == 201, loaded
        assert caplog.messages == [
            "Fixtures keep nothing of members.nickname, quotes.customer.vat, quotes.signing.device, "
            "invoices.customer.vat, for which the mock makes values up."
        ]
        assert {resource: mock.all(resource) for resource in PATHS} == before
        member = before["members"][0]
        assert mock.control(f"/members/{member['id']}", {"nickname": "Nan"}, "PATCH").status == 200
        scenario = {"fixtures": {"other": {"members": [{"nickname": "Nan"}, {"vat": 3}]}}}
        for path, content in (("/quotes", {"nickname": "Nan"}), ("/members", {"vat": 3}), ("/scenario", scenario)):
            refused = mock.control(path, content)
            assert (refused.status, "It is not known" in refused.json["detail"]) == (400, True), refused
        del scenario["fixtures"]["other"]["members"][1]
        assert mock.control("/scenario", scenario).status == 200


def test_new_statuses_are_shown_filtered_and_counted(tmp_path: Path) -> None:
    draft = Draft()
    for schema, status in (("MemberStatus", "archived"), ("QuoteStatus", "expired"), ("InvoiceStatus", "cancelled")):
        draft.schemas[schema]["enum"].append(status)
    with serving(draft.admitted(tmp_path)) as mock:
        for resource, status in (("members", "archived"), ("quotes", "expired"), ("invoices", "cancelled")):
            everything = mock.all(resource)
            counts = Counter(each["status"] for each in everything)
            assert 0 < counts[status] < len(everything) / 3
            for each, count in counts.items():
                found = mock.all(resource, f"&status={each}")
                assert (len(found), {record["status"] for record in found}) == (count, {each})
        before = mock.all("members")
        assert mock.control("/reset", {}).status == 200
        assert mock.all("members") == before
        cancelled = mock.all("invoices", "&status=cancelled")[0]["id"]
        answer = mock.control("/trigger", {"event": "invoice.paid", "invoice": cancelled})
        assert answer.status == 409
        assert "it is cancelled" in answer.json["detail"]


def test_a_new_payment_status_is_that_of_some_who_wait(tmp_path: Path) -> None:
    draft = Draft()
    draft.schemas["PaymentStatus"]["enum"].append("partially_paid")
    with serving(draft.admitted(tmp_path), scale=300) as mock:
        shown = [each for each in mock.all("invoices") if each["payment_status"] == "partially_paid"]
        assert shown
        assert {each["status"] for each in shown} == {"sent"}
        assert mock.trigger("invoice.paid", invoice=shown[0]["id"])[0]["data"]["payment_status"] == "paid"


def test_limits_and_defaults_of_parameters(tmp_path: Path) -> None:
    draft = Draft()
    draft.content["components"]["parameters"]["Limit"]["schema"] |= {"default": 25, "maximum": 30}
    with serving(draft.admitted(tmp_path)) as mock:
        assert [len(mock.page(PATHS["members"])[0]), mock.page(PATHS["members"])[1]["limit"]] == [25, 25]
        assert len(mock.page(f"{PATHS['members']}?limit=30")[0]) == 30
        refused = mock.get(f"{PATHS['members']}?limit=31")
        assert (refused.status, refused.json["errors"][0]["message"]) == (400, "must be a whole number from 1 to 30")


def test_parameters_that_went_are_passed_over(tmp_path: Path) -> None:
    draft = Draft()
    draft.content["paths"][PATHS["members"]]["get"]["parameters"] = []
    with serving(draft.admitted(tmp_path)) as mock:
        assert mock.get(PATHS["members"]).json == mock.get(f"{PATHS['members']}?limit=0&offset=3&status=x").json


def test_a_required_parameter(tmp_path: Path) -> None:
    draft = Draft()
    draft.content["paths"][PATHS["members"]]["get"]["parameters"][2]["required"] = True
    with serving(draft.admitted(tmp_path)) as mock:
        refused = mock.get(PATHS["members"])
        assert (refused.status, refused.json["detail"]) == (400, "status must be given.")
        assert mock.get(f"{PATHS['members']}?status=active").status == 200


@pytest.mark.parametrize(
    ("schema", "field", "good", "bad"),
    [
        ({"$ref": "#/components/schemas/Currency"}, "currency", "NOK", "nok"),
        ({"type": "integer", "minimum": 0, "maximum": 3}, "reminders", "2", "4"),
        ({"type": "boolean"}, "disputed", "true", "yes"),
        ({"type": "number"}, "discount", "0.5", "half"),
        ({"type": "string", "enum": ["post", "mail"]}, "channel", "mail", "fax"),
    ],
)
def test_filters_by_a_field(schema: Any, field: str, good: str, bad: str, tmp_path: Path) -> None:
    draft = Draft().parameter("invoices", {"name": field, "schema": schema})
    if field != "currency":
        described = schema | ({"multipleOf": 0.25, "minimum": 0, "maximum": 1} if field == "discount" else {})
        draft.field("Invoice", field, described, required=True)
    with serving(draft.admitted(tmp_path), scale=200) as mock:
        everything = mock.all("invoices")
        wanted = json.loads(good) if field in ("reminders", "disputed", "discount") else good
        expected = [each for each in everything if each[field] == wanted]
        assert 0 < len(expected) < len(everything)
        assert mock.all("invoices", f"&{field}={good}") == expected
        both = [each for each in expected if each["status"] == "paid"]
        assert mock.all("invoices", f"&{field}={good}&status=paid") == both
        refused = mock.get(f"{PATHS['invoices']}?{field}={bad}")
        assert (refused.status, refused.json["errors"][0]["parameter"]) == (400, field)


def test_new_events_and_those_that_went(tmp_path: Path) -> None:
    draft = Draft().field("Member", "nickname", {"type": "string", "minLength": 1})
    draft.event("member.created", {"$ref": "#/components/schemas/Member"})
    draft.event("quote.viewed", {"description": "x", "allOf": [{"$ref": "#/components/schemas/Quote"}]})
    draft.event("system.beat", {"type": "object", "required": ["beat"], "properties": {"beat": {"type": "integer"}}})
    del draft.content["webhooks"]["quote.created"]
    with serving(draft.admitted(tmp_path)) as mock:
        (created,) = mock.trigger("member.created")
        assert created["data"] in mock.all("members")
        quotes = mock.all("quotes")
        assert mock.trigger("quote.viewed")[0]["data"] == quotes[0]
        assert mock.trigger("quote.viewed", quote=quotes[3]["id"])[0]["data"] == quotes[3]
        assert isinstance(mock.trigger("system.beat")[0]["data"]["beat"], int)
        for order, status, part in (
            ({"event": "quote.created"}, 400, "system.beat"),
            ({"event": "quote.viewed", "quote": "quo_x"}, 404, "no quote quo_x"),
            ({"event": "quote.viewed", "invoice": "inv_x"}, 400, "name none"),
            ({"event": "quote.viewed", "set": {"total": "1.00"}}, 400, "leave out set"),
        ):
            answer = mock.control("/trigger", order)
            assert (answer.status, part in answer.json["detail"]) == (status, True), answer
        url = "http://127.0.0.1:9/hook"
        some = mock.control("/webhooks", {"url": url, "secret": "S", "events": ["member.created", "quote.sent"]})
        assert some.json["events"] == ["member.created", "quote.sent"]
        gone = mock.control("/webhooks", {"url": url, "events": ["quote.created"]})
        assert (gone.status, "quote.viewed" in gone.json["detail"]) == (400, True)
        assert mock.control("/webhooks", {"url": f"{url}/all", "secret": "S"}).status == 200
        told = mock.control("/trigger", {"event": "member.created"}).json["events"][0]
        assert len(told["deliveries"]) == 2
        told = mock.control("/trigger", {"event": "quote.sent", "set": {"total": "1.00"}}).json["events"]
        assert [(each["event"], len(each["deliveries"])) for each in told] == [("quote.created", 0), ("quote.sent", 2)]


def test_an_event_tells_of_a_record_with_the_status_that_it_is_called_by(tmp_path: Path) -> None:
    draft = Draft().event("invoice.cancelled", {"$ref": "#/components/schemas/Invoice"})
    draft.schemas["InvoiceStatus"]["enum"].append("cancelled")
    with serving(draft.admitted(tmp_path)) as mock:
        assert mock.trigger("invoice.cancelled")[0]["data"]["status"] == "cancelled"


def test_operations_that_went_are_not_there(tmp_path: Path) -> None:
    draft = Draft()
    del draft.content["paths"][PATHS["quotes"]]
    with serving(draft.admitted(tmp_path)) as mock:
        assert mock.get(PATHS["quotes"]).status == 404
        assert PATHS["quotes"] not in {each["path"] for each in mock.get("/api/v1").json["endpoints"]}


def test_new_headers(tmp_path: Path) -> None:
    draft = Draft()
    responses = draft.content["paths"][PATHS["members"]]["get"]["responses"]
    responses["200"]["headers"]["X-Total"] = {"schema": {"type": "integer", "minimum": 7, "maximum": 7}}
    with serving(draft.admitted(tmp_path)) as mock:
        assert mock.get(PATHS["members"]).headers["x-total"] == "7"


def test_the_document_that_is_served_is_shown(tmp_path: Path) -> None:
    draft = Draft().field("Member", "nickname", {"type": "string"})
    draft.content["servers"] = [{"url": "https://else.example"}]
    with serving(draft.admitted(tmp_path)) as mock:
        shown = ask(mock.app, "/openapi.json").json
        assert shown["servers"][0]["url"] == "/"
        assert "nickname" in shown["components"]["schemas"]["Member"]["properties"]


def test_data_that_the_document_has_no_room_for_is_an_error_and_no_lie(tmp_path: Path) -> None:
    """What holds between fields is known only when a record is there."""
    draft = Draft()
    draft.schemas["Member"] |= {
        "if": {"properties": {"status": {"const": "pending"}}},
        "then": {"properties": {"email": {"const": "nobody@nordlys.example"}}},
    }
    with serving(draft.admitted(tmp_path)) as mock:
        answer = mock.get(f"{PATHS['members']}?status=pending")
        assert answer.status == 500
        assert "#/data/0/email" in answer.json["detail"]
        assert mock.get(f"{PATHS['members']}?status=active").status == 200


def _with_security_of_each(content: dict[str, Any]) -> None:
    security = content.pop("security")
    for item in content["paths"].values():
        item["get"].setdefault("security", security)


def _with_members_alone(content: dict[str, Any]) -> None:
    content["paths"] = {PATHS["members"]: content["paths"][PATHS["members"]]}


def _with_nothing(content: dict[str, Any]) -> None:
    for name in [*content]:
        if name not in ("openapi", "info"):
            del content[name]
    content["paths"] = {}


@pytest.mark.parametrize(
    ("change", "statuses"),
    [
        (_with_security_of_each, [200, 200, 200]),
        (_with_members_alone, [200, 404, 404]),
        (_with_nothing, [404, 404, 404]),
    ],
)
def test_a_document_need_not_have_what_others_have(
    change: Callable[[dict[str, Any]], None], statuses: list[int], tmp_path: Path
) -> None:
    draft = Draft()
    change(draft.content)
    with serving(draft.admitted(tmp_path)) as mock:
        assert [ask(mock.app, path, KEY).status for path in PATHS.values()] == statuses


def test_without_events_none_can_be_triggered(tmp_path: Path) -> None:
    draft = Draft()
    del draft.content["webhooks"]
    with serving(draft.admitted(tmp_path)) as mock:
        answer = mock.control("/trigger", {"event": "invoice.paid"})
        told = "There is no event 'invoice.paid'; the contract that the mock serves has none."
        assert (answer.status, answer.json["detail"]) == (400, told)
