"""What every address answers, apart from lists: discovery, the document, other methods, other addresses."""

from __future__ import annotations

import json

import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.server.app import Application
from oneinvoice_openapi.contract import operations

from tests.unit.impl.asgi_client import Headers, ask, bearer

KEY = bearer(key_text(1, "primary"))
PATHS = ("/api/v1", "/api/v1/members", "/api/v1/quotes", "/api/v1/invoices", "/openapi.json")


def test_discovery_names_what_the_document_describes(memory_app: Application) -> None:
    answer = ask(memory_app, "/api/v1")
    assert answer.json == document()["components"]["examples"]["Discovery"]["value"]
    assert len(answer.json["endpoints"]) == len(list(operations(document())))


def test_the_document_is_served_as_it_was_released_but_for_the_register(memory_app: Application) -> None:
    answer = ask(memory_app, "/openapi.json")
    assert answer.headers["content-type"] == "application/json"
    released = document()
    assert answer.json["servers"] == [{"url": "/", "description": "The deployment's own origin"}]
    assert answer.json["components"] == released["components"]
    assert b"x-requirements" not in answer.body
    for path, method, operation in operations(released):
        del operation["x-requirements"]
        assert answer.json["paths"][path][method.lower()] == operation


@pytest.mark.parametrize("headers", [(), KEY])
@pytest.mark.parametrize(
    "path",
    [
        "/nothing", "/api", "/api/", "/api/v1/", "/api/v2", "/api/v1/nothing", "/api/v1/members/",
        "/api/v1/members/mem_1", "/API/v1/members", "/api/v1/Members", "//api/v1/members", "/api/v1//members",
        "/api/v1/members%2f", "/api/v1/members%00", "/api/v1/%FF", "/api/v1/../v1/members", "*", "/_mock/reset",
        "/api/v1/openapi.json",
    ],
)  # fmt: skip
def test_other_addresses(memory_app: Application, path: str, headers: Headers) -> None:
    answer = ask(memory_app, path, headers)
    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.json) == {"type", "title", "status", "detail", "request_id"}
    assert answer.json["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("headers", [(), KEY])
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "BREW"])
def test_other_methods(memory_app: Application, path: str, method: str, headers: Headers) -> None:
    answer = ask(memory_app, path, headers, method, b"{")
    assert answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("path", PATHS)
def test_options_tells_the_methods(memory_app: Application, path: str) -> None:
    answer = ask(memory_app, path, method="OPTIONS")
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "multipart/form-data", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded",
     "text/plain; charset=nonsense", ";", "", "\xff"],
)  # fmt: skip
def test_a_body_with_a_get_changes_nothing(memory_app: Application, content_type: str) -> None:
    headers = [*KEY, ("Content-Type", content_type), ("Content-Length", "3")]
    plain = ask(memory_app, "/api/v1/members?limit=3", KEY)
    answer = ask(memory_app, "/api/v1/members?limit=3", headers, body=b"\xff{%")
    assert (answer.status, answer.body) == (200, plain.body)


def test_request_ids_are_ours_and_differ(memory_app: Application) -> None:
    answers = [ask(memory_app, "/api/v1", [("X-Request-Id", "mine")]) for _ in range(50)]
    ids = {answer.headers["x-request-id"] for answer in answers}
    assert len(ids) == 50
    assert "mine" not in ids


def test_bodies_are_utf_8_with_letters_as_they_are(memory_app: Application) -> None:
    answer = ask(memory_app, "/api/v1/members?limit=200", KEY)
    assert json.loads(answer.body.decode("utf-8"))
    assert "ø".encode() in answer.body
