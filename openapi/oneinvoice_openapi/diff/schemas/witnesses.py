"""Witnesses: messages that the sender's version makes valid, and the reader's version refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import jsonschema_rs

from oneinvoice_openapi.diff.changes import Change, Level, Place, Witness
from oneinvoice_openapi.diff.collector import Collector, shown
from oneinvoice_openapi.diff.schemas.payloads import Payloads
from oneinvoice_openapi.diff.schemas.rules import dotted
from oneinvoice_openapi.diff.schemas.views import OPEN_ENUM, Node, Schemas, json_key

_OLD, _NEW = "urn:oneinvoice:old", "urn:oneinvoice:new"
_UNIONS = frozenset({"anyOf", "oneOf", "not", "if"})  # which refuse for what is wrong further inside
_SENT_VALUES = ("response-enum", "webhook-enum")  # which break just readers that refuse them
Refusal = tuple[tuple[str, ...], str, str]
"""Place in the message, keyword and words of an error."""


class Witnesses:
    """Search for the messages that show what changes do."""

    def __init__(self, collector: Collector, old: Schemas, new: Schemas) -> None:
        self._collector, self._old, self._new = collector, old, new
        documents = [(_OLD, collector.old.document), (_NEW, collector.new.document)]
        self._registry = jsonschema_rs.Registry(documents)
        self._of_old, self._of_new = Payloads(old, new), Payloads(new, old)

    def sample(self, node: Node) -> Any:
        """Return the simplest value of a schema of the old version."""
        return next(iter(self._of_old.values(node, ())), "…") if node else "…"

    def attach(self, place: Place, start: int, old: Node, new: Node) -> None:
        """Give the changes from `start` on, all of one message, their witnesses, and add what only these show."""
        changes = self._collector.changes
        taken: list[Any] = []
        if self._old.canonical(old) != self._new.canonical(new):
            sender, reader = ((_OLD, old), (_NEW, new)) if place.from_clients else ((_NEW, new), (_OLD, old))
            sent, read = (self._of_old, self._of_new) if place.from_clients else (self._of_new, self._of_old)
            # Those of the reader's version count as well: it may refuse, as a whole, what one of its branches takes.
            messages = [*sent.values(sender[1], reader[1]), *read.values(reader[1], sender[1])]
            taken, refused = self._sorted(messages, sender, reader)
            for i in range(start, len(changes)):
                changes[i] = _shown(changes[i], refused)
            self._unexplained(place, changes[start:], refused, old, new)
        for i in range(start, len(changes)):
            change = changes[i]
            if change.level is Level.BREAKING and change.witness is None and _is_taken(change, taken):
                # In another branch of a union: readers were told to expect more.
                changes[i] = replace(change, level=Level.COMPATIBLE, whom="nobody", instead="")
            elif change.level is Level.BREAKING and change.witness is None:
                changes[i] = replace(change, witness=self._by_hand(change, old))

    def _sorted(
        self, messages: list[Any], sender: tuple[str, Node], reader: tuple[str, Node]
    ) -> tuple[list[Any], list[tuple[Any, list[Refusal]]]]:
        """Return the messages of the sender that the reader takes, and those that it refuses, with its reasons."""
        valid, readable = self._validator(*sender), self._validator(*reader)
        taken, refused = [], []
        for message in filter(valid.is_valid, messages):
            if readable.is_valid(message):
                taken.append(message)
            else:
                refused.append((message, [_refusal(error) for error in readable.iter_errors(message)]))
        return taken, refused

    def _validator(self, name: str, node: Node) -> Any:
        schema: Any = {"$ref": f"{name}#{quote(node[0].pointer, safe='/~')}"}
        if isinstance(node[0].schema, bool):
            schema = node[0].schema
        return jsonschema_rs.Draft202012Validator(schema, registry=self._registry, validate_formats=True)

    def _unexplained(
        self, place: Place, changes: list[Change], refused: list[tuple[Any, list[Refusal]]], old: Node, new: Node
    ) -> None:
        """Add what no rule has seen, but a message shows."""
        known = [
            change.steps
            for change in changes
            if (change.level is Level.BREAKING and change.keywords) or OPEN_ENUM in change.keywords
        ]
        for message, refusals in refused:
            for path, keyword, words in refusals:
                if any(_related(path, steps) for steps in known):
                    continue
                known.append(path)
                kind = "request" if place.from_clients else "response"
                kind = "webhook" if place.subject.startswith("webhook ") else kind
                self._collector.add(
                    f"{kind}-message", Level.BREAKING, place, f"a message that was valid breaks {keyword}",
                    old[0].pointer, new[0].pointer, path=dotted(path), witness=Witness(message, words),
                    keywords=frozenset({keyword}), steps=path,
                )  # fmt: skip

    def _by_hand(self, change: Change, old: Node) -> Witness | None:
        """Return a message for what no validator refuses: a value that is ignored, missing, or understood anew."""
        what = change.path or change.place.part.removeprefix("query parameter ")
        if change.rule in _SENT_VALUES and change.value is not None:
            where = what or change.place.part
            return Witness(f"{where}: {shown(change.value)}", "it is none of the values that were listed.")
        if change.rule.endswith("-default"):
            return Witness(f"{change.place.subject} without {what}", f"another value is taken ({change.what}).")
        if change.rule.endswith("-format"):
            return Witness(
                f"{change.place.subject} with {what}: {2**31}", f"the old format may not hold it ({change.what})."
            )
        if change.rule.endswith("-property-removed"):
            message = next(
                (m for m in self._of_old.values(old, ()) if any(True for _ in _found(m, change.steps))), None
            )
            if message is not None:
                then = "it is ignored." if change.place.from_clients else f"{what} doesn't come any more."
                return Witness(message, then)
        return None


def request_text(place: Place, value: Any) -> str:
    """Return a request, an answer or an event with a parameter or header, in one line."""
    words = place.part.split(" ")
    name = words[-1]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if place.part.startswith("query parameter "):
        return f"{place.subject}?{name}={text}"
    if place.part.startswith("path parameter "):
        return place.subject.replace(f"{{{name}}}", text)
    if "header" in words:
        return f"{name}: {text}"
    return f"{place.subject} with {name}={text}" if place.part.startswith("cookie ") else f"{name}: {text}"


def _shown(change: Change, refused: list[tuple[Any, list[Refusal]]]) -> Change:
    """Return the change with the message that shows it best; one that no rule could judge breaks, then."""
    if change.level not in (Level.BREAKING, Level.UNCLASSIFIED) or not change.keywords or change.witness:
        return change
    found: list[tuple[int, int, Any, str]] = []
    for message, refusals in refused:
        ranks = [(rank, words) for each in refusals if (rank := _rank(change, each)) is not None for words in each[2:]]
        if ranks:
            rank, words = min(ranks, key=lambda each: each[0])
            found.append((rank, len(refusals), message, words))
    if not found:
        return change
    rank, _, message, words = min(found, key=lambda each: each[:2])
    if change.level is Level.UNCLASSIFIED and rank:
        return change
    content = request_text(change.place, message) if _is_text(change.place) else message
    return replace(change, level=Level.BREAKING, reason="", witness=Witness(content, words))


def _is_text(place: Place) -> bool:
    """Tell whether a value is sent in a header, a query or the like, and not as a body."""
    return "parameter " in place.part or "header " in place.part or place.part.startswith(("query ", "header "))


def _rank(change: Change, refusal: Refusal) -> int | None:
    """Return how well an error shows a change, 0 being best."""
    path, keyword, _ = refusal
    at = _matches(path, change.steps) or (keyword in ("required", "additionalProperties", "unevaluatedProperties")
                                          and _matches(path, change.steps[:-1]))  # fmt: skip
    if at and keyword in change.keywords:
        return 0
    return 1 if keyword in _UNIONS and _matches(path, change.steps[: len(path)]) else None


def _refusal(error: Any) -> Refusal:
    path = tuple("[]" if isinstance(step, int) else step for step in error.instance_path)
    keyword = next((str(step) for step in reversed(error.schema_path) if isinstance(step, str)), "")
    return path, keyword, " ".join(error.message.split())[:300]


def _matches(path: tuple[str, ...], steps: tuple[str, ...]) -> bool:
    return len(path) == len(steps) and all(
        one in (other, "*") or other == "*" for one, other in zip(path, steps, strict=True)
    )


def _related(path: tuple[str, ...], steps: tuple[str, ...]) -> bool:
    shorter = min(len(path), len(steps))
    return _matches(path[:shorter], steps[:shorter])


def _is_taken(change: Change, taken: list[Any]) -> bool:
    """Tell whether a message that the old version takes has the value that was added to a list of it."""
    if change.rule not in _SENT_VALUES or change.value is None:
        return False
    added = json_key(change.value)
    return any(json_key(value) == added for message in taken for value in _found(message, change.steps))


def _found(message: Any, steps: tuple[str, ...]) -> Iterator[Any]:
    """Yield the values at a place of a message."""
    if not steps:
        yield message
    elif steps[0] == "[]":
        for each in message if isinstance(message, list) else ():
            yield from _found(each, steps[1:])
    elif isinstance(message, dict):
        for name in message if steps[0] == "*" else [steps[0]] if steps[0] in message else ():
            yield from _found(message[name], steps[1:])
