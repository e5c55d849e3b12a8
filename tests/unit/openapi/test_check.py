from collections.abc import Callable
from typing import Any

import openapi_spec_validator  # noqa: F401  # binds a socket as it is imported, which no unit test may
import pytest
from oneinvoice_openapi.check import check_document, requirement_gaps
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.register import register

from tests.unit.openapi.document_parts import drop, event, example, listing, parameter, schema

Change = Callable[[dict[str, Any]], object]
LIST = "/api/v1/members"


def problems(change: Change) -> list[str]:
    """The problems of the authored document with a change."""
    changed = document()
    change(changed)
    return check_document(changed)


def test_the_authored_document_has_no_problem() -> None:
    assert check_document(document()) == []


CONTRADICTIONS: list[tuple[str, Change, str, str]] = [
    (
        "a default of 25",
        lambda it: parameter(it, "Limit")["schema"].update(default=25),
        "MEM-2 (“limit — items per page (default 50, max 200)”): ",
        "#/components/parameters/Limit/schema/default is 25, and must be 50; change it",
    ),
    (
        "a maximum of 100",
        lambda it: parameter(it, "Limit")["schema"].update(maximum=100),
        "MEM-3 (“limit — items per page (default 50, max 200)”): #/components/parameters/Limit/schema/maximum is",
        "200",
    ),
    (
        "no limit",
        lambda it: listing(it)["parameters"].pop(0),
        "#/paths/~1api~1v1~1members/get/parameters has no limit/schema/default, which must be 50",
        "MEM-2 (",
    ),
    (
        "pages of 500",
        lambda it: schema(it, "MemberPage")["properties"]["data"].update(maxItems=500),
        "#/components/schemas/MemberPage/properties/data/maxItems is 500",
        "MEM-4 (“limit",
    ),
    (
        "an offset from 1",
        lambda it: parameter(it, "Offset")["schema"].update(default=1, minimum=1),
        "#/components/parameters/Offset/schema/default is 1, and must be 0",
        "MEM-6 (“offset",
    ),
    (
        "no due_date",
        lambda it: drop(it, "Invoice", "due_date"),
        "INV-4 (“due date”): #/components/schemas/Invoice/properties is ",
        "must have due_date",
    ),
    (
        "due_date optional",
        lambda it: schema(it, "Invoice")["required"].remove("due_date"),
        "INV-4 (“due date”): #/components/schemas/Invoice/required is ",
        "must have due_date",
    ),
    ("no public_token", lambda it: drop(it, "Quote", "public_token"), "QUO-4 (“public_token”)", "Quote/properties"),
    ("no signing", lambda it: drop(it, "Quote", "signing"), "QUO-5 (“signing info”)", "must have signing"),
    (
        "no payment status",
        lambda it: drop(it, "Invoice", "payment_status"),
        "INV-3 (“payment status”)",
        "payment_status",
    ),
    (
        "discovery behind a key",
        lambda it: it["paths"]["/api/v1"]["get"].pop("security"),
        'DISC-1 (“No credentials needed.”): #/security is [{"apiKey": []}], and must be []',
        "change it",
    ),
    (
        "members without a key",
        lambda it: listing(it).update(security=[]),
        "AUTH-4 (“All endpoints require a Bearer token in the Authorization header.”)",
        "#/paths/~1api~1v1~1members/get/security is []",
    ),
    ("nothing behind a key", lambda it: it.update(security=[]), "AUTH-4 (", "#/security is []"),
    (
        "a key in a header of its own",
        lambda it: it["components"]["securitySchemes"].update(
            apiKey={"type": "apiKey", "in": "header", "name": "X-Key"}
        ),
        '#/components/securitySchemes/apiKey/type is "apiKey", and must be "http"',
        "AUTH-4 (",
    ),
    (
        "status required",
        lambda it: listing(it)["parameters"][2].update(required=True),
        "MEM-8 (“GET /api/v1/members?limit=50&offset=0&status=active”)",
        "#/paths/~1api~1v1~1members/get/parameters/2/required is true, and must not be true",
    ),
    (
        "status of invoices required",
        lambda it: listing(it, "invoices")["parameters"][2].update(required=True),
        "INV-2 (“GET /api/v1/invoices?status=paid”)",
        "must not be true",
    ),
    (
        "no pending members",
        lambda it: schema(it, "MemberStatus")["enum"].remove("pending"),
        "MEM-7 (“status — filter on active, inactive, pending”): #/components/schemas/MemberStatus/enum is",
        "nothing else",
    ),
    ("a fourth filter", lambda it: schema(it, "MemberStatus")["enum"].append("gone"), "MEM-7 (", "nothing else"),
    (
        "no signature",
        lambda it: event(it, "quote.sent")["parameters"].pop(1),
        "HOOK-4 (“X-1Invoice-Signature— HMAC-SHA256 of the raw body with your secret (hex)”): "
        "#/webhooks/quote.sent/post/parameters has no X-1Invoice-Signature",
        "change it",
    ),
    (
        "an optional signature",
        lambda it: parameter(it, "Signature").update(required=False),
        "HOOK-4 (",
        "#/components/parameters/Signature/required is false",
    ),
    (
        "base64",
        lambda it: parameter(it, "Signature")["schema"].update(pattern="^[A-Za-z0-9+/]{43}=$"),
        "HOOK-4 (",
        "hex",
    ),
    (
        "another agent",
        lambda it: parameter(it, "UserAgent")["schema"].update(const="1invoice/2"),
        "HOOK-5 (",
        "User-Agent",
    ),
    (
        "an event of another name",
        lambda it: schema(it, "QuoteSent")["allOf"][1]["properties"]["event"].update(const="q.s"),
        "HOOK-10 (“quote.sent”): #/components/schemas/QuoteSent/allOf/1/properties/event/const",
        'must be "quote.sent"',
    ),
    (
        "an event less",
        lambda it: it["webhooks"].pop("invoice.paid"),
        "HOOK-8 (“invoice.paid”): #/webhooks has no invoice.paid/",
        'must be "invoice.paid"',
    ),
    (
        "events as forms",
        lambda it: event(it, "quote.sent")["requestBody"].update(content={"application/x-www-form-urlencoded": {}}),
        "HOOK-2 (",
        "application/json and nothing else",
    ),
    (
        "no 429",
        lambda it: listing(it)["responses"].pop("429"),
        "RATE-2 (“On overload you get 429 Too Many Requests.”): #/paths/~1api~1v1~1members/get/responses has no 429",
        "there",
    ),
    ("no 401", lambda it: listing(it, "quotes")["responses"].pop("401"), "AUTH-1 (", "quotes/get/responses has no 401"),
    ("no 500", lambda it: listing(it, "quotes")["responses"].pop("500"), "ERR-3 (", "quotes/get/responses has no 500"),
    (
        "no challenge",
        lambda it: it["components"]["responses"]["Unauthorized"]["headers"].pop("WWW-Authenticate"),
        "SPEC-2 (",
        "has no WWW-Authenticate/required",
    ),
    (
        "100 requests a minute",
        lambda it: it["components"]["headers"]["RateLimit-Policy"].update(example='"m";q=100;w=60'),
        "RATE-1 (“Soft limit: 60 requests/minute per key.”)",
        "q=100",
    ),
    (
        "words of another limit",
        lambda it: it["info"].update(description=it["info"]["description"].replace("60 requests", "90 requests")),
        "RATE-1 (",
        "#/info/description",
    ),
    (
        "pages as CSV",
        lambda it: listing(it)["responses"]["200"].update(content={"text/csv": {}}),
        "VER-4 (",
        "text/csv, and must have application/json and nothing else",
    ),
    (
        "an endpoint less",
        lambda it: it["paths"].pop("/api/v1/invoices"),
        "VER-1 (“We use URL versioning.”)",
        "#/paths is",
    ),
    (
        "a week's notice",
        lambda it: event(it, "api.change_announced").update(summary="Soon"),
        "NEWS-1 (",
        "at least 30 days",
    ),
]


