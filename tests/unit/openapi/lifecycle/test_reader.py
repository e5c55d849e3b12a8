"""Reading of a lifecycle: what is written is what is read, and each mistake has a sentence with its line."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from oneinvoice_openapi.contract import deprecates
from oneinvoice_openapi.lifecycle.entries import Entry, Kind, Lifecycle, Subject
from oneinvoice_openapi.lifecycle.reader import lifecycle, parse_lifecycle, read_lifecycle
from oneinvoice_openapi.references import Unusable


def test_the_package_has_v1_and_no_day_of_it() -> None:
    assert lifecycle() == Lifecycle((Entry(Subject(Kind.VERSION, "v1")),))
    assert lifecycle().entries[0].place.startswith("lifecycle.yaml, line ")


def test_a_look_at_it_tells_whether_anything_is_deprecated() -> None:
    assert deprecates() == any(entry.deprecated for entry in lifecycle().entries)


def test_a_whole_entry_is_read(tmp_path: Path) -> None:
    path = tmp_path / "days.yaml"
    path.write_text(
        "lifecycle:\n  - event: invoice.paid\n  - operation: GET /api/v1/quotes\n    announced: 2026-08-01\n"
        "    effective: '2026-01-01'\n    deprecated: 2026-09-01\n    sunset: 2027-03-01\n"
        "    replacement: GET /api/v2/quotes\n    link: https://1invoice.online/roadmap?of=v1#quotes\n"
    )
    entry = read_lifecycle(path).entries[1]
    quotes = Subject(Kind.OPERATION, "GET /api/v1/quotes")
    assert entry == Entry(
        quotes, date(2026, 8, 1), date(2026, 1, 1), date(2026, 9, 1), date(2027, 3, 1),
        Subject(Kind.OPERATION, "GET /api/v2/quotes"), "https://1invoice.online/roadmap?of=v1#quotes",
    )  # fmt: skip
    assert entry.place == f"{path}, line 3"


QUOTES = "operation: GET /api/v1/quotes, "
DEPRECATED = f"{QUOTES}announced: 2026-08-01, deprecated: 2026-09-01, "


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("7", "line 2: the entry is no entry: it needs one of version, operation, parameter, field, status, event."),
        ("{sunset: 2027-01-01}", "line 2: the entry names no part of the contract; begin it with one of version, "),
        ("{version: v1, event: a.b}", "line 2: the entry names version and event; have an entry for each."),
        ("{version: '1'}", "line 2: `version` (1) is no version; write it as v1."),
        ("{version: 1}", "line 2: `version` is no text; write a name."),
        ("{version: v1\u0661}", "is no version; write it as v1."),
        ("{operation: quotes}", "`operation` (quotes) is no operation; write it as GET /api/v1/quotes."),
        ("{operation: get /api/v1/quotes}", "is no operation; write it as GET /api/v1/quotes."),
        ("{operation: 'GET /api/v1/quotes\n\n    x: y'}", "is no operation; write it as GET /api/v1/quotes."),
        ("{parameter: status}", "is no parameter; write it as GET /api/v1/members status."),
        ("{field: due_date}", "is no field; write it as Invoice.due_date."),
        ("{status: paid}", "is no status; write it as InvoiceStatus paid."),
        ("{event: invoice paid}", "is no event; write it as invoice.paid."),
        (f"{{{QUOTES}sunsets: 2027-01-01}}", "`sunsets` (2027-01-01) has no meaning; an entry has announced, "
         "effective, deprecated, sunset, replacement, link."),
        (f"{{{QUOTES}announced: 2026-02-30}}", "`announced` (2026-02-30) is no day from 2000 to 2999; write one as "
         "2027-03-31."),
        (f"{{{QUOTES}announced: 20260801}}", "`announced` is no day from"),
        (f"{{{QUOTES}announced: '20260801'}}", "`announced` (20260801) is no day from"),
        (f"{{{QUOTES}announced: 2026-08-01T10:00:00Z}}", "is no day from"),
        (f"{{{QUOTES}announced: null}}", "`announced` is no day from"),
        (f"{{{QUOTES}announced: 1999-12-31}}", "is no day from"),
        (f"{{{QUOTES}announced: 3000-01-01}}", "is no day from"),
        (f"{{{DEPRECATED}sunset: 2026-09-01}}", "`sunset` (2026-09-01) comes no later than deprecated (2026-09-01); "
         "correct one of them."),
        (f"{{{DEPRECATED}effective: 2026-09-02}}", "`deprecated` (2026-09-01) comes no later than effective ("),
        (f"{{{QUOTES}sunset: 2027-01-01}}", "`sunset` (2027-01-01) is the end of what is not deprecated; add"),
        (f"{{{DEPRECATED}replacement: v2}}", "`replacement` (v2) is no operation; write it as GET /api/v1/quotes."),
        (f"{{{DEPRECATED}replacement: GET /api/v1/quotes}}", "is what is to be replaced; name another, or none."),
        (f"{{{DEPRECATED}link: /roadmap}}", "`link` (/roadmap) is no address of a page; write one such as https://"),
        (f"{{{DEPRECATED}link: 'https://a/\\\"'}}", "is no address of a page"),
        (f'{{{DEPRECATED}link: "https://a/\\r\\nX: y"}}', "is no address of a page"),
        (f"{{{DEPRECATED}link: 'https://a/>; rel=next'}}", "is no address of a page"),
        (f"{{{DEPRECATED}link: 'https://[1'}}", "is no address of a page"),
        (f"{{{DEPRECATED}link: 7}}", "is no address of a page"),
        ("{version: v1}\n  - {version: v1}", "line 3: version v1 has an entry already; have one for each part."),
        ("{version: v1, version: v2}", "has the key 'version' twice"),
    ],
)  # fmt: skip
def test_a_mistake_has_a_sentence(row: str, told: str) -> None:
    with pytest.raises(Unusable) as problem:
        parse_lifecycle(f"lifecycle:\n  - {row}\n".encode(), "days.yaml")
    assert told in str(problem.value)
    assert str(problem.value).startswith("days.yaml, line ")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "lifecycle: 7", "lifecycle:", "lifecycle: []\nmore: 1", "lifecycle: {version: v1}", "a: [", "\x00"],
)
def test_what_is_no_lifecycle_has_a_sentence(text: str) -> None:
    with pytest.raises(Unusable, match=r"^days\.yaml.* (lifecycle|YAML)"):
        parse_lifecycle(text.encode(), "days.yaml")


def test_a_file_that_is_not_there_has_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="can't be read"):
        read_lifecycle(tmp_path / "days.yaml")
