"""Announcements made from a comparison: their words, their reach, and what is refused."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from oneinvoice_openapi.announce.announcement import LONGEST_TITLE, Announcement, Refused, make_announcement
from oneinvoice_openapi.announce.reach import methods_of, requests_of
from oneinvoice_openapi.announce.reports import REPORTS
from oneinvoice_openapi.announce.usage.keys import usage_of
from oneinvoice_openapi.announce.wording import statement, step
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.diff.changes import Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import Judgement

from tests.unit.openapi.labelled_pairs import pairs, source

ON, EFFECTIVE = date(2026, 11, 29), date(2027, 1, 15)
Edit = Callable[[dict[str, Any]], None]


def announcement(edit: Edit, **given: Any) -> Announcement:
    old = document()
    new = copy.deepcopy(old)
    edit(new)
    judgement = Judgement(tuple(compare_documents(source(old), source(new))))
    values = {"announced_on": ON, "effective_on": EFFECTIVE, "title": None, "url": None} | given
    return make_announcement(judgement, methods_of(old, new), **values)


def without_due_date(new: dict[str, Any]) -> None:
    invoice = new["components"]["schemas"]["Invoice"]
    invoice["required"].remove("due_date")
    del invoice["properties"]["due_date"]


def with_a_default_of_25(new: dict[str, Any]) -> None:
    new["components"]["parameters"]["Limit"]["schema"]["default"] = 25


def with_a_phone(new: dict[str, Any]) -> None:
    new["components"]["schemas"]["Member"]["properties"]["phone"] = {"type": "string", "description": "A number"}


def without_quote_sent(new: dict[str, Any]) -> None:
    del new["webhooks"]["quote.sent"]


def test_a_field_that_goes_away_is_told_with_whom_it_concerns_and_what_to_do() -> None:
    made = announcement(without_due_date)
    assert made.title == "due_date in the answers of GET /api/v1/invoices goes away, and 1 more change"
    assert made.text.split("\n") == [
        "Takes effect on 15 January 2027; announced on 29 November 2026.",
        "",
        "What breaks:",
        "- due_date in the answers of GET /api/v1/invoices goes away.",
        "  Concerns clients of GET /api/v1/invoices that read data[].due_date.",
        "  Before 15 January 2027: don't read due_date.",
        "- due_date in the bodies of the event invoice.created goes away; so too for the event invoice.sent and the "
        "event invoice.paid.",
        "  Concerns receivers of invoice.created that read data.due_date.",
        "  Before 15 January 2027: don't read due_date.",
    ]
    content = made.content()
    assert (content["class"], content["operations"], content["events"]) == (
        "breaking",
        ["GET /api/v1/invoices"],
        ["invoice.created", "invoice.sent", "invoice.paid"],
    )
    assert (content["announced_on"], content["effective_on"], content["url"]) == ("2026-11-29", "2027-01-15", None)


def test_what_breaks_nobody_asks_nothing_of_anybody() -> None:
    made = announcement(with_a_phone, url="https://1invoice.online/roadmap")
    assert made.title == "phone in the answers of GET /api/v1/members is new"
    assert made.text.endswith("- phone in the answers of GET /api/v1/members is new.\n\nNobody has to do anything.")
    assert "What breaks" not in made.text
    assert (made.content()["class"], made.content()["operations"]) == ("compatible", ["GET /api/v1/members"])


def test_an_event_that_goes_away_has_no_operation() -> None:
    content = announcement(without_quote_sent).content()
    assert (content["title"], content["events"]) == ("The event quote.sent goes away", ["quote.sent"])
    assert "operations" not in content
    assert "don't wait for it; read the records from the API" in content["text"]


def test_its_data_is_valid_as_the_event_of_the_contract() -> None:
    content = announcement(without_due_date, url="https://1invoice.online/roadmap").content()
    schema = {"$ref": "#/components/schemas/Announcement", "components": document()["components"]}
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    validator.validate(content)
    assert not validator.is_valid(content | {"effective_on": "soon"})


@pytest.mark.parametrize(("effective", "is_right"), [(date(2026, 12, 29), True), (date(2026, 12, 28), False)])
def test_less_than_30_days_are_refused_with_the_first_day_that_is_right(effective: date, is_right: bool) -> None:
    if is_right:
        assert announcement(without_due_date, effective_on=effective).effective_on == effective
    else:
        with pytest.raises(Refused, match="say --effective 2026-12-29 or a later day"):
            announcement(without_due_date, effective_on=effective)


@pytest.mark.parametrize("edit", [lambda new: None, lambda new: new["info"].update(title="Another")])
def test_there_is_nothing_to_announce(edit: Edit) -> None:
    with pytest.raises(Refused, match="nothing to announce"):
        announcement(edit)


def test_what_nobody_has_decided_is_not_announced() -> None:
    def edit(new: dict[str, Any]) -> None:
        described = new["paths"]["/api/v1/members"]["get"]
        described["description"] = described["description"].replace("`created_at`, then `id`", "`id`")

    with pytest.raises(Refused, match=r"1 change is not decided.*--exceptions"):
        announcement(edit)


def test_the_same_change_has_one_id_whatever_its_title_and_days_are() -> None:
    first = announcement(without_due_date)
    again = announcement(
        without_due_date, title="Another", effective_on=date(2028, 1, 1), announced_on=date(2027, 1, 1)
    )
    assert first.id == again.id
    others = {announcement(edit).id for edit in (with_a_default_of_25, with_a_phone, without_quote_sent)}
    assert len(others | {first.id}) == 4


def test_a_default_concerns_requests_that_leave_the_parameter_out() -> None:
    made = announcement(with_a_default_of_25)
    requests = requests_of(made.concerning, methods_of(document()))
    assert sorted(map(str, requests)) == [
        f"GET /api/v1/{name} without limit" for name in ("invoices", "members", "quotes")
    ]
    (members,) = [each for each in requests if each.path == "/api/v1/members"]
    assert members.match("get", "/below/api/v1/members/", ["offset"])
    assert not members.match("GET", "/api/v1/members", ["limit"])
    assert not members.match("GET", "/api/v1/members/more", [])
    assert not members.match("POST", "/api/v1/members", [])


def test_only_what_breaks_concerns_anybody_where_something_does() -> None:
    def edit(new: dict[str, Any]) -> None:
        without_due_date(new)
        with_a_phone(new)

    made = announcement(edit)
    assert made.content()["operations"] == ["GET /api/v1/invoices", "GET /api/v1/members"]
    assert [str(each) for each in requests_of(made.concerning, methods_of(document()))] == ["GET /api/v1/invoices"]


def test_a_path_without_a_method_has_the_methods_of_the_document() -> None:
    def edit(new: dict[str, Any]) -> None:
        new["paths"]["/api/v1/fees"] = copy.deepcopy(new["paths"]["/api/v1/members"])
        new["paths"]["/api/v1/fees"]["get"]["operationId"] = "list_fees"

    assert announcement(edit).content()["operations"] == ["GET /api/v1/fees"]


def test_every_change_of_the_labelled_pairs_is_worded() -> None:
    seen = 0
    for pair in {pair.rule: pair for pair in pairs()}.values():
        for change in pair.changes():
            told, todo = statement(change), step(change)
            assert told.strip() == told
            assert told
            if change.level is Level.BREAKING:
                assert todo, (pair.name, change.rule)
                assert "{name}" not in todo
                seen += 1
            assert change.level is not Level.COMPATIBLE or not todo
    assert seen > 30


def test_titles_are_as_short_as_the_mock_takes_them() -> None:
    def edit(new: dict[str, Any]) -> None:
        new["components"]["schemas"]["Member"]["properties"]["phone" * 80] = {"type": "string", "description": "It"}

    title = announcement(edit).title
    assert len(title) == LONGEST_TITLE
    assert title.endswith("…")


def test_foreign_text_is_printable_in_every_form() -> None:
    def edit(new: dict[str, Any]) -> None:
        name = "x\u202e\x1b[31m## `<b>`"
        new["components"]["schemas"]["Member"]["properties"][name] = {"type": "string", "description": "It"}

    made = announcement(edit)
    for form, report in REPORTS.items():
        text = report(made, usage_of([], []))
        assert "\u202e" not in text
        assert "\x1b" not in text
        assert form != "markdown" or "\\<b\\>" in text
    json.dumps(made.content(), ensure_ascii=False).encode()
