from typing import Any

import pytest
from oneinvoice_openapi.check import check_document, requirement_gaps
from oneinvoice_openapi.contract import document


def test_the_authored_document_has_no_problem():
    assert check_document(document()) == []


@pytest.mark.parametrize(
    "other", [None, [], "openapi: 3.1.0", {}, {"openapi": "3.0.3"}, {"swagger": "2.0"}, {"openapi": 3.0}]
)
def test_what_is_no_openapi_3_1_document_is_told_so(other: Any):
    [problem] = check_document(other)
    assert "not an OpenAPI 3.1 document" in problem


def test_a_document_that_is_not_valid_is_told_where():
    broken = document()
    del broken["info"]["title"]
    broken["paths"]["/api/v1"]["get"]["responses"] = []
    problems = check_document(broken)
    assert any("title" in problem for problem in problems)
    assert any(problem.startswith("paths//api/v1/get/responses: ") for problem in problems)


def test_an_operation_or_a_webhook_without_requirements_is_told():
    broken = document()
    del broken["paths"]["/api/v1"]["get"]["x-requirements"]
    broken["webhooks"]["quote.sent"]["post"]["x-requirements"] = []
    assert check_document(broken) == [
        "GET /api/v1: carries no x-requirements.",
        "webhook quote.sent: carries no x-requirements.",
        *(f"{id}: in the register, but no x-requirements names it." for id in ("DISC-1", "DISC-2", "HOOK-10")),
    ]


def test_an_unknown_requirement_is_told():
    broken = document()
    broken["paths"]["/api/v1/quotes"]["get"]["x-requirements"].append("QUO-99")
    assert check_document(broken) == ["QUO-99: named by the document, but not in the register."]


def test_a_requirement_that_nothing_names_is_told():
    broken = document()
    broken["info"]["x-requirements"].remove("VER-2")
    assert requirement_gaps(broken) == ["VER-2: in the register, but no x-requirements names it."]


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.pop("webhooks"),
        lambda it: it["paths"].clear(),
        lambda it: it["paths"].update({"/api/v1": None}),
        lambda it: it["webhooks"].update({"quote.sent": {}}),
        lambda it: it.update({"info": None}),
        lambda it: it["components"].pop("schemas"),
        lambda it: it["paths"]["/api/v1"]["get"].update({"x-requirements": "DISC-1"}),
        lambda it: it["paths"]["/api/v1"]["get"].update({"x-requirements": [1, {}]}),
    ],
    ids=["no webhooks", "no paths", "empty path", "empty webhook", "no info", "no schemas", "text", "no ids"],
)
def test_a_document_with_parts_missing_has_problems_and_nothing_raises(change: Any):
    broken = document()
    change(broken)
    problems = check_document(broken)
    assert problems
    assert all(problem and "\n" not in problem for problem in problems)
