"""Parameters that are not valid: always 400, in sentences, never 500."""

from __future__ import annotations

from contextlib import suppress

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.api.parameters import query_parameters, read_query
from oneinvoice_impl.api.problem import Problem
from oneinvoice_impl.server.app import Application

from tests.unit.impl.asgi_client import ask, bearer

KEY = bearer(key_text(1, "primary"))
MEMBERS = query_parameters(document())["list_members"]
LIMIT = "must be a whole number from 1 to 200"
OFFSET = "must be a whole number from 0 to 9223372036854775807"
ONCE = "must be given only once"

# Texts that are no whole number in JSON's sense, though Python's int() takes some of them.
NOT_WHOLE = [
    "", "+5", "%2B5", "+", " 5", "%205", "5%20", "5%0A", "5.0", "1e1", "1_0", "0x10", "05", "five", "null", "true",
    "%D9%A3", "٣", "%00", "5%00", "%FF", "%C3%28", "%ED%A0%80", "5,6", "[5]", "NaN", "-", "--5", "9" * 5000,
    "-" + "9" * 5000, "'; DROP TABLE members; --", "%F0%9F%92%A9",
]  # fmt: skip

steady = settings(derandomize=True, deadline=None, max_examples=300)


def errors(query: str) -> dict[str, str]:
    with pytest.raises(Problem) as caught:
        read_query(MEMBERS, query.encode())
    assert caught.value.status_code == 400
    return {error["parameter"]: error["message"] for error in caught.value.members["errors"]}


@pytest.mark.parametrize("text", [*NOT_WHOLE, "0", "-0", "-1", "201", "9223372036854775808", "1" + "0" * 30])
def test_bad_limits(text: str) -> None:
    assert errors(f"limit={text}") == {"limit": LIMIT}


@pytest.mark.parametrize("text", [*NOT_WHOLE, "-1", "9223372036854775808", "1" + "0" * 30])
def test_bad_offsets(text: str) -> None:
    assert errors(f"offset={text}") == {"offset": OFFSET}


@pytest.mark.parametrize(
    "text", ["", "Active", "active ", "active,pending", "paid", "%00", "%FF", "active%00", "ａctive"]
)
def test_bad_statuses(text: str) -> None:
    assert errors(f"status={text}") == {"status": "must be active, inactive or pending"}


@pytest.mark.parametrize("query", ["limit=5&limit=5", "limit=5&limit=6", "limit=x&%6Cimit=5", "limit&limit=1"])
def test_a_parameter_is_given_only_once(query: str) -> None:
    assert errors(query) == {"limit": ONCE}


def test_all_bad_parameters_are_named_at_once() -> None:
    assert errors("limit=0&offset=-1&status=x&status=y") == {"limit": LIMIT, "offset": OFFSET, "status": ONCE}


def test_defaults() -> None:
    assert read_query(MEMBERS, b"") == {"limit": 50, "offset": 0, "status": None}


@steady
@given(limit=st.integers(1, 200), offset=st.integers(0, 2**63 - 1), status=st.sampled_from(["active", "pending"]))
def test_what_is_valid_is_read_as_written(limit: int, offset: int, status: str) -> None:
    query = f"status={status}&offset={offset}&limit={limit}".encode()
    assert read_query(MEMBERS, query) == {"limit": limit, "offset": offset, "status": status}


@steady
@given(limit=st.integers().filter(lambda number: not 1 <= number <= 200))
def test_any_other_whole_number_is_a_bad_limit(limit: int) -> None:
    assert errors(f"limit={limit}") == {"limit": LIMIT}


@steady
@given(query=st.binary(max_size=60).map(lambda tail: b"limit=5&" + tail))
def test_no_bytes_do_worse_than_a_problem(query: bytes) -> None:
    # Anything but a `Problem` fails the test.
    with suppress(Problem):
        assert read_query(MEMBERS, query)["limit"] == 5


@pytest.mark.parametrize("path", ["members", "quotes", "invoices"])
@pytest.mark.parametrize("query", ["limit=0", "offset=x", "status=nonsense", "limit=1&limit=2", "limit=%FF&status=%00"])
def test_the_answer(memory_app: Application, path: str, query: str) -> None:
    released = document()
    schema = {"$ref": "#/components/schemas/BadRequestProblem", "components": released["components"]}
    answer = ask(memory_app, f"/api/v1/{path}?{query}", KEY)
    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    jsonschema_rs.Draft202012Validator(schema, validate_formats=True).validate(answer.json)
    assert answer.json["request_id"] == answer.headers["x-request-id"]
    assert answer.json["status"] == 400
    assert answer.json["title"] == "Bad Request"


def test_the_sentence(memory_app: Application) -> None:
    answer = ask(memory_app, "/api/v1/members?limit=0&status=x", KEY)
    assert answer.json["detail"] == f"limit {LIMIT}; status must be active, inactive or pending."
