"""The three lists, against the data that they were filled with, on each kind of database."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_fixtures.keys import key_text
from oneinvoice_fixtures.organisations import Organisation, organisations
from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.server.app import Application

from tests.unit.impl.asgi_client import ask, ask_together, bearer

PRIMARY, OTHER = organisations()
KEY = bearer(key_text(1, "primary"))
OTHER_KEY = bearer(key_text(1, "other"))
STATES = {
    "members": ("active", "inactive", "pending"),
    "quotes": ("draft", "sent", "accepted", "rejected"),
    "invoices": ("draft", "sent", "paid"),
}
LISTS = tuple(STATES)
PAGES = {"members": "MemberPage", "quotes": "QuotePage", "invoices": "InvoicePage"}


def stored(organisation: Organisation, name: str, status: str | None = None) -> list[str]:
    """The ids that a list must give, in order."""
    records = sorted(getattr(organisation, name)(), key=lambda record: (record.created_at, record.id))
    return [record.id for record in records if status in (None, record.status)]


def listed(app: Application, target: str, key: Any = KEY) -> list[str]:
    answer = ask(app, f"/api/v1/{target}", key)
    assert answer.status == 200, answer
    return [record["id"] for record in answer.json["data"]]


@pytest.mark.parametrize("name", LISTS)
def test_the_default_is_the_first_50(app: Application, name: str) -> None:
    ids = stored(PRIMARY, name)
    answer = ask(app, f"/api/v1/{name}", KEY)
    assert [record["id"] for record in answer.json["data"]] == ids[:50]
    assert answer.json["pagination"] == {"limit": 50, "offset": 0, "total": len(ids)}
    assert answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("limit", [1, 7, 200])
def test_pages_tile(app: Application, name: str, limit: int) -> None:
    ids = stored(PRIMARY, name)
    offsets = range(0, min(len(ids), 10 * limit), limit)
    pages = [listed(app, f"{name}?limit={limit}&offset={offset}") for offset in offsets]
    assert [id for page in pages for id in page] == ids[: 10 * limit]


@pytest.mark.parametrize(("name", "status"), [(name, status) for name in LISTS for status in STATES[name]])
def test_a_filter_gives_exactly_its_status_and_pages_too(app: Application, name: str, status: str) -> None:
    ids = stored(PRIMARY, name, status)
    assert ids
    assert listed(app, f"{name}?status={status}&limit=200") == ids[:200]
    assert listed(app, f"{name}?status={status}&limit=3&offset=2") == ids[2:5]
    answer = ask(app, f"/api/v1/{name}?status={status}&offset=5000", KEY)
    assert answer.json == {"data": [], "pagination": {"limit": 50, "offset": 5000, "total": len(ids)}}


@pytest.mark.parametrize("name", LISTS)
def test_the_last_position_and_beyond(app: Application, name: str) -> None:
    ids = stored(PRIMARY, name)
    assert listed(app, f"{name}?offset={len(ids) - 1}") == ids[-1:]
    assert listed(app, f"{name}?offset={len(ids)}") == []
    assert listed(app, f"{name}?offset=9223372036854775807&limit=200") == []


@pytest.mark.parametrize("name", LISTS)
def test_each_key_reads_its_own_organisation_only(app: Application, name: str) -> None:
    others = stored(OTHER, name)
    assert others
    assert not set(others) & set(stored(PRIMARY, name))
    assert listed(app, f"{name}?limit=200", OTHER_KEY) == others
    assert listed(app, f"{name}?limit=200&offset={len(others)}", OTHER_KEY) == []
    for status in STATES[name]:
        assert listed(app, f"{name}?status={status}", OTHER_KEY) == stored(OTHER, name, status)


def test_the_sibling_key_reads_the_same(app: Application) -> None:
    assert listed(app, "members?limit=9", bearer(key_text(1, "sibling"))) == stored(PRIMARY, "members")[:9]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("query", ["", "?limit=200", "?offset=100000"])
def test_answers_are_valid_against_the_implemented_document(app: Application, name: str, query: str) -> None:
    released = document()
    schema = {"$ref": f"#/components/schemas/{PAGES[name]}", "components": released["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    validator.validate(ask(app, f"/api/v1/{name}{query}", KEY).json)


def test_a_member_as_it_was_stored(app: Application) -> None:
    member = min(PRIMARY.members(), key=lambda record: (record.created_at, record.id))
    assert ask(app, "/api/v1/members?limit=1", KEY).json["data"] == [
        {
            "id": member.id,
            "first_name": member.first_name,
            "last_name": member.last_name,
            "email": member.email,
            "status": member.status,
            "created_at": "2024-01-08T08:00:00Z",
        }
    ]


def test_invoices_show_each_payment_status_and_the_quote_that_they_were_made_from(app: Application) -> None:
    invoices = ask(app, "/api/v1/invoices?limit=200", KEY).json["data"]
    quotes = {quote["id"]: quote for quote in ask(app, "/api/v1/quotes?status=accepted&limit=200", KEY).json["data"]}
    assert {(invoice["status"], invoice["payment_status"]) for invoice in invoices} == {
        ("draft", "unpaid"),
        ("sent", "unpaid"),
        ("sent", "overdue"),
        ("paid", "paid"),
    }
    made = [invoice for invoice in invoices if invoice["quote_id"]]
    assert made
    for invoice in made:
        quote = quotes[invoice["quote_id"]]
        assert (invoice["total"], invoice["customer"]) == (quote["total"], quote["customer"])


def test_signing_is_there_once_the_customer_has_answered(app: Application) -> None:
    for quote in ask(app, "/api/v1/quotes?limit=200", KEY).json["data"]:
        decision = quote["signing"] and quote["signing"]["decision"]
        assert decision == (quote["status"] if quote["status"] in ("accepted", "rejected") else None)


def test_200_requests_at_once_get_each_its_own_answer(app: Application) -> None:
    ids = stored(PRIMARY, "members")
    answers = ask_together(app, [f"/api/v1/members?limit=2&offset={offset}" for offset in range(200)], KEY)
    assert [[record["id"] for record in answer.json["data"]] for answer in answers] == [
        ids[offset : offset + 2] for offset in range(200)
    ]
    assert len({answer.headers["x-request-id"] for answer in answers}) == 200


@pytest.mark.parametrize(
    "query", ["?nonsense=1", "?nonsense=1&nonsense=2", "?Limit=x", "?%ff=%ff", "?&&", "?=1", "?limi=0"]
)
def test_unknown_parameters_are_ignored(app: Application, query: str) -> None:
    assert listed(app, f"members{query}") == stored(PRIMARY, "members")[:50]


def test_names_and_values_may_be_percent_encoded(app: Application) -> None:
    assert listed(app, "members?%6cimit=%32&status=%61ctive") == stored(PRIMARY, "members", "active")[:2]
