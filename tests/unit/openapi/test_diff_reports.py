"""Reports of a comparison, and the exceptions to it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.diff.changes import Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import Judgement, judged, read_approvals
from oneinvoice_openapi.diff.reports import REPORTS, abridged

from tests.unit.openapi.labelled_pairs import edited, source

TODAY = date(2026, 11, 29)
DUE_DATE = "/components/schemas/Invoice/properties/due_date"
ORDER = "/paths/~1api~1v1~1members/get/description"


def changed(**edit: Any) -> tuple[Any, Any]:
    return source(document(), "old.yaml"), source(edited(document(), edit), "new.yaml")


def judgement(pair: tuple[Any, Any], *entries: dict[str, str]) -> Judgement:
    content = {
        "exceptions": [{"reason": "agreed", "owner": "Kari", "expires": "2026-12-31", **each} for each in entries]
    }
    return judged(compare_documents(*pair), read_approvals(json.dumps(content).encode(), "exceptions.yaml"), TODAY)


def report(form: str, pair: tuple[Any, Any]) -> str:
    return REPORTS[form](*pair, judgement(pair))


REMOVED = changed(remove=[DUE_DATE])
REORDERED = changed(set={ORDER: "Ordered by `id`."})


def test_the_text_tells_place_lines_whom_a_message_and_what_to_do():
    text = report("text", REMOVED)
    assert "BREAKING       GET /api/v1/invoices  response 200  …/data/due_date  removed\n" in text
    assert f"  rule      response-property-removed #{DUE_DATE}\n" in text
    assert f"line {REMOVED[0].line(DUE_DATE)} of the old version" in text
    assert "breaks    clients of GET /api/v1/invoices that read data[].due_date\n" in text
    assert "  also at   webhook invoice.sent body, webhook invoice.paid body\n" in text
    assert "  instead   keep the property" in text
    assert text.endswith("old.yaml → new.yaml: breaking (2 breaking).")


def test_json_has_the_whole_message():
    content = json.loads(report("json", REMOVED))
    assert (content["verdict"], content["counts"]["breaking"]) == ("breaking", 2)
    [change] = [each for each in content["changes"] if each["rule"] == "response-property-removed"]
    assert change["old"] == {"pointer": DUE_DATE, "line": REMOVED[0].line(DUE_DATE)}
    assert change["new"] is None
    assert "due_date" in json.dumps(change["witness"]["message"]) or "due_date" in change["witness"]["then"]
    assert change["place"] == {"subject": "GET /api/v1/invoices", "part": "response 200"}


def test_a_witness_is_a_message_that_the_old_contract_refuses():
    pair = changed(append={"/components/schemas/Signing/properties/decision/enum": "postponed"})
    [change] = [each for each in compare_documents(*pair) if each.rule == "response-enum"]
    assert change.level is Level.BREAKING
    assert change.witness is not None
    assert change.witness.message["data"][0]["signing"]["decision"] == "postponed"
    assert "postponed" in change.witness.then


def test_a_status_that_readers_were_told_to_expect_breaks_none():
    pair = changed(append={"/components/schemas/InvoiceStatus/enum": "void"})
    changes = [each for each in compare_documents(*pair) if each.rule in ("response-enum", "webhook-enum")]
    assert {each.level for each in changes} == {Level.COMPATIBLE}


def test_annotations_of_github_stand_at_the_nearest_line_of_the_new_document():
    lines = report("github", REMOVED).splitlines()
    nearest = REMOVED[1].line("/components/schemas/Invoice/properties")
    assert lines[0].startswith(f"::error file=new.yaml,line={nearest},title=BREAKING response-property-removed::")
    assert "%0Ainstead: keep the property" in lines[0]


def test_what_a_document_holds_is_no_command_and_no_markup():
    pair = changed(set={"/paths/~1api~1v1/get/operationId": "a`b|c%0A\n::error::x\x1b[31m"})
    assert "\x1b" not in "".join(report(form, pair) for form in REPORTS)
    assert all("\n::error::x" not in report(form, pair) for form in REPORTS)
    assert "a\\`b\\|c" in report("markdown", pair)
    assert "a`b|c%250A%0A" in report("github", pair)


def test_markdown_groups_by_class():
    text = report("markdown", changed(set={"/components/parameters/Limit/schema": {"type": "integer", "default": 9}}))
    assert text.startswith("**old.yaml → new.yaml: breaking (1 breaking, 2 compatible).**\n\n### Breaking\n\n- `GET")
    assert "\n### Compatible\n" in text


def test_an_abridged_message_shows_the_way_to_one_place():
    message = {"data": [{"a": 1, "b": {"c": 2, "d": 3}}, {}], "e": 4}
    assert abridged(message, ("data", "[]", "b", "c")) == '{"data": [{"b": {"c": 2, …}, …}, …], …}'
    assert abridged(message, ("data", "[]", "z")) == '{"data": [{"a", "b"}, …], …}'
    assert abridged({"a": [1]}, ("a",)) == '{"a": [1]}'


def test_the_same_change_of_a_shared_schema_is_told_once_for_each_direction():
    changes = compare_documents(*changed(set={"/components/schemas/Money/pattern": "^[0-9]+$"}))
    breaking = [each for each in changes if each.level is Level.BREAKING]
    assert [each.rule for each in breaking] == ["response-pattern", "webhook-pattern"]
    assert len(breaking[0].also) == 1
    assert len(breaking[1].also) >= 5


def test_an_exception_approves_by_rule_and_pointer():
    result = judgement(
        REMOVED,
        {"rule": "response-property-removed", "pointer": f"#{DUE_DATE}"},
        {"rule": "webhook-property-removed", "pointer": DUE_DATE},
    )
    assert (result.breaks, result.count(Level.APPROVED), result.notes) == (False, 2, ())
    assert "agreed (Kari, until 2026-12-31)" in REPORTS["text"](*REMOVED, result)


@pytest.mark.parametrize(
    ("entry", "note"),
    [
        ({"rule": "response-property-removed", "pointer": "/paths"}, "meets no change"),
        ({"rule": "response-type", "pointer": DUE_DATE}, "meets no change"),
        ({"rule": "response-property-removed", "pointer": DUE_DATE, "expires": "2026-11-28"}, "expired on 2026-11-28"),
        ({"rule": "response-property-removed", "pointer": DUE_DATE, "class": "documentation"}, "meets no change"),
    ],
    ids=["another pointer", "another rule", "expired", "a class for what breaks for certain"],
)
def test_what_no_exception_covers_breaks(entry: dict[str, str], note: str):
    result = judgement(REMOVED, entry)
    assert (result.breaks, result.count(Level.BREAKING)) == (True, 2)
    [told] = result.notes
    assert note in told


def test_prose_needs_the_class_that_a_person_gives_it():
    assert judgement(REORDERED).breaks
    entry = {"rule": "text", "pointer": ORDER}
    assert judgement(REORDERED, entry).breaks
    assert not judgement(REORDERED, {**entry, "class": "documentation"}).breaks
    result = judgement(REORDERED, {**entry, "class": "breaking"})
    assert (result.breaks, result.count(Level.BREAKING)) == (True, 1)


def test_an_exception_holds_on_its_last_day():
    entry = {"rule": "text", "pointer": ORDER, "class": "documentation", "expires": TODAY.isoformat()}
    assert not judgement(REORDERED, entry).breaks
