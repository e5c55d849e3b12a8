"""Documents and files of exceptions that can't be used: one sentence with the place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.diff.command import named_versions
from oneinvoice_openapi.diff.documents import compare_documents
from oneinvoice_openapi.diff.exceptions import read_approvals
from oneinvoice_openapi.diff.reading.references import checked
from oneinvoice_openapi.diff.reading.versions import old_version
from oneinvoice_openapi.reading.documents import authored
from oneinvoice_openapi.reading.source import LARGEST, is_there, read_source, shown
from oneinvoice_openapi.references import Unusable
from oneinvoice_openapi.releases import releases

from tests.unit.openapi.labelled_pairs import source, written

HEAD = 'openapi: 3.1.0\ninfo: {title: a, version: "1"}\n'
BOMB = "".join(f"x-{i}: &a{i} [{','.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
DOUBLING = "".join(
    f"    S{i}: {{allOf: [{{$ref: '#/components/schemas/S{i + 1}'}}, {{$ref: '#/components/schemas/S{i + 1}'}}]}}\n"
    for i in range(30)
)
BAD = {
    "a: [": ("line 2", "not YAML"),
    "just text": ("not an OpenAPI 3.1 document",),
    "": ("not an OpenAPI 3.1 document",),
    "[]": ("not an OpenAPI 3.1 document",),
    "info: {}": ("not an OpenAPI 3.1 document",),
    "info: {}\nswagger: '2.0'": ("line 2 (#/swagger)", "it says `swagger: 2.0`"),
    "openapi: 3.0.3": ("line 1 (#/openapi)", "it says `openapi: 3.0.3`"),
    "openapi: 3.2.0": ("line 1 (#/openapi)", "it says `openapi: 3.2.0`"),
    "openapi: 3.1.0": ("line 1", "not OpenAPI 3.1"),
    f"{HEAD}paths: []": ("line 3 (#/paths)", "not OpenAPI 3.1"),
    f"{HEAD}paths: {{/a: {{$ref: '#/paths/~1b'}}}}": ("line 3 (#/paths/~1a/$ref)", "where nothing is"),
    f"{HEAD}paths: {{/a: {{$ref: 'b.yaml#/a'}}}}": (
        "line 3 (#/paths/~1a/$ref)",
        "leads to b.yaml#/a, out of",
    ),
    f"{HEAD}paths: {{/a: {{$ref: '#/paths/~1a'}}}}": ("line 3 (#/paths/~1a)", "round to itself"),
    f"{HEAD}components: {{schemas: {{A: {{$ref: '#name'}}}}}}": ("line 3", "by an anchor"),
    f"{HEAD}components: {{schemas: {{A: {{anyOf: [{{$ref: '#/components/schemas/A'}}]}}}}}}": (
        "line 3",
        "round to itself",
    ),
    f"{HEAD}components: {{schemas: {{A: {{type: 7}}}}}}": ("line 3 (#/components/schemas/A/type)", "no JSON Schema"),
    f"{HEAD}components: {{schemas: {{A: {{pattern: '['}}}}}}": ("line 3 (#/components/schemas/A", "no JSON Schema"),
    f"{HEAD}components:\n  schemas:\n{DOUBLING}    S30: {{}}\n": ("more than 2000 schemas",),
    f"{HEAD}paths: {{}}\nx-0: &a0 [a]\n{BOMB}": ("line 10", "goes beyond 200,000 values"),
    f"{HEAD}x-a: &a [*a]": ("line 3", "the alias *a within what it repeats"),
    f"{HEAD}x-a: {'[' * 200}": ("line 3", "nested deeper than 100 levels"),
    f"{HEAD}x-a: 1\nx-a: 2": ("line 4", "the key 'x-a' twice"),
    f"{HEAD}? [a]\n: 1": ("line 3", "a key that is no text"),
    f"{HEAD}x-a: !!python/name:os.system": ("line 3", "has no place in JSON"),
    "a: \x00": ("not YAML",),
    "a: " + "x" * 10 * 1024 * 1024: (f"has more than {LARGEST // 1024 // 1024} MiB",),
}


@pytest.mark.parametrize(("text", "parts"), BAD.items(), ids=[" ".join(parts)[:60] for parts in BAD.values()])
def test_a_document_that_can_not_be_compared_is_told_with_the_place(text: str, parts: tuple[str, ...]):
    with pytest.raises(Unusable) as caught:
        checked(read_source(text.encode(), "openapi.yaml"))
    sentence = str(caught.value)
    assert sentence.startswith("openapi.yaml")
    assert all(part in sentence for part in parts), sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_another_encoding_is_told():
    with pytest.raises(Unusable, match="not UTF-8"):
        read_source(b"\xff\xfea", "openapi.yaml")


def test_what_yaml_has_besides_json_is_read_as_it_is_written():
    content = read_source(b"a: 2026-01-01\nb: .inf\nc: &c {d: 1}\ne: {<<: *c, f: 2}\n200: yes", "a.yaml").document
    assert content == {"a": "2026-01-01", "b": ".inf", "c": {"d": 1}, "e": {"d": 1, "f": 2}, "200": True}


def test_a_place_is_told_by_its_own_line_or_that_of_what_holds_it():
    read = read_source(b"a:\n  b: 1\n  c:\n    - d: 2\n", "a.yaml")
    assert [read.line(pointer) for pointer in ("/a/b", "/a/c/0/d", "/a/c/7/x", "/z")] == [2, 4, 3, 1]


def test_names_of_headers_and_data_are_no_keywords():
    content = document()
    content["components"]["headers"]["schema"] = {"required": True, "schema": {"type": "string"}}
    content["components"]["schemas"]["Id"]["examples"] = [{"$ref": "nowhere"}]
    content["components"]["examples"]["BadRequest"]["value"]["$ref"] = "nowhere"
    assert source(content).document == content


def test_properties_that_double_at_each_level_are_compared_soon():
    def nested(leaf: str) -> dict[str, Any]:
        reference = "#/components/schemas/S"
        schemas: dict[str, Any] = {
            f"S{i}": {
                "type": "object",
                "required": ["a", "b"],
                "properties": {name: {"$ref": f"{reference}{i + 1}"} for name in ("a", "b")},
            }
            for i in range(25)
        }
        body = {"content": {"application/json": {"schema": {"$ref": f"{reference}0"}}}}
        return {
            "openapi": "3.1.0",
            "info": {"title": "a", "version": "1"},
            "paths": {"/a": {"get": {"responses": {"200": {"description": "a", **body}}}}},
            "components": {"schemas": {**schemas, "S25": {"type": leaf}}},
        }

    [change] = compare_documents(source(nested("string")), source(nested("integer")))
    assert change.rule == "response-type"


def test_without_a_release_the_old_version_must_be_named(tmp_path: Path):
    if releases():
        assert old_version(None, tmp_path).name == f"release {list(releases())[-1]}"
    else:
        with pytest.raises(Unusable, match="keeps no release"):
            old_version(None, tmp_path)


ENTRY = "{rule: a, pointer: /b, reason: c, owner: d, expires: 2027-03-31}"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[]", "not a file of exceptions"),
        ("exceptions: 1", "not a file of exceptions"),
        (f"exceptions: [{ENTRY}]\nmore: 1", "and nothing else"),
        ("exceptions:\n  - text", "line 2 (#/exceptions/0) is no exception"),
        ("exceptions: [{rule: a, pointer: /b, reason: ' ', owner: d}]", "without reason and expires"),
        (f"exceptions: [{ENTRY.replace('a,', '7,')}]", "without rule"),
        (f"exceptions: [{ENTRY.replace('2027-03-31', 'soon')}]", "is no date"),
        (f"exceptions: [{ENTRY.replace('}', ', class: compatible}')}]", "is no class"),
        (f"exceptions: [{ENTRY.replace('}', ', text: removed}')}]", "has text, which no exception has"),
    ],
)
def test_a_file_of_exceptions_that_can_not_be_used_is_told_with_the_place(text: str, part: str):
    with pytest.raises(Unusable) as caught:
        read_approvals(text.encode(), "exceptions.yaml")
    assert part in str(caught.value)


def test_the_bytes_of_a_document_do_not_depend_on_how_it_is_written():
    assert compare_documents(source(document()), checked(read_source(written(document()), "new.yaml"))) == []


def test_what_can_be_no_path_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "loop").symlink_to("loop")
    assert named_versions(("a" * 300,)).old == "a" * 300  # which Git may know
    assert not is_there(Path("a" * 300))
    with pytest.raises(Unusable, match="loop can't be read"):
        named_versions(("HEAD", str(tmp_path / "loop"))).read()
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert shown(authored()) == str(authored())
