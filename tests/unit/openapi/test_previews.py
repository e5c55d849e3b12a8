"""The document of a preview, made from v1's by a merge patch."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import openapi_spec_validator  # noqa: F401  # binds a socket as it is imported, which no unit test may
import pytest
from oneinvoice_openapi.check import check_document
from oneinvoice_openapi.contract import document, operations, webhooks
from oneinvoice_openapi.diff.changes import Level
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.previews import PREVIEWS, document_of, merged, written
from oneinvoice_openapi.reading.source import read_source


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        # RFC 7396, appendix A.
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_its_rfc_says(target: Any, patch: Any, result: Any) -> None:
    assert merged(target, patch) == result


def test_v1_is_the_authored_document() -> None:
    assert document_of("v1") == document()


def test_v2_has_the_operations_of_v1_below_its_own_path() -> None:
    here, there = ({(path, id_of(each)) for path, _, each in operations(document_of(v))} for v in ("v2", "v1"))
    assert here == {(path.replace("/api/v1", "/api/v2"), id) for path, id in there}
    assert dict(webhooks(document_of("v2"))) == dict(webhooks(document()))


def id_of(operation: dict[str, Any]) -> str:
    id: str = operation["operationId"]
    return id


def test_nothing_but_the_description_speaks_of_v1() -> None:
    it = document_of("v2")
    assert "v1" in it["info"].pop("description")
    del it["components"]["examples"]["ApiChangeAnnounced"]  # events are the same for both
    del it["components"]["schemas"]["Announcement"]
    said = [text for text in texts(it) if "v1" in text]
    assert all("`offset` of v1" in each for each in said), said


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for name, each in node.items() for text in (name, *texts(each))]
    if isinstance(node, list):
        return [text for each in node for text in texts(each)]
    return [node] if isinstance(node, str) else []


def test_who_changes_a_copy_changes_no_other() -> None:
    for version in ("v1", *PREVIEWS):
        document_of(version)["paths"].clear()
        assert document_of(version)["paths"]


def test_there_is_no_other() -> None:
    with pytest.raises(KeyError):
        document_of("v3")


def test_v2_keeps_what_the_register_asks_for_but_for_what_it_says_it_breaks() -> None:
    assert check_document(document_of("v2")) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda it: it["info"]["x-preview"]["breaks"].remove("MEM-5"), "MEM-5 (“offset — starting position"),
        (lambda it: it["info"]["x-preview"]["breaks"].append("MEM-2"), "breaks MEM-2 (“limit — items per page"),
        (lambda it: it["info"]["x-preview"]["breaks"].append("MEM-99"), "breaks MEM-99, which is not in the register"),
        (lambda it: it["info"]["x-preview"]["breaks"].append(17), "breaks 17, which is not in the register"),
        (lambda it: it["info"].update({"x-preview": "v2"}), "has to be an object with `version`, such as v2"),
        (lambda it: it["info"]["x-preview"].update(version="v3"), "/api/v2 is of v1 or another version"),
        (lambda it: it["components"]["parameters"]["Limit"]["schema"].update(default=25), "MEM-2 (“limit"),
        (lambda it: it["paths"].pop("/api/v2/quotes"), "VER-1 (“We use URL versioning.”)"),
        (lambda it: it["info"].pop("x-preview"), "DISC-1 (“No credentials needed.”)"),
    ],
)
def test_a_preview_that_breaks_something_else_is_told(change: Callable[[Any], Any], told: str) -> None:
    it = document_of("v2")
    change(it)
    assert any(told in each for each in check_document(it)), check_document(it)


def test_v1_is_excused_from_nothing() -> None:
    it = document()
    it["info"]["x-preview"] = {"version": "v1", "breaks": ["MEM-2"]}
    it["components"]["parameters"]["Limit"]["schema"]["default"] = 25
    problems = check_document(it)
    assert any("/api/v1 is of v1 or another version" in each for each in problems)
    assert any(each.startswith("MEM-2") for each in problems)


def test_the_diff_of_both_tells_the_one_change_that_breaks() -> None:
    old, new = (read_source(written(version).encode(), f"{version}.yaml") for version in ("v1", "v2"))
    breaking = [(each.rule, each.what) for each in compare_documents(old, new) if each.level is Level.BREAKING]
    of_versions = {"path-moved", "response-enum", "response-pattern"}  # what says which version it is
    assert [each for each in breaking if each[0] not in of_versions] == [
        ("parameter-removed", "removed: it is ignored, or refused"),
        ("response-property-removed", "removed"),
    ]
    paths = document()["paths"]
    moves = [what for rule, what in breaking if rule == "path-moved"]
    assert moves == [f"moved to {path.replace('v1', 'v2')}" for path in paths]


def test_paths_of_the_same_version_are_never_taken_for_moved() -> None:
    for first, second in ((["/api/v1/a"], ["/api/v1/b"]), (["/a"], ["/api/v2/a"]), (["/api/v2/a"], ["/a"])):
        old, new = (
            {"openapi": "3.1.0", "info": {"title": "t", "version": "1.0.0"}, "paths": {path: get() for path in paths}}
            for paths in (first, second)
        )
        sources = [read_source(json.dumps(each).encode(), "x.yaml") for each in (old, new)]
        assert "path-removed" in {each.rule for each in compare_documents(*sources)}


def get() -> dict[str, Any]:
    return {"get": {"responses": {"200": {"description": "ok"}}}}
