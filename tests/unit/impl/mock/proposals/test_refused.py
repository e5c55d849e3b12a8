"""What a mock refuses to serve of a proposed contract, each thing in one sentence with its place."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_impl.mock.proposals.admission import NotServed
from oneinvoice_openapi.references import Unusable

from tests.unit.impl.mock.proposals.drafts import PATHS, Draft


def another_list(content: dict[str, Any]) -> None:
    added = copy.deepcopy(content["paths"][PATHS["members"]])
    added["get"]["operationId"] = "list_payments"
    content["paths"]["/api/v1/payments"] = added


def another_method(content: dict[str, Any]) -> None:
    content["paths"][PATHS["members"]]["post"] = {"operationId": "add", "responses": {"201": {"description": "Made"}}}


def another_version(content: dict[str, Any]) -> None:
    content["paths"]["/api/v2/members"] = content["paths"].pop(PATHS["members"])


def another_scheme(content: dict[str, Any]) -> None:
    content["components"]["securitySchemes"]["apiKey"] = {"type": "apiKey", "in": "header", "name": "X-Key"}


def a_second_scheme(content: dict[str, Any]) -> None:
    content["components"]["securitySchemes"]["other"] = {"type": "http", "scheme": "basic"}
    content["paths"][PATHS["members"]]["get"]["security"] = [{"apiKey": []}, {"other": []}]


def another_name(content: dict[str, Any]) -> None:
    content["paths"][PATHS["members"]]["get"]["operationId"] = "members"


def a_body(content: dict[str, Any]) -> None:
    content["paths"][PATHS["members"]]["get"]["requestBody"] = {"content": {"application/json": {}}}


def a_sort(content: dict[str, Any]) -> None:
    content["paths"][PATHS["members"]]["get"]["parameters"].append(
        {"name": "sort", "in": "query", "schema": {"type": "string"}}
    )


def a_filter_by_an_object(content: dict[str, Any]) -> None:
    content["paths"][PATHS["quotes"]]["get"]["parameters"].append(
        {"name": "customer", "in": "query", "schema": {"type": "string"}}
    )


def a_header(content: dict[str, Any]) -> None:
    content["paths"][PATHS["members"]]["get"]["parameters"].append(
        {"name": "X-Tenant", "in": "header", "schema": {"type": "string"}}
    )


def negative_limits(content: dict[str, Any]) -> None:
    content["components"]["parameters"]["Limit"]["schema"]["minimum"] = -1


def limits_as_texts(content: dict[str, Any]) -> None:
    content["components"]["parameters"]["Limit"]["schema"] = {"type": "string"}


def pages_too_short(content: dict[str, Any]) -> None:
    content["components"]["parameters"]["Limit"]["schema"]["maximum"] = 500


def a_status_less(content: dict[str, Any]) -> None:
    content["components"]["schemas"]["MemberStatus"]["enum"].remove("pending")


def ids_as_numbers(content: dict[str, Any]) -> None:
    content["components"]["schemas"]["Id"] = {"type": "integer"}


def a_bad_request_less(content: dict[str, Any]) -> None:
    responses = content["paths"][PATHS["members"]]["get"]["responses"]
    responses["422"] = responses.pop("400")
    del responses["default"]


def no_answers(content: dict[str, Any]) -> None:
    del content["paths"][PATHS["members"]]["get"]["responses"]


def xml(content: dict[str, Any]) -> None:
    answered = content["paths"][PATHS["members"]]["get"]["responses"]["200"]["content"]
    answered["application/xml"] = answered.pop("application/json")


def a_closed_page(content: dict[str, Any]) -> None:
    content["components"]["schemas"]["Pagination"]["properties"]["total"]["maximum"] = 10


def nothing_is_valid(content: dict[str, Any]) -> None:
    impossible = {"type": "integer", "minimum": 5, "maximum": 4}
    content["components"]["schemas"]["Member"]["properties"]["impossible"] = impossible


def a_member_in_a_member(content: dict[str, Any]) -> None:
    member = content["components"]["schemas"]["Member"]
    member["properties"]["boss"] = {"$ref": "#/components/schemas/Member"}
    member["required"].append("boss")


def another_agent(content: dict[str, Any]) -> None:
    content["components"]["parameters"]["UserAgent"]["schema"] = {"const": "1invoice-webhooks/2"}


def a_header_of_events(content: dict[str, Any]) -> None:
    content["webhooks"]["invoice.paid"]["post"]["parameters"].append(
        {"name": "X-Nonce", "in": "header", "required": True, "schema": {"type": "string"}}
    )


def a_strange_event(content: dict[str, Any]) -> None:
    content["webhooks"]["invoice paid, late"] = content["webhooks"]["invoice.paid"]


def an_event_by_put(content: dict[str, Any]) -> None:
    content["webhooks"]["invoice.paid"] = {"put": content["webhooks"]["invoice.paid"]["post"]}


def another_request_id(content: dict[str, Any]) -> None:
    content["components"]["headers"]["X-Request-Id"]["schema"] = {"type": "string", "format": "uuid"}


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (another_list, "/paths/~1api~1v1~1payments/get", "nothing to answer GET /api/v1/payments with"),
        (another_method, "/paths/~1api~1v1~1members/post", "nothing to answer POST"),
        (another_version, "/paths/~1api~1v2~1members/get", "nothing to answer GET /api/v2/members"),
        (another_scheme, "/paths/~1api~1v1~1members/get", "keys as they are today"),
        (a_second_scheme, "/paths/~1api~1v1~1members/get/security", "keys as they are today"),
        (another_name, "/paths/~1api~1v1~1members/get", "knows this operation as list_members"),
        (no_answers, "/paths/~1api~1v1~1members/get/responses", "the mock answers 200 with application/json there"),
        (a_body, "/paths/~1api~1v1~1members/get/requestBody", "takes no body"),
        (a_sort, "/paths/~1api~1v1~1members/get/parameters/3", "no field of these records is named sort"),
        (a_filter_by_an_object, "/paths/~1api~1v1~1quotes/get/parameters/3", "single value"),
        (a_header, "/paths/~1api~1v1~1members/get/parameters/3", "X-Tenant in the header has no effect"),
        (negative_limits, "/components/parameters/Limit", "may be negative"),
        (limits_as_texts, "/components/parameters/Limit", "a whole number"),
        (pages_too_short, "/components/schemas/MemberPage/properties/data", "allows 500 records, and this 200"),
        (a_status_less, "/components/schemas/Member/properties/status", "status pending, which went"),
        (ids_as_numbers, "/components/schemas/Member/properties/id", "can have nothing else"),
        (a_bad_request_less, "/paths/~1api~1v1~1members/get/responses", "answers 400"),
        (xml, "/paths/~1api~1v1~1members/get/responses", "200 with application/json"),
        (a_closed_page, "/components/schemas/Pagination/properties/total", "can have nothing else"),
        (nothing_is_valid, "/components/schemas/Member/properties/impossible", "finds no value"),
        (a_member_in_a_member, "/components/schemas/Member/properties/boss", "finds no value"),
        (another_agent, "/components/parameters/UserAgent", "1invoice-webhooks/1"),
        (a_header_of_events, "/webhooks/invoice.paid/post/parameters/5", "sends no X-Nonce"),
        (a_strange_event, "/webhooks/invoice paid, late", "no event can have that name"),
        (an_event_by_put, "/webhooks/invoice.paid", "by POST"),
        (another_request_id, "/components/headers/X-Request-Id", "as it is today"),
    ],
)  # fmt: skip
def test_what_is_refused(change: Callable[[dict[str, Any]], None], place: str, words: str, tmp_path: Path) -> None:
    draft = Draft()
    change(draft.content)
    with pytest.raises(NotServed) as refused:
        draft.admitted(tmp_path)
    reasons = refused.value.reasons
    assert any(each.startswith(f"#{place} (line ") and words in each for each in reasons), reasons
    assert all(each.endswith(".") and "; " in each and "(line 1)" not in each for each in reasons)
    assert len(reasons) == len(set(reasons)) < 9


def test_each_thing_has_a_sentence(tmp_path: Path) -> None:
    draft = Draft()
    another_list(draft.content)
    a_sort(draft.content)
    another_agent(draft.content)
    with pytest.raises(NotServed) as refused:
        draft.admitted(tmp_path)
    assert len(refused.value.reasons) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("openapi: [", "is not YAML"),
        ("openapi: 3.0.3", "3.1"),
        ("openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: {/a: {$ref: 'b.yaml'}}", "b.yaml"),
        ("openapi: 3.1.0\ninfo: {title: a, version: '1'}\npaths: 5", "not OpenAPI 3.1"),
    ],
)
def test_what_is_unusable(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "draft.yaml"
    path.write_text(text)
    from oneinvoice_impl.mock.proposals.admission import admitted

    with pytest.raises(Unusable, match=re.escape(words)):
        admitted(str(path))
