"""The document and the lifecycle say of the same parts that they are deprecated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openapi_spec_validator  # noqa: F401  # binds a socket as it is imported, which no unit test may
import pytest
from oneinvoice_openapi.check import check_document
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.lifecycle.entries import Lifecycle

from tests.unit.openapi.lifecycle.reading import read

Part = Callable[[dict[str, Any]], dict[str, Any]]
DAYS = "announced: 2026-08-01, deprecated: 2026-09-01"
PARTS: list[tuple[str, str, Part]] = [
    ("operation: GET /api/v1/quotes", "#/paths/~1api~1v1~1quotes/get", lambda it: it["paths"]["/api/v1/quotes"]["get"]),
    ("parameter: GET /api/v1/members status", "#/paths/~1api~1v1~1members/get/parameters/2",
     lambda it: it["paths"]["/api/v1/members"]["get"]["parameters"][2]),
    ("field: Invoice.due_date", "#/components/schemas/Invoice/properties/due_date",
     lambda it: it["components"]["schemas"]["Invoice"]["properties"]["due_date"]),
    ("field: InvoicePaid.data", "#/components/schemas/InvoicePaid/allOf/1/properties/data",
     lambda it: it["components"]["schemas"]["InvoicePaid"]["allOf"][1]["properties"]["data"]),
    ("event: invoice.paid", "#/webhooks/invoice.paid/post", lambda it: it["webhooks"]["invoice.paid"]["post"]),
]  # fmt: skip


def problems(lifecycle: Lifecycle, *marked: Part) -> list[str]:
    """The problems of the authored document with these parts deprecated."""
    changed = document()
    for part in marked:
        part(changed)["deprecated"] = True
    return check_document(changed, days=lifecycle)


@pytest.mark.parametrize(("row", "pointer", "part"), PARTS, ids=[row for row, _, _ in PARTS])
def test_both_say_so_or_neither(row: str, pointer: str, part: Part) -> None:
    subject = row.replace(": ", " ")
    assert problems(read(f"{row}, {DAYS}"), part) == []
    assert problems(read(f"{row}, {DAYS}")) == [
        f"lifecycle.yaml, line 2: {subject} is deprecated from 2026-09-01 on, and {pointer} has no `deprecated: true`; "
        "write that there, or take `deprecated` out of the entry."
    ]
    for without in (read("version: v1"), read(row)):
        assert problems(without, part) == [
            f"{pointer} is `deprecated: true`, and the lifecycle has no day of it; give {subject} an entry with "
            "`announced` and `deprecated` there, or take the mark out."
        ]


def test_a_parameter_that_operations_share_is_deprecated_for_each() -> None:
    def shared(it: dict[str, Any]) -> dict[str, Any]:
        part: dict[str, Any] = it["components"]["parameters"]["Offset"]
        return part

    rows = [f"parameter: GET /api/v1/{each} offset, {DAYS}" for each in ("members", "quotes", "invoices")]
    assert problems(read(*rows), shared) == []
    [problem] = problems(read(*rows[:2]), shared)
    assert "give parameter GET /api/v1/invoices offset an entry" in problem


def test_a_version_is_deprecated_with_all_of_its_operations() -> None:
    parts: list[Part] = [
        lambda it, path=path: it["paths"][path]["get"]  # type: ignore[misc]
        for path in ("/api/v1", "/api/v1/members", "/api/v1/quotes", "/api/v1/invoices")
    ]
    row = read(f"version: v1, {DAYS}")
    assert problems(row, *parts) == []
    [problem] = problems(row, *parts[:3])
    assert "and #/paths/~1api~1v1~1invoices/get is of it and has no `deprecated: true`" in problem


def test_no_word_of_openapi_deprecates_a_status() -> None:
    assert problems(read(f"status: InvoiceStatus draft, {DAYS}")) == []


def test_what_no_entry_can_name_is_told() -> None:
    [problem] = problems(read("version: v1"), lambda it: it["components"]["headers"]["RateLimit"])
    assert problem.startswith("#/components/headers/RateLimit is `deprecated: true`, and the lifecycle has no name for")


def test_a_part_that_is_nowhere_is_told_unless_it_is_to_come() -> None:
    [problem] = problems(read("field: Invoice.fax"))
    assert problem.startswith("lifecycle.yaml, line 2: field Invoice.fax is neither in the document nor in a release;")
    assert problems(read("field: Invoice.fax, effective: 2026-09-01")) == []


def test_a_part_of_a_release_may_be_gone() -> None:
    left = document()
    del left["webhooks"]["quote.rejected"]
    sentences = check_document(left, days=read(f"event: quote.rejected, {DAYS}, sunset: 2027-09-01"))
    assert not [each for each in sentences if "lifecycle" in each]
