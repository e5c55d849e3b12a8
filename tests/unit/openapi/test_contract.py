import copy
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import yaml
from oneinvoice_openapi.contract import (
    document,
    document_of_deployments,
    documentation,
    load_yaml,
    operations,
    webhooks,
)
from openapi_spec_validator import OpenAPIV31SpecValidator

DOCUMENT = document()
EVENTS = [
    *(f"invoice.{what}" for what in ("created", "sent", "paid")),
    *(f"quote.{what}" for what in ("created", "sent", "accepted", "rejected")),
    "api.change_announced",
]


def resolved(value: Any) -> Any:
    """What stands there, or what the reference that stands there points to."""
    while isinstance(value, dict) and "$ref" in value:
        target: Any = DOCUMENT
        for step in value["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        value = target
    return value


def with_examples(value: Any, path: str = "#") -> Iterator[tuple[str, Any, Any]]:
    """Yield (place, schema, example) for each example of a media type, a parameter or a header."""
    if isinstance(value, dict):
        if "schema" in value:
            if "example" in value:
                yield path, value["schema"], value["example"]
            for name, example in value.get("examples", {}).items():
                yield f"{path}/{name}", value["schema"], resolved(example)["value"]
        for name, inner in value.items():
            yield from with_examples(inner, f"{path}/{name}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from with_examples(inner, f"{path}/{index}")


EXAMPLES = {place: (schema, example) for place, schema, example in with_examples(DOCUMENT)}


def validator(schema: Any, components: Any = DOCUMENT["components"]) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({**schema, "components": components}, validate_formats=True)


def test_it_is_valid_openapi_3_1():
    assert DOCUMENT["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_it_has_every_operation_and_event():
    assert [(path, method) for path, method, _ in operations(DOCUMENT)] == [
        ("/api/v1", "GET"),
        ("/api/v1/members", "GET"),
        ("/api/v1/quotes", "GET"),
        ("/api/v1/invoices", "GET"),
    ]
    assert [event for event, _ in webhooks(DOCUMENT)] == EVENTS


@pytest.mark.parametrize("place", EXAMPLES)
def test_every_example_is_valid(place: str):
    schema, example = EXAMPLES[place]
    assert [error.message for error in validator(schema).iter_errors(example)] == []


def test_every_media_type_has_an_example_and_every_example_is_used():
    def media(value: Any, path: str = "#") -> Iterator[str]:
        if isinstance(value, dict):
            for name, inner in value.items():
                if name == "content":
                    yield from (f"{path}/content/{kind}" for kind in inner)
                yield from media(inner, f"{path}/{name}")

    exemplified = {place.rpartition("/")[0] for place in EXAMPLES}
    without = {place for place in media(DOCUMENT) if place not in exemplified}
    assert without <= {"#/components/responses/Problem/content/application/problem+json"}
    used = str(DOCUMENT)
    assert [name for name in DOCUMENT["components"]["examples"] if f"#/components/examples/{name}" not in used] == []


@pytest.mark.parametrize(
    ("schema", "example", "change"),
    [
        ("MemberPage", "MemberPage", {"created_at": "yesterday"}),
        ("MemberPage", "MemberPage", {"created_at": "2026-01-05T10:00:00+01:00"}),
        ("MemberPage", "MemberPage", {"status": "gone"}),
        ("MemberPage", "MemberPage", {"email": "nobody"}),
        ("QuotePage", "QuotePage", {"total": "12500"}),
        ("QuotePage", "QuotePage", {"total": 12500.0}),
        ("QuotePage", "QuotePage", {"signing": {}}),
        ("InvoicePage", "InvoicePage", {"due_date": "2026-02-30"}),
        ("InvoicePage", "InvoicePage", {"payment_status": "open"}),
    ],
)
def test_the_schemas_refuse_what_the_design_rules_out(schema: str, example: str, change: dict[str, Any]):
    page = copy.deepcopy(DOCUMENT["components"]["examples"][example]["value"])
    page["data"][0] |= change
    held = document_of_deployments()["components"]
    assert not validator(held["schemas"][schema], held).is_valid(page)


@pytest.mark.parametrize(
    ("example", "field"),
    [("MemberPage", "status"), ("QuotePage", "status"), ("InvoicePage", "status"), ("InvoicePage", "payment_status")],
)
def test_statuses_are_open_to_readers_alone(example: str, field: str):
    page = copy.deepcopy(DOCUMENT["components"]["examples"][example]["value"])
    page["data"][0][field] = "later"
    held = document_of_deployments()["components"]
    assert validator(DOCUMENT["components"]["schemas"][example]).is_valid(page)
    assert not validator(held["schemas"][example], held).is_valid(page)


def test_security_is_the_key_everywhere_but_at_discovery_and_on_webhooks():
    assert DOCUMENT["security"] == [{"apiKey": []}]
    open_ = {path for path, _, operation in operations(DOCUMENT) if operation.get("security") == []}
    assert open_ == {"/api/v1"}
    assert all(operation["security"] == [] for _, operation in webhooks(DOCUMENT))


@pytest.mark.parametrize("endpoint", ["members", "quotes", "invoices"])
def test_every_list_declares_its_parameters_and_the_documented_errors(endpoint: str):
    operation = DOCUMENT["paths"][f"/api/v1/{endpoint}"]["get"]
    parameters = {parameter["name"]: parameter for parameter in map(resolved, operation["parameters"])}
    assert parameters.keys() == {"limit", "offset", "status"}
    assert resolved(parameters["limit"]["schema"]) == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert parameters["offset"]["schema"]["default"] == 0
    assert {"200", "400", "401", "429", "500"} <= operation["responses"].keys()
    assert "WWW-Authenticate" in resolved(operation["responses"]["401"])["headers"]
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= resolved(operation["responses"]["429"])["headers"].keys()


@pytest.mark.parametrize("event", EVENTS)
def test_every_webhook_declares_the_documented_headers(event: str):
    parameters = {p["name"]: p for p in map(resolved, DOCUMENT["webhooks"][event]["post"]["parameters"])}
    assert parameters["X-1Invoice-Event"]["schema"]["const"] == event
    assert parameters["User-Agent"]["schema"]["const"] == "1invoice-webhooks/1"
    assert {"X-1Invoice-Signature", "X-1Invoice-Delivery", "X-1Invoice-Signature-Previous"} <= parameters.keys()
    assert not parameters["X-1Invoice-Signature-Previous"]["required"]


def test_a_caller_may_change_the_copy_it_gets():
    document()["info"]["title"] = "changed"
    assert document()["info"]["title"] != "changed"


def test_the_documentation_is_the_products_own():
    assert documentation().startswith("REST API — Documentation\n")


def test_yaml_is_read_safely():
    assert load_yaml("a: [1, '2']") == {"a": [1, "2"]}
    for text in ("!!python/object/apply:os.system ['true']", "a: [", "a: b: c"):
        with pytest.raises(yaml.YAMLError):
            load_yaml(text)