@pytest.mark.parametrize(
    ("change", "first", "second"), [row[1:] for row in CONTRADICTIONS], ids=[row[0] for row in CONTRADICTIONS]
)
def test_a_contradiction_of_the_documentation_is_told_with_its_clause(change: Change, first: str, second: str) -> None:
    told = [problem for problem in problems(change) if first in problem and second in problem]
    assert told, problems(change)
    assert all(
        problem.endswith("change it, or `document` of that row if the documentation changed.") for problem in told
    )


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda it: example(it, "InvoicePage")["data"][0].update(status="gone"),
            "#/components/examples/InvoicePage/value/data/0/status is no example of #/components/schemas/InvoicePage: "
            '"gone" is not one of "draft", "sent" or "paid"; correct it, or the schema.',
        ),
        (
            lambda it: example(it, "QuoteSent").update(event="quote.accepted"),
            "#/components/examples/QuoteSent/value/event",
        ),
        (
            lambda it: example(it, "MemberPage")["data"][0].pop("email"),
            "#/components/examples/MemberPage/value/data/0 is",
        ),
        (
            lambda it: example(it, "InvoicePaid")["data"].update(due_date="2026-02-30"),
            "InvoicePaid/value/data/due_date",
        ),
        (lambda it: parameter(it, "Limit").update(example=500), "#/components/parameters/Limit/example is no example"),
        (lambda it: listing(it)["parameters"][2].update(example="gone"), "get/parameters/2/example is no example"),
        (
            lambda it: it["components"]["headers"]["Retry-After"].update(example="soon"),
            "headers/Retry-After/example is",
        ),
        (lambda it: parameter(it, "Offset")["schema"].update(default=-1), "Offset/schema/default is no example"),
    ],
)
def test_an_example_that_is_not_valid_is_told(change: Change, told: str) -> None:
    assert any(told in problem for problem in problems(change)), problems(change)


