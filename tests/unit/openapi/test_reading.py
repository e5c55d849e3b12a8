"""Files that can't be used are refused in a sentence, with the place; of others the lines are known."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from oneinvoice_openapi.contract import document
from oneinvoice_openapi.diff.reading.references import checked
from oneinvoice_openapi.reading.documents import read_document
from oneinvoice_openapi.reading.source import LARGEST, read_source
from oneinvoice_openapi.references import Unusable, joined

HEAD = "openapi: 3.1.0\ninfo: {title: T, version: '1'}\npaths: {}\n"
SCHEMAS = HEAD + "components:\n  schemas:\n"
LAUGHS = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
LONG_WAY = "".join(f"    S{n}: {{$ref: '#/components/schemas/S{n + 1}'}}\n" for n in range(2000)) + "    S2000: true\n"
NO_DOCUMENT = "is not an OpenAPI 3.1 document: it needs `openapi: 3.1.x` at the top, and it says"

REFUSED = [
    ("no YAML", "a: [", ", line 2, is not YAML: "),
    ("two documents", "a: 1\n---\nb: 2\n", "is not YAML: "),
    ("a tag of Python", "!!python/object/apply:os.system ['true']", ", line 1, is not YAML: the tag "),
    ("nothing", "", f"{NO_DOCUMENT} none."),
    ("a list", "[]", "is not an OpenAPI 3.1 document"),
    ("a text", "openapi", "is not an OpenAPI 3.1 document"),
    ("no version", "info: {}", "is not an OpenAPI 3.1 document"),
    (
        "2.0",
        "swagger: '2.0'",
        f", line 1 (#/swagger) {NO_DOCUMENT} `swagger: 2.0`.",
    ),
    (
        "3.0",
        "info: {}\nopenapi: 3.0.3",
        f", line 2 (#/openapi) {NO_DOCUMENT} `openapi: 3.0.3`.",
    ),
    ("3.2", "openapi: 3.2.0", "and it says `openapi: 3.2.0`."),
    ("3.10", "openapi: 3.10.0", "and it says `openapi: 3.10.0`."),
    ("a number", "openapi: 3.1", "and it says `openapi: 3.1`."),
    (
        "a broken reference",
        SCHEMAS + "    A: {$ref: '#/components/schemas/B'}\n",
        ", line 6 (#/components/schemas/A/$ref) leads to #/components/schemas/B, where nothing is; correct it, or",
    ),
    (
        "a reference past a list",
        SCHEMAS + "    A: {$ref: '#/components/schemas/A/allOf/1', allOf: [true]}\n",
        "nothing is",
    ),
    (
        "a reference to another file",
        SCHEMAS + "    A:\n      properties:\n        b: {$ref: other.yaml#/B}\n",
        ", line 8 (#/components/schemas/A/properties/b/$ref) leads to other.yaml#/B, out of this document; copy",
    ),
    ("a reference to the Internet", SCHEMAS + "    A: {$ref: 'https://example.com/a.yaml'}\n", "out of this document"),
    ("a reference that is no text", SCHEMAS + "    A: {$ref: 7}\n", "is no text; write a reference such as"),
    (
        "a loop of one",
        SCHEMAS + "    A: {$ref: '#/components/schemas/A'}\n",
        ", line 6 (#/components/schemas/A) leads round to itself by #/components/schemas/A → #/components/schemas/A",
    ),
    (
        "a loop of two",
        SCHEMAS + "    A: {$ref: '#/components/schemas/B'}\n    B: {$ref: '#/components/schemas/A'}\n",
        "#/components/schemas/A → #/components/schemas/B → #/components/schemas/A; break that up.",
    ),
    (
        "a loop of compositions",
        SCHEMAS + "    A: {allOf: [{$ref: '#/components/schemas/B'}]}\n"
        "    B: {anyOf: [{$ref: '#/components/schemas/A'}]}\n",
        "round to itself by",
    ),
    ("a loop of conditions", SCHEMAS + "    A: {not: {if: {$ref: '#/components/schemas/A'}}}\n", "round to itself by"),
    ("an anchor", SCHEMAS + "    A: {$ref: '#name'}\n", "refers by an anchor (#name); name the place, as #/comp"),
    ("a key twice", HEAD + "paths: {}\n", ", line 4, has the key 'paths' twice; leave one out."),
    ("a long way", SCHEMAS + LONG_WAY, "leads through 100 references and more; lead straight there."),
    ("10 MiB", "#" * 10 * 1024 * 1024, "has more than 4 MiB; name a file that is no longer."),
    ("a billion laughs", LAUGHS + HEAD, ", line 6, goes beyond 200,000 values, aliases written out; use fewer."),
    (
        "an alias within itself",
        HEAD + "x: &a [*a]\n",
        ", line 4, has the alias *a within what it repeats; write it out.",
    ),
    ("deep lists", "[" * 150, ", line 1, is nested deeper than 100 levels; use fewer."),
    (
        "deep aliases",
        "".join(f"x{n}: &x{n} [{'[' * 20}{f'*x{n - 1}' if n else '1'}{']' * 20}]\n" for n in range(9)) + HEAD,
        "is nested deeper than 100 levels; use fewer.",
    ),
    (
        "a date",
        HEAD + "x-since: 2026-04-15\n",
        ", line 4 (#/x-since) is 2026-04-15 to YAML, which JSON can't say; put it in quotes.",
    ),
    ("no number", HEAD + "x-most: .inf\n", "(#/x-most) is .inf to YAML"),
    (
        "a key that is no text",
        HEAD + "x-it: {true: 1}\n",
        ", line 4 (#/x-it/true) has the key true, which is no text to YAML; put it in quotes.",
    ),
    ("an alias of nothing", HEAD + "x: *b\n", ", line 4, is not YAML: "),
]


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_can_not_be_used_is_told_in_a_sentence(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text, "utf-8")
    started = time.perf_counter()
    with pytest.raises(Unusable) as refusal:
        read_document(path)
    assert time.perf_counter() - started < 10
    sentence = str(refusal.value)
    assert told in sentence
    assert sentence.startswith(str(path))
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize("content", [None, "a folder"])
def test_what_can_not_be_read(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "openapi.yaml"
    if content:
        path.mkdir()
    with pytest.raises(Unusable, match=r"can't be read \(.*\); name a readable file\.$"):
        read_document(path)


def test_another_encoding_is_told(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(Unusable, match=r"is not UTF-8 \(byte 0\); save it in that encoding\.$"):
        read_document(path)


def test_the_document_of_the_package_is_read_with_its_lines() -> None:
    file = read_document(None)
    assert file.document == document()
    lines = file.text.splitlines()
    for path in (("info", "title"), ("components", "schemas", "Quote", "properties", "total"), ("paths", "/api/v1")):
        assert lines[file.line(joined("", *path)) - 1].strip().startswith(f"{path[-1]}:")
    offset = joined("/paths", "/api/v1/members", "get", "parameters", 1)
    assert lines[file.line(offset) - 1].endswith("parameters/Offset'")
    # What is not there has the line of what it would be in.
    assert file.line("/info/contact/email") == file.line("/info")
    assert file.place(("info", "title")) == "#/info/title (line 3)"


def test_what_is_usual_in_drafts_is_read(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(
        "\ufeff" + SCHEMAS + "    A: &a {type: object, properties: {children: {type: array, items: "
        "{$ref: '#/components/schemas/A'}}}, example: {$ref: no reference}}\n    B: *a\n"
        "    example: {properties: {value: {$ref: '#/components/schemas/A'}}}\nx-responses: {200: {description: It}}\n",
        "utf-8",
    )
    read = read_document(path).document
    assert read["x-responses"] == {"200": {"description": "It"}}
    assert read["components"]["schemas"]["A"] == read["components"]["schemas"]["B"]


def test_a_document_may_be_as_long_as_is_said(tmp_path: Path) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(HEAD + "#" * (LARGEST - len(HEAD) - 1) + "\n", "utf-8")
    assert read_document(path).document["paths"] == {}


@pytest.mark.parametrize(("text", "told"), [row[1:] for row in REFUSED[:22]], ids=[row[0] for row in REFUSED[:22]])
def test_a_comparison_refuses_in_the_same_words(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "openapi.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(Unusable) as refusal:
        checked(read_source(text.encode(), str(path)))
    with pytest.raises(Unusable) as other:
        read_document(path)
    assert str(refusal.value) == str(other.value)


def test_a_map_that_an_alias_repeats_may_itself_merge_another() -> None:
    read = read_source(b"a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: *b\nd: {<<: *b}", "a.yaml").document
    assert read["b"] == read["c"] == read["d"] == {"x": 3, "y": 2}


def test_of_several_maps_that_are_merged_the_first_counts() -> None:
    read = read_source(b"a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b], '<<x': 0}", "a.yaml").document
    assert read["c"] == {"x": 1, "y": 2, "<<x": 0}
    with pytest.raises(Unusable, match=r"line 1, is not YAML: `<<` merges maps alone; correct it there\.$"):
        read_source(b"a: {<<: [1]}", "a.yaml")
