"""Examples of a document, held against the schemas that they are to show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from oneinvoice_openapi.contract import held_to
from oneinvoice_openapi.references import Path, Place, nodes, pointer, resolved

_DOCUMENT = "urn:document"


def wrong_examples(document: dict[str, Any], place: Place) -> list[str]:
    """Return a sentence for each example of a parameter, header or body that is not valid, with the first reason."""
    # Imported here: commands that check nothing need not wait for it.
    from jsonschema_rs import Draft202012Validator, Registry, ValidationError

    held = held_to(document)
    registry = Registry([(_DOCUMENT, held)])
    problems = []
    for schema, path, example in _examples(document):
        try:
            referring = {"$ref": f"{_DOCUMENT}{quote(pointer(schema), safe='#/~')}"}
            validator = Draft202012Validator(referring, registry=registry, validate_formats=True)
        except ValidationError as refusal:
            problems.append(f"{place(schema)} is no JSON Schema: {_short(refusal.message)}; correct it.")
            continue
        for error in validator.iter_errors(example):
            at = place((*path, *error.instance_path))
            problems.append(
                f"{at} is no example of {pointer(resolved(document, schema)[0])}: {_short(error.message)}; "
                "correct it, or the schema."
            )
            break
    return list(dict.fromkeys(problems))


def _examples(document: dict[str, Any]) -> Iterator[tuple[Path, Path, Any]]:
    """Yield (path of the schema, path of the example, example) for each."""
    for path, node in nodes(document):
        if "schema" in node:
            if "example" in node:
                yield (*path, "schema"), (*path, "example"), node["example"]
            examples = node.get("examples")
            for name in examples if isinstance(examples, dict) else ():
                shown, example = resolved(document, (*path, "examples", name))
                if isinstance(example, dict) and "value" in example:
                    yield (*path, "schema"), (*shown, "value"), example["value"]
        if "default" in node and ("type" in node or "enum" in node):
            yield path, (*path, "default"), node["default"]
        if isinstance(node.get("examples"), list):
            for index, example in enumerate(node["examples"]):
                yield path, (*path, "examples", index), example


def _short(message: str) -> str:
    return " ".join(message.split())[:200]