def test_an_example_is_held_to_its_schema_whatever_the_path_is_called() -> None:
    def add_path(it: dict[str, Any]) -> None:
        content = {"schema": {"$ref": "#/components/schemas/Member"}, "example": {"id": 1}}
        answer = {"description": "One", "content": {"application/json": content}}
        it["paths"]["/api/v1/m%20 é/{id}"] = {"get": {"responses": {"200": answer}}}

    [told] = [each for each in problems(add_path) if "JSON Schema" in each or "no example" in each]
    assert told.startswith("#/paths/~1api~1v1~1m%20 é~1{id}/get/responses/200/content/application~1json/example")
    assert " is no example of #/components/schemas/Member: " in told


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda it: listing(it).pop("summary"), "#/paths/~1api~1v1~1members/get has no summary; write one"),
        (lambda it: event(it, "quote.sent").pop("description"), "#/webhooks/quote.sent/post has no description; write"),
        (lambda it: listing(it).update(operationId="listMembers"), "has the operationId 'listMembers'"),
        (
            lambda it: schema(it, "Member")["properties"]["last_name"].pop("description"),
            "#/components/schemas/Member/properties/last_name has no description; write one, there or where its $ref",
        ),
        (
            lambda it: schema(it, "Id").pop("description"),
            "#/components/schemas/Member/properties/id has no description",
        ),
        (
            lambda it: schema(it, "Customer").pop("unevaluatedProperties"),
            "#/components/schemas/Customer doesn't say whether it is open; write `unevaluatedProperties: true`",
        ),
        (
            lambda it: schema(it, "Event")["properties"].update(event={"type": "string", "description": "Its name"}),
            "#/components/schemas/InvoicePaid/allOf/1/properties/event is a property of the base too",
        ),
        (
            lambda it: schema(it, "Timestamp").update(pattern="Z$"),
            "#/components/schemas/Timestamp has a format and a pat",
        ),
        (
            lambda it: it["components"]["schemas"].update(Fax={"type": "string"}),
            "#/components/schemas/Fax is used by nothing; leave it out, or refer to it.",
        ),
        (
            lambda it: it["components"]["examples"].update(Fax={"value": 1}),
            "#/components/examples/Fax is used by nothing",
        ),
        (
            lambda it: it["components"]["responses"]["ServerError"].update(
                content={"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
            ),
            "#/components/responses/ServerError is an error that is not application/problem+json alone; give it that",
        ),
        (
            lambda it: it["components"]["responses"]["ServerError"].pop("content"),
            "is an error that is not application/pro",
        ),
    ],
)
def test_what_is_bad_style_is_told_with_how_to_mend_it(change: Change, told: str) -> None:
    assert any(told in problem for problem in problems(change)), problems(change)


