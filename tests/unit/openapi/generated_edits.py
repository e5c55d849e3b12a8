"""Edits made at random, from a seed, whose class follows from how they are made."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Schema = dict[str, Any]
NARROWED = {"request": "breaking", "response": "compatible", "webhook": "compatible"}
WIDENED = {"request": "compatible", "response": "breaking", "webhook": "breaking"}
BOTH = {"request": "breaking", "response": "breaking", "webhook": "breaking"}
SAME = {"request": "same", "response": "same", "webhook": "same"}
WORDS = {"request": "documentation", "response": "documentation", "webhook": "documentation"}
WORST_FIRST = ("breaking", "unclassified", "compatible", "documentation", "same")


def schema(random: Random, depth: int = 3) -> Schema:
    """A schema that something is valid for."""
    kinds = ["string", "integer", "number", "enum", "nullable"] + ["object", "array", "union"] * (depth > 0)
    kind = random.choice(kinds)
    if kind == "string":
        least = random.randint(0, 3)
        return {"type": "string", "minLength": least, "maxLength": least + random.randint(1, 9)}
    if kind in ("integer", "number"):
        least = random.randint(-9, 9)
        return {"type": kind, "minimum": least, "maximum": least + random.randint(1, 50)}
    if kind == "enum":
        return {"type": "string", "enum": random.sample(["a", "b", "c", "d", "e"], random.randint(2, 4))}
    if kind == "nullable":
        return {"type": [random.choice(["string", "integer", "boolean"]), "null"]}
    if kind == "array":
        return {"type": "array", "items": schema(random, depth - 1), "minItems": 1, "maxItems": random.randint(2, 6)}
    if kind == "union":
        return {"oneOf": [{"type": "boolean"}, _object(random, depth - 1)]}
    return _object(random, depth)


def _object(random: Random, depth: int) -> Schema:
    names = random.sample(["p", "q", "r", "s", "t"], random.randint(1, 4))
    made: Schema = {"type": "object", "properties": {name: schema(random, depth - 1) for name in names}}
    made["required"] = [name for name in names if random.random() < 0.5]
    if random.random() < 0.2:
        made["additionalProperties"] = False
    return made


def edit(random: Random, old: Schema) -> tuple[str, Schema, dict[str, str]]:
    """An edit of the schema at a random place: its name, the schema after it, and its class in each message."""
    new = copy.deepcopy(old)
    for make in random.sample(EDITS, len(EDITS)):
        for place in random.sample(places := list(_places(new)), len(places)):
            made = make(random, copy.deepcopy(place))
            if made is not None:
                content, labels = made
                place.clear()
                place.update(content)
                return make.__name__, new, labels
    raise AssertionError("every schema can be explained")


def _places(value: Schema) -> Iterator[Schema]:
    yield value
    for inner in (*value.get("properties", {}).values(), *value.get("oneOf", ()), *value.get("allOf", ())):
        yield from _places(inner)
    if "items" in value:
        yield from _places(value["items"])


Edit = Callable[[Random, Schema], tuple[Schema, dict[str, str]] | None]


def tighter_bound(random: Random, it: Schema) -> Any:
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")):
        if low in it and it[low] < it.get(high, it[low]):
            name, step = random.choice([(low, 1), (high, -1)])
            return it | {name: it[name] + step}, NARROWED
    return None


def looser_bound(random: Random, it: Schema) -> Any:
    names = [name for name in ("maximum", "maxLength", "maxItems") if name in it]
    return (it | {names[0]: it[names[0]] + random.randint(1, 9)}, WIDENED) if names else None


def no_bound(random: Random, it: Schema) -> Any:
    names = [name for name in ("minimum", "maximum", "maxLength", "maxItems") if name in it]
    if not names:
        return None
    gone = random.choice(names)
    return {name: value for name, value in it.items() if name != gone}, WIDENED


def value_more(random: Random, it: Schema) -> Any:
    return (it | {"enum": [*it["enum"], "z"]}, WIDENED) if "enum" in it and "z" not in it["enum"] else None


def value_less(random: Random, it: Schema) -> Any:
    return (it | {"enum": it["enum"][1:]}, NARROWED) if len(it.get("enum", ())) > 1 else None


def no_null(random: Random, it: Schema) -> Any:
    return (it | {"type": it["type"][0]}, NARROWED) if isinstance(it.get("type"), list) else None


def null_too(random: Random, it: Schema) -> Any:
    plain = isinstance(it.get("type"), str) and "enum" not in it
    return (it | {"type": [it["type"], "null"]}, WIDENED) if plain else None


def another_type(random: Random, it: Schema) -> Any:
    return ({"type": "boolean"}, BOTH) if it.get("type") in ("string", "integer", "array") else None


def property_less(random: Random, it: Schema) -> Any:
    if not it.get("properties"):
        return None
    gone = random.choice(list(it["properties"]))
    left = {name: value for name, value in it["properties"].items() if name != gone}
    return it | {"properties": left, "required": [name for name in it["required"] if name != gone]}, BOTH


def property_more(random: Random, it: Schema) -> Any:
    if "properties" not in it:
        return None
    labels = WIDENED if "additionalProperties" in it else dict.fromkeys(SAME, "compatible")
    return it | {"properties": {**it["properties"], "new": schema(random, 0)}}, labels


def demanded(random: Random, it: Schema) -> Any:
    free = [name for name in it.get("properties", ()) if name not in it["required"]]
    return (it | {"required": [*it["required"], random.choice(free)]}, NARROWED) if free else None


def left_free(random: Random, it: Schema) -> Any:
    return (it | {"required": it["required"][1:]}, WIDENED) if it.get("required") else None


def closed(random: Random, it: Schema) -> Any:
    able = "properties" in it and "additionalProperties" not in it
    return (it | {"additionalProperties": False}, NARROWED) if able else None


def alternative_more(random: Random, it: Schema) -> Any:
    return (it | {"oneOf": [*it["oneOf"], {"const": "other"}]}, WIDENED) if "oneOf" in it else None


def alternative_less(random: Random, it: Schema) -> Any:
    return (it | {"oneOf": it["oneOf"][1:]}, NARROWED) if len(it.get("oneOf", ())) > 1 else None


def shuffled(random: Random, it: Schema) -> Any:
    changed = dict(reversed(it.items()))
    for name in ("oneOf", "enum", "required"):
        if name in it:
            changed[name] = random.sample(it[name], len(it[name]))
    return changed, SAME


def in_parts(random: Random, it: Schema) -> Any:
    return ({"allOf": [it]}, SAME) if random.random() < 0.5 else ({"allOf": [it, {"title": "x"}]}, WORDS)


def explained(random: Random, it: Schema) -> Any:
    return it | {"description": "A thing", "examples": []}, WORDS


EDITS: list[Edit] = [
    tighter_bound, looser_bound, no_bound, value_more, value_less, no_null, null_too, another_type, property_less,
    property_more, demanded, left_free, closed, alternative_more, alternative_less, shuffled, in_parts, explained,
]  # fmt: skip


def value(random: Random, it: Any, depth: int = 0) -> Any:
    """A value that may well be valid, and may be not quite."""
    if it is True or not it:
        return random.choice(["text", 1, None])
    if random.random() < 0.03:
        return random.choice([None, "", 0, -100, [], {}, "a" * 40, True, 1.5])
    if "allOf" in it:
        return value(random, it["allOf"][0], depth)
    if "oneOf" in it:
        return value(random, random.choice(it["oneOf"]), depth)
    if "const" in it or "enum" in it:
        return random.choice(it.get("enum") or [it["const"]])
    type_ = random.choice(it["type"]) if isinstance(it["type"], list) else it["type"]
    if type_ == "object":
        return _members(random, it, depth)
    if type_ == "array":
        count = random.randint(it.get("minItems", 0), it.get("maxItems", 8))
        return [value(random, it["items"], depth + 1) for _ in range(count)]
    if type_ == "string":
        return "a" * random.choice([it.get("minLength", 0), it.get("maxLength", 30)])
    if type_ in ("integer", "number"):
        return random.choice([it.get("minimum", -50), it.get("maximum", 99), it.get("maximum", 99) - 1])
    return random.choice([True, False]) if type_ == "boolean" else None


def _members(random: Random, it: Schema, depth: int) -> dict[str, Any]:
    names = [name for name in it["properties"] if name in it["required"] or random.random() < 0.5]
    members = {name: value(random, it["properties"][name], depth + 1) for name in names}
    if "additionalProperties" not in it and random.random() < 0.3:
        members["unknown"] = 1
    return members
