"""What a release is refused for, which version is next, and what its changelog says."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from oneinvoice_openapi.contract import load_yaml
from oneinvoice_openapi.diff.changes import Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import Approval, judged
from oneinvoice_openapi.reading.source import Source, read_source
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releases import releases
from oneinvoice_openapi.releasing import refusals
from oneinvoice_openapi.releasing.changelog import entry, with_entry
from oneinvoice_openapi.releasing.proposal import Proposal, Step, with_version
from oneinvoice_openapi.releasing.register import RowChange, changed_rows
from oneinvoice_openapi.releasing.writing import alone

from tests.unit.openapi.labelled_pairs import edited, source

TODAY = date(2026, 12, 1)
FIELD = {"set": {"/components/schemas/Member/properties/shirt_size": {"type": "string", "description": "A name"}}}
EVENT = {"move": {"/webhooks/quote.sent": "/webhooks/quote.mailed"}}
DEFAULT = {"set": {"/components/parameters/Limit/schema/default": 25}}
WORDS = {"set": {"/paths/~1api~1v1~1members/get/description": "Ordered by `id`."}}
SUMMARY = {"set": {"/paths/~1api~1v1~1members/get/summary": "All members of your organisation"}}
DEPRECATED = {"set": {"/components/schemas/Member/properties/email/deprecated": True}}
OPTIONAL = {"set": {"/components/parameters/Offset/schema/maximum": 9223372036854775808}}
VERSION = {"set": {"/info/version": "1.0.7"}}


def document() -> dict[str, Any]:
    """The first release, whatever has come since."""
    content: dict[str, Any] = load_yaml(releases()["1.0.0"].document.read_text("utf-8"))
    return content


def proposal(*edits: dict[str, Any], version: str = "1.1.0", **parts: Any) -> Proposal:
    content = document()
    for edit in edits:
        content = edited(content, edit)
    old, new = source(document()), source(content)
    judgement = judged(compare_documents(old, new), parts.pop("approvals", []), TODAY)
    return Proposal(("1.0.0",), version, TODAY, new, b"", judgement, parts.pop("rows", ()))


def approval(rule: str, pointer: str, level: Level = Level.APPROVED, expires: date = TODAY) -> Approval:
    return Approval(rule, pointer, "Agreed", "Kari", expires, level, 1)


OF_DEFAULT = ("request-default", "/components/parameters/Limit/schema/default")


def test_a_release_of_nothing_is_refused() -> None:
    told = "Nothing that clients meet has changed since release 1.0.0; there is nothing to release."
    assert refusals.nothing_changed(proposal()) == [told]
    assert refusals.nothing_changed(proposal(VERSION)) == [told]
    assert refusals.nothing_changed(proposal(FIELD)) == []
    assert refusals.nothing_changed(proposal(rows=(RowChange("MEM-9", "added"),))) == []


def test_a_break_is_refused_under_the_same_major_version() -> None:
    [told] = refusals.breaking_changes(proposal(DEFAULT))
    assert told.startswith("GET /api/v1/members, query parameter limit: default 50 → 25 (line ")
    assert "breaks clients of GET /api/v1/members that leave out limit, which no release 1.x may; keep the" in told
    assert told.endswith("Or have it approved: request-default at #/components/parameters/Limit/schema/default in "
                         "exceptions.yaml.")  # fmt: skip
    assert refusals.breaking_changes(proposal(DEFAULT, version="2.0.0")) == []
    assert refusals.breaking_changes(proposal(FIELD)) == []


def test_a_break_that_is_approved_is_not_refused_until_that_expires() -> None:
    assert refusals.breaking_changes(proposal(DEFAULT, approvals=[approval(*OF_DEFAULT)])) == []
    expired = approval(*OF_DEFAULT, expires=date(2026, 11, 30))
    assert len(refusals.breaking_changes(proposal(DEFAULT, approvals=[expired]))) == 1


def test_what_nobody_has_classed_is_refused_under_any_version() -> None:
    for version in ("1.1.0", "2.0.0"):
        [told] = refusals.unclassified_changes(proposal(WORDS, version=version))
        assert "GET /api/v1/members: description “Ordered by `created_at`, then `id`.”" in told
        assert told.endswith("text at #/paths/~1api~1v1~1members/get/description.")
    pointer = "/paths/~1api~1v1~1members/get/description"
    for level in (Level.DOCUMENTATION, Level.BREAKING):
        classed = proposal(WORDS, approvals=[approval("text", pointer, level)])
        assert refusals.unclassified_changes(classed) == []
        assert len(refusals.breaking_changes(classed)) == (level is Level.BREAKING)


@pytest.mark.parametrize(
    ("edits", "least"),
    [
        ((), Step.NONE),
        ((VERSION,), Step.NONE),
        ((SUMMARY,), Step.PATCH),
        ((SUMMARY, FIELD), Step.MINOR),
        ((OPTIONAL,), Step.MINOR),
        ((DEPRECATED,), Step.MINOR),
        ((DEFAULT,), Step.MINOR),
    ],
)
def test_the_step_is_what_the_changes_ask_for(edits: tuple[dict[str, Any], ...], least: Step) -> None:
    assert proposal(*edits).least is least


@pytest.mark.parametrize(("what", "least"), [("added", 2), ("removed", 2), ("statement changed", 1)])
def test_a_requirement_is_a_change(what: str, least: int) -> None:
    assert proposal(rows=(RowChange("MEM-9", what),)).least == least


@pytest.mark.parametrize(
    ("edit", "version", "told"),
    [
        (FIELD, "1.0.0", "Release 1.0.0 is there, and never changes; release 1.1.0, or a later one."),
        (FIELD, "0.9.0", "0.9.0 is not later than release 1.0.0; release 1.1.0, or a later one."),
        (FIELD, "1.0.1", "1.0.1 is too small a step for GET /api/v1/members, response 200, data[].shirt_size: added ("),
        (FIELD, "1.1.0", ""),
        (FIELD, "1.2.3", ""),
        (FIELD, "2.0.0", ""),
        (SUMMARY, "1.0.1", ""),
        (SUMMARY, "1.0.0", "Release 1.0.0 is there, and never changes; release 1.0.1, or a later one."),
    ],
)
def test_a_version_fits_what_changed(edit: dict[str, Any], version: str, told: str) -> None:
    problems = refusals.wrong_version(proposal(edit, version=version))
    assert len(problems) == bool(told)
    assert not told or problems[0].startswith(told)


def test_the_entry_has_a_line_for_each_change() -> None:
    made = proposal(FIELD, EVENT, DEFAULT, SUMMARY, DEPRECATED, OPTIONAL, VERSION,
                    approvals=[approval(*OF_DEFAULT)], rows=(RowChange("MEM-9", "added"),))  # fmt: skip
    lines = entry(made).splitlines()
    assert lines[0] == "## [1.1.0] - 2026-12-01"
    sections = {heading[4:]: entry(made).partition(heading)[2].partition("\n\n#")[0].rstrip().split("\n- ")[1:]
                for heading in lines if heading.startswith("### ")}  # fmt: skip
    assert list(sections) == ["Breaking", "Breaking (approved)", "Added", "Changed", "Deprecated", "Documentation"]
    lists = "`GET /api/v1/members`, `GET /api/v1/quotes`, `GET /api/v1/invoices`"
    assert sections["Breaking"] == ["`webhook quote.sent`: event removed."]
    [approved] = sections["Breaking (approved)"]
    assert approved == f"{lists}, query parameter limit: default 50 → 25 (Agreed (Kari, until 2026-12-01))."
    assert "`GET /api/v1/members`, response 200, `data[].shirt_size`: added." in sections["Added"]
    assert "`webhook quote.mailed`: event added." in sections["Added"]
    assert sections["Added"][-1] == "Requirement `MEM-9`: added."
    [widened] = sections["Changed"]
    assert widened.startswith(f"{lists}, query parameter offset: ")
    assert sections["Deprecated"][0].startswith("`GET /api/v1/members`, response 200, `data[].email`: deprecated.")
    assert "`GET /api/v1/members`: summary changed." in entry(made)
    assert "version" not in entry(made)


def test_a_change_at_many_places_stays_a_line() -> None:
    made = entry(proposal({"set": {"/components/headers/X-Request-Id/schema/maxLength": 40}}))
    [line] = [line for line in made.splitlines() if "X-Request-Id" in line]
    assert line.endswith("; also at 16 other places.")
    assert len(line) < 200


def test_foreign_text_stays_text_in_the_entry() -> None:
    name = "<b>*x*\x1b`"
    text = entry(proposal({"set": {f"/components/schemas/Member/properties/{name}": {"type": "string"}}}))
    assert "\x1b" not in text
    assert "``data[].<b>*x*\\x1b```" in text or "`` data[].<b>*x*\\x1b` ``" in text


def test_the_newest_entry_stands_first() -> None:
    assert with_entry("# Head\n\nWords\n\n## [1.0.0] - x\n", "## [1.1.0] - y\n") == (
        "# Head\n\nWords\n\n## [1.1.0] - y\n\n## [1.0.0] - x\n"
    )
    assert with_entry("# Head\n", "## [1.0.0] - y\n") == "# Head\n\n## [1.0.0] - y\n"


def text(content: str) -> Source:
    return read_source(content.encode(), "openapi.yaml")


@pytest.mark.parametrize(
    ("line", "after"),
    [
        ("  version: 1.0.0  # of the API", "  version: 1.1.0  # of the API"),
        ("  version: '1.0.0'", "  version: '1.1.0'"),
        ('  "version":  "1.0.0"', '  "version":  "1.1.0"'),
        ("  {title: A, version: 1.0.0}", "  {title: A, version: 1.1.0}"),
        ("  <<: {version: 1.0.0}\n  a: 1", "  <<: {version: 1.1.0}\n  a: 1"),
    ],
)
def test_the_version_alone_is_replaced(line: str, after: str) -> None:
    around = "# version: 1.0.0\r\nopenapi: 3.1.0\ninfo:\n{}\nx: {{version: 1.0.0}}\n"
    assert with_version(text(around.format(line)), "1.1.0").decode() == around.format(after)
    assert with_version(text(around.format(line)), "1.0.0").decode() == around.format(line)


def test_the_version_is_found_whatever_ends_the_lines_above_it() -> None:
    before = "openapi: 3.1.0\r\nx-a: 'b\u2028c\x85d'\r\ninfo:\r\n  title: A\r\n  version: 1.0.0"
    assert with_version(text(before), "1.1.0").decode() == before.replace("version: 1.0.0", "version: 1.1.0")


@pytest.mark.parametrize("line", ["  version:\n    1.0.0", "  version: &v 1.0.0"])
def test_a_version_that_can_not_be_replaced_is_told(line: str) -> None:
    content = text(f"openapi: 3.1.0\ninfo:\n{line}\nx: 1\n")
    with pytest.raises(Unusable, match=r"can't be replaced; write `version: 1\.0\.0` on a line of its own\.$"):
        with_version(content, "1.1.0")


def test_a_release_without_the_folder_of_releases_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(Unusable, match=r"No such file or directory.; restore that folder first"),
        alone(tmp_path / "no"),
    ):
        pass


def test_rows_of_the_register_are_compared_by_their_ids() -> None:
    old = text("requirements: [{id: A-1, clause: a, level: must}, {id: A-2}, {id: A-3}]\nplaces: {}")
    new = text("requirements: [{id: A-4}, {id: A-2}, {id: A-1, clause: b, needs: []}]\nplaces: {a: b}")
    assert [(row.id, row.what) for row in changed_rows(old, new)] == [
        ("A-4", "added"), ("A-1", "clause, needs, level changed"), ("A-3", "removed"),
    ]  # fmt: skip


def test_rows_of_clients_are_no_reason_for_a_release() -> None:
    old = text("requirements: [{id: A-1}, {id: CLIENT/A-1, subject: client, clause: a}]")
    new = text("requirements: [{id: A-1}, {id: CLIENT/A-1, subject: client, clause: b}, {id: B-1, subject: client}]")
    assert changed_rows(old, new) == changed_rows(new, old) == []