def test_a_document_that_is_not_valid_is_told_where() -> None:
    def broken(it: dict[str, Any]) -> None:
        del it["info"]["title"]
        it["paths"]["/api/v1"]["get"]["responses"] = []
        listing(it)["parameters"].append({"name": "a", "in": "nowhere"})

    told = problems(broken)
    assert any("title" in problem for problem in told)
    assert any(problem.startswith("#/paths/~1api~1v1/get/responses is not valid OpenAPI 3.1: ") for problem in told)
    assert any(problem.startswith("#/paths/~1api~1v1~1members/get/parameters/3") for problem in told)


def test_an_operation_or_a_webhook_without_requirements_is_told() -> None:
    broken = document()
    del broken["paths"]["/api/v1"]["get"]["x-requirements"]
    broken["webhooks"]["quote.sent"]["post"]["x-requirements"] = []
    told = requirement_gaps(broken, register().of("deployment"))
    assert told[:2] == [
        "GET /api/v1: carries no x-requirements; list the ids of those that it keeps.",
        "webhook quote.sent: carries no x-requirements; list the ids of those that it keeps.",
    ]
    assert [problem.split(" ")[0] for problem in told[2:]] == ["DISC-1", "DISC-2", "HOOK-10"]


@pytest.mark.parametrize("id", ["QUO-99", "CLIENT/KEY-1"])  # the document names nothing of clients
def test_an_unknown_requirement_is_told(id: str) -> None:
    told = problems(lambda it: listing(it, "quotes")["x-requirements"].append(id))
    assert told == [f"{id}: named by the document, but not in the register; correct the id, or add its row."]


def test_a_requirement_that_nothing_names_is_told() -> None:
    told = problems(lambda it: it["info"]["x-requirements"].remove("VER-2"))
    assert told == [
        "VER-2 (“/api/v1 is stable.”): in the register, but no x-requirements names it; name it where it is kept."
    ]


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.pop("webhooks"),
        lambda it: it["paths"].clear(),
        lambda it: it["paths"].update({"/api/v1": None}),
        lambda it: it["webhooks"].update({"quote.sent": {}}),
        lambda it: it.update({"info": None}),
        lambda it: it["paths"]["/api/v1"]["get"].update({"x-requirements": "DISC-1"}),
        lambda it: it["paths"]["/api/v1"]["get"].update({"x-requirements": [1, {}]}),
        lambda it: it["components"]["schemas"].update(Member=True),
        lambda it: schema(it, "Member")["properties"].update(status=False),
        lambda it: listing(it).update(parameters=[]),
        lambda it: listing(it)["responses"]["200"].pop("content"),
        lambda it: it.pop("security"),
        lambda it: it["paths"].update({LIST: [1]}),
        lambda it: it["tags"][0].update(name={}),
        lambda it: parameter(it, "Limit")["schema"].update(type={"$ref": "#/components/schemas/Member"}),
    ],
)
def test_a_document_with_parts_missing_has_problems_and_nothing_raises(change: Change) -> None:
    told = problems(change)
    assert told
    assert all(problem and "\n" not in problem for problem in told)
