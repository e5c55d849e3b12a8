"""The document of a preview, made from v1's by a merge patch."""

from __future__ import annotations

from typing import Any

import pytest
from oneinvoice_openapi.contract import document, operations, webhooks
from oneinvoice_openapi.previews import PREVIEWS, document_of, merged


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
