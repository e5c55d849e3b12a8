import pytest
from oneinvoice_conformance.http.credentials import NOBODY
from oneinvoice_conformance.http.exchange import Request
from oneinvoice_conformance.session.validator import Validator
from oneinvoice_openapi.contract import document, document_of_deployments

from tests.unit.conformance.fakes import VALID, exchange

EXAMPLES = {name: example["value"] for name, example in document()["components"]["examples"].items()}
JSON, PROBLEM = ("Content-Type", "application/json"), ("Content-Type", "application/problem+json")
CHALLENGE = ("WWW-Authenticate", "Bearer")


@pytest.fixture(scope="module")
def validator() -> Validator:
    return Validator(document_of_deployments())


@pytest.mark.parametrize(
    ("endpoint", "example"), [("members", "MemberPage"), ("quotes", "QuotePage"), ("invoices", "InvoicePage")]
)
def test_the_examples_are_valid(validator: Validator, endpoint: str, example: str):
    assert validator.problem(exchange(EXAMPLES[example], request=Request(endpoint, VALID), headers=(JSON,))) is None


def test_discovery_and_errors_are_valid(validator: Validator):
    assert validator.problem(exchange(EXAMPLES["Discovery"], request=Request("", NOBODY), headers=(JSON,))) is None
    refused = exchange(EXAMPLES["Unauthorized"], 401, headers=(PROBLEM, CHALLENGE))
    assert validator.problem(refused) is None
    assert validator.problem(exchange(EXAMPLES["ServerError"], 500, headers=(PROBLEM,))) is None


@pytest.mark.parametrize("name", ["wWw-AuThEnTiCaTe", "www-authenticate"])
def test_header_names_are_known_in_any_case(validator: Validator, name: str):
    answer = exchange(EXAMPLES["Unauthorized"], 401, headers=(PROBLEM, (name, "Bearer")))
    assert validator.problem(answer) is None


@pytest.mark.parametrize("charset", ["; charset=utf-8", ";charset=UTF-8", "; profile=x"])
def test_parameters_of_a_type_mean_nothing(validator: Validator, charset: str):
    problem = ("Content-Type", f"application/problem+json{charset}")
    assert validator.problem(exchange(EXAMPLES["Unauthorized"], 401, headers=(problem, CHALLENGE))) is None
    page = exchange(EXAMPLES["MemberPage"], headers=(("Content-Type", f"application/json{charset}"),))
    assert validator.problem(page) is None


def test_what_is_wrong_is_told_with_its_place(validator: Validator):
    page = EXAMPLES["QuotePage"]
    wrong = {**page, "data": [page["data"][0] | {"total": 12500}]}
    problem = validator.problem(exchange(wrong, request=Request("quotes", VALID), headers=(JSON,)))
    assert problem == "data.0.total: 12500 is not of type 'string'"


@pytest.mark.parametrize(
    "answer",
    [
        exchange(EXAMPLES["Unauthorized"], 401, headers=(PROBLEM,)),
        exchange(EXAMPLES["Unauthorized"], 401, headers=(JSON, CHALLENGE)),
        exchange(EXAMPLES["BadRequest"] | {"errors": []}, 400, headers=(PROBLEM,)),
        exchange({"data": []}, headers=(JSON,)),
        exchange([], headers=(JSON,)),
        exchange(b"{", headers=(JSON,)),
        exchange(EXAMPLES["MemberPage"], headers=()),
        exchange({}, 418, headers=(PROBLEM,)),
    ],
    ids=[
        "no challenge",
        "no problem+json",
        "no errors",
        "no pagination",
        "bare array",
        "no JSON",
        "no type",
        "no shape",
    ],
)
def test_what_is_not_as_authored_is_told_in_a_line(validator: Validator, answer):
    problem = validator.problem(answer)
    assert problem
    assert "\n" not in problem
    assert len(problem) < 400


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"[1, x]", "the body is not JSON: it can't be read at character 5, where 'x' stands"),
        (b"\xff[]", "the body is not JSON: it is not UTF-8, as JSON has to be (RFC 8259)"),
        (b"[] []", "the body is not JSON: a second value stands behind its end"),
        (b'{"data": ' + b"7" * 5_000 + b"}", "the body holds a number that is too large"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_in_no_words_of_the_parser(validator: Validator, body: bytes, told: str):
    problem = validator.problem(exchange(body, headers=(JSON,)))
    assert problem
    assert problem.startswith(told)
