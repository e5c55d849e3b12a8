from typing import Any

import pytest
from oneinvoice_conformance.records.facts import differences

from tests.unit.conformance.fakes import NAMES

QUOTE = {"id": 1, "status": "accepted", "total": "10.00", "public_token": "abc", "signing": {"name": "Åse Lund"}}
INVOICE = {"id": 1, "status": "sent", "payment_status": "unpaid", "due_date": "2026-03-01", "total": 10}


def told(endpoint: str, one: dict[str, Any], two: dict[str, Any]) -> list[str]:
    return [str(each) for each in differences(one, two, endpoint, NAMES) if each.is_documented]


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"status": "sent"}, ["another status"]),
        ({"total": "10.01"}, ["another total"]),
        ({"total": None}, ["no total"]),
        ({"public_token": "abd"}, ["another public_token"]),
        ({"signing": None}, ["no signing info"]),
        ({"total": 10}, []),
        ({"total": "10.0"}, []),
        ({"signing": {"link": "/signed/anew"}}, []),
        ({"status": "ACCEPTED"}, []),
    ],
)
def test_a_quote_differs_in_what_the_documentation_names(changed: dict[str, Any], what: list[str]):
    assert told("quotes", QUOTE, QUOTE | changed) == what


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"due_date": "2026-02-28"}, ["another due date"]),
        ({"due_date": None}, ["no due date"]),
        ({"due_date": "2026-03-01T00:00:00Z"}, []),
        ({"payment_status": "overdue"}, ["another payment status"]),
        ({"payment_status": ""}, ["no payment status"]),
        ({"total": 11}, []),
    ],
)
def test_an_invoice_differs_in_what_the_documentation_names(changed: dict[str, Any], what: list[str]):
    assert told("invoices", INVOICE, INVOICE | changed) == what


def test_what_the_first_showing_lacks_is_no_difference():
    assert told("quotes", {"id": 1, "status": "accepted"}, QUOTE) == []


@pytest.mark.parametrize(
    ("one", "two", "what"),
    [
        ("Åse Lund", "Bent Bæk", ["another 'name'"]),
        ("aase@example.com", "bent@example.com", ["another 'name'"]),
        ("/members/1?in=all", "/members/1?in=active", []),
        ("2026-01-01 12:00", "2026-01-01 12:01", []),
        ("all-50-1", "active-50-1", []),
        ("Åse Lund", "", []),
        (1, 2, []),
    ],
)
def test_another_person_is_a_difference_and_another_place_is_none(one: Any, two: Any, what: list[str]):
    found = list(differences({"id": 1, "name": one}, {"id": 1, "name": two}, "members", NAMES))
    assert [str(each) for each in found] == what
    assert not any(each.is_documented for each in found)


MEMBER = {"id": 1, "lastName": "Lund", "email": "aase@example.com", "created_at": "2026-01-01"}


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"email": None}, ["no 'email'"]),
        ({"lastName": "X"}, ["another 'last name'"]),
        ({"created_at": "2020-01-01"}, ["another 'created at'"]),
        ({"created_at": "2026-01-01T08:00:00Z"}, ["another 'created at'"]),
        ({"updated_at": "2026-01-03", "row_number": 3, "number": 4, "total": 5, "link": "/members/1"}, []),
    ],
)
def test_a_member_differs_in_what_belongs_to_it_whatever_is_asked(changed: dict[str, Any], what: list[str]):
    found = list(differences(MEMBER, MEMBER | {"number": 1, "total": 9} | changed, "members", NAMES))
    assert [str(each) for each in found] == what
    assert not any(each.is_documented for each in found)


def test_a_name_that_is_left_out_is_missing():
    found = list(differences({"id": 1, "who": {"label": "Åse Lund"}}, {"id": 1}, "members", NAMES))
    assert [str(each) for each in found] == ["no 'who label'"]


@pytest.mark.parametrize(
    ("endpoint", "changed", "what"),
    [("quotes", {"number": "Z"}, "another 'number'"), ("invoices", {"total": None}, "no 'total'")],
)
def test_a_document_differs_in_what_belongs_to_it(endpoint: str, changed: dict[str, Any], what: str):
    one = (QUOTE if endpoint == "quotes" else INVOICE) | {"number": "A-1"}
    assert [str(each) for each in differences(one, one | changed, endpoint, NAMES)] == [what]
