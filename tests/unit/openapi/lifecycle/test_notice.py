"""Notice of the changes in a release, by real comparisons of documents."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from oneinvoice_openapi.contract import PACKAGE
from oneinvoice_openapi.diff.changes import Change, Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.lifecycle.notice import missing_notice
from oneinvoice_openapi.reading.source import read_source

from tests.unit.openapi.lifecycle.reading import read

TEXT = PACKAGE.joinpath("v1", "openapi.yaml").read_text("utf-8")
OLD = read_source(TEXT.encode(), "old")
RELEASE = date(2026, 9, 1)


def between(start: str, end: str) -> str:
    return TEXT[TEXT.index(start) : TEXT.index(end)]


def changes(old: str, new: str) -> list[Change]:
    assert old in TEXT
    return compare_documents(OLD, read_source(TEXT.replace(old, new, 1).encode(), "new"))


PATH = (between("  /api/v1/quotes:", "  /api/v1/invoices:"), "")
EVENT = (between("  quote.rejected:", "  api.change_announced:"), "")
FIELD = ("        first_name: {type: string, description: Given names}\n", "")
VALUE = ("enum: [draft, sent, paid]", "enum: [draft, sent]")
DEFAULT = ("default: 50}", "default: 25}")
PARAMETER = ("          example: paid\n", "          example: paid\n          required: true\n")
BREAKING = [
    (PATH, "operation: GET /api/v1/quotes"), (PATH, "version: v1"),
    (EVENT, "event: quote.rejected"), (FIELD, "field: Member.first_name"), (FIELD, "operation: GET /api/v1/members"),
    (VALUE, "status: InvoiceStatus paid"), (DEFAULT, "version: v1"),
    (PARAMETER, "parameter: GET /api/v1/invoices status"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "row"), BREAKING, ids=[row for _, row in BREAKING])
def test_a_break_waits_for_30_days_and_for_its_day(edit: tuple[str, str], row: str) -> None:
    found = changes(*edit)
    assert Level.BREAKING in {each.level for each in found}
    for lifecycle in (read("version: v1"), read(f"{row}, effective: 2026-09-01"), read("event: invoice.created")):
        told = missing_notice(found, lifecycle, RELEASE)
        assert told
        assert all("nothing announces it; announce it, and give it an entry" in each for each in told)
        assert all("2026-10-01 at the earliest. NEWS-1 (“We announce API changes" in each for each in told)
    assert missing_notice(found, read(f"{row}, announced: 2026-08-02, effective: 2026-09-01"), RELEASE) == []
    late = missing_notice(found, read(f"{row}, announced: 2026-08-03, effective: 2026-09-01"), RELEASE)
    assert all("for 2026-09-01; release it on 2026-09-02 at the earliest" in each for each in late)
    assert late
    sooner = missing_notice(found, read(f"{row}, announced: 2026-06-01, effective: 2026-10-01"), RELEASE)
    assert all("release it on 2026-10-01 at the earliest" in each for each in sooner)
    assert sooner
    ending = f"{row}, announced: 2026-01-01, deprecated: 2026-02-01, sunset: 2026-12-01"
    assert all("release it on 2026-12-01" in each for each in missing_notice(found, read(ending), RELEASE))
    assert missing_notice(found, read(ending), date(2026, 12, 1)) == []


def test_a_break_at_several_operations_needs_notice_of_each() -> None:
    rows = [
        f"operation: GET /api/v1/{each}, announced: 2026-01-01, effective: 2026-09-01" for each in ("members", "quotes")
    ]
    [told] = missing_notice(changes(*DEFAULT), read(*rows), RELEASE)
    assert told.startswith("GET /api/v1/invoices query parameter limit default 50 → 25: nothing announces it")


def test_an_approved_break_needs_notice_too() -> None:
    approved = [replace(each, level=Level.APPROVED) for each in changes(*DEFAULT)]
    assert len(missing_notice(approved, read("version: v1"), RELEASE)) == 3


@pytest.mark.parametrize(
    "edit",
    [
        ("        first_name: {", "        fax: {type: string, description: Fax}\n        first_name: {"),
        ("  quote.rejected:\n", "  quote.viewed:\n" + EVENT[0].partition("\n")[2] + "  quote.rejected:\n"),
        ("description: Given names", "description: The given names"),
    ],
    ids=["a field", "an event", "words"],
)
def test_an_addition_needs_none(edit: tuple[str, str]) -> None:
    assert changes(*edit)
    assert missing_notice(changes(*edit), read("version: v1"), RELEASE) == []


MARK = "      operationId: list_quotes\n"


def test_a_deprecation_is_announced_by_then_for_30_days_later() -> None:
    found = changes(MARK, f"{MARK}      deprecated: true\n")
    row = "operation: GET /api/v1/quotes"
    [told] = missing_notice(found, read(row), RELEASE)
    assert (
        "nothing announces it; announce it, and give it an entry in the lifecycle with `announced` and `deprecated`"
        in told
    )
    assert missing_notice(found, read(f"{row}, announced: 2026-09-01, deprecated: 2026-10-01"), RELEASE) == []
    for announced, deprecated, first in (
        ("2026-09-02", "2026-10-02", "2026-09-02"), ("2026-09-01", "2026-09-30", "2026-10-01"),
    ):  # fmt: skip
        [told] = missing_notice(found, read(f"{row}, announced: {announced}, deprecated: {deprecated}"), RELEASE)
        assert f"release it on {first} at the earliest" in told


def test_a_deprecation_that_is_withdrawn_needs_none() -> None:
    marked = read_source(TEXT.replace(MARK, f"{MARK}      deprecated: true\n").encode(), "marked")
    found = compare_documents(marked, OLD)
    assert [each.rule for each in found] == ["deprecated-changed"]
    assert missing_notice(found, read("version: v1"), RELEASE) == []
