import json

import pytest
from oneinvoice_conformance.model.finding import failed
from oneinvoice_conformance.records.names import Names
from oneinvoice_conformance.rules.places.answers import (
    at_field,
    at_record,
    list_pointer,
    pointer,
    pointer_to,
    record_pointer,
    text_pointer,
    told,
)

from tests.unit.conformance.reports.reporting import answer

ROWS = [{"id": 1, "status": "paid", "meta": {"dueDate": "x"}}, {"id": 2, "meta": {"status": "open", "dueDate": "y"}}]


def test_a_pointer_escapes_what_it_has_to():
    assert pointer(("a/b", "c~d", 3)) == "/a~1b/c~0d/3"


@pytest.mark.parametrize(
    ("body", "where"), [(ROWS, ""), ({"data": ROWS}, "/data"), ({"a": {"members": ROWS}, "errors": []}, "/a/members")]
)
def test_records_and_their_fields_are_pointed_at_in_any_envelope(body: object, where: str):
    exchange = answer(json.dumps(body).encode())
    assert list_pointer(exchange) == where
    assert record_pointer(exchange, 1) == f"{where}/1"
    assert record_pointer(exchange, 0, "status") == f"{where}/0/status"
    assert record_pointer(exchange, 1, "status") == f"{where}/1/meta/status"
    assert record_pointer(exchange, 1, "total") == f"{where}/1/total"


def test_an_empty_list_is_pointed_at_too():
    assert list_pointer(answer(b'{"errors": [], "count": 0, "items": []}')) == "/items"


def test_what_has_no_list_has_its_body_as_a_place():
    assert list_pointer(answer(b"nonsense")) == ""


def test_a_record_is_found_in_whichever_answer_has_it():
    first, second = (answer(json.dumps(rows).encode()) for rows in (ROWS[:1], ROWS[1:]))
    mismatch = at_record(failed("so"), [first, second], ROWS[1], "paid", "open", "status").mismatch
    assert mismatch
    assert (mismatch.source, mismatch.pointer, mismatch.expected) == (second, "/0/meta/status", "paid")
    assert mismatch.seen == f"open, in {told(ROWS[1])}"
    assert at_record(failed("so"), [first], ROWS[1], "paid", "open").mismatch is None
    names = Names(says=("due date",))
    found = at_field(failed("so"), [first, second], ROWS[1], names, "a day").mismatch
    assert found
    assert (found.source, found.pointer) == (second, "/0/meta/dueDate")


def test_texts_and_parts_are_found():
    value = {"a": [{"url": "/api/v1/member"}]}
    assert text_pointer(value, "/api/v1/member") == "/a/0/url"
    assert pointer_to(value, value["a"][0]) == "/a/0"
    assert pointer_to(value, {}) == ""
