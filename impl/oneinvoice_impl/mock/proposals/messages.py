"""Messages that a document describes: the answers of its operations, and its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from oneinvoice_openapi.contract import METHODS, operations
from oneinvoice_openapi.references import Path, resolved

from oneinvoice_impl.mock.proposals.schemas import Places, Schemas


@dataclass(frozen=True)
class Message:
    """A described answer or event: where it stands, its headers, and the bodies by media type."""

    place: Path
    headers: Mapping[str, Path]
    """Places of headers, by their names in lower case."""
    bodies: Mapping[str, Places]


@dataclass(frozen=True)
class Messages:
    """Messages of a document."""

    document: dict[str, Any]

    def answer(self, path: str, method: str, status: int) -> Message | None:
        """Return the answer of a status: under its own number, its class, or `default`; None if there is none."""
        if method.lower() not in (self.document.get("paths") or {}).get(path, {}):
            return None
        operation: Path = ("paths", path, method.lower(), "responses")
        responses = self.document["paths"][path][method.lower()].get("responses") or {}
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in responses:
                place, response = resolved(self.document, (*operation, key))
                headers = {
                    name.lower(): resolved(self.document, (*place, "headers", name))[0]
                    for name in response.get("headers", ())
                }
                return Message(place, headers, self._bodies(place, response))
        return None

    def event(self, name: str) -> Message:
        """Return the event of that name."""
        place: Path = ("webhooks", name, "post")
        operation = resolved(self.document, place)[1]
        headers = {
            described["name"].lower(): at
            for at, described in self.parameters(place, operation)
            if described["in"] == "header"
        }
        if "requestBody" not in operation:
            return Message(place, headers, {})
        return Message(place, headers, self._bodies(*resolved(self.document, (*place, "requestBody"))))

    def parameters(self, place: Path, operation: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Yield the parameters of an operation with their places, those of its path first."""
        above = resolved(self.document, place[:-1])[1]
        for holder, content in ((place[:-1], above), (place, operation)):
            for index in range(len(content.get("parameters", ()))):
                yield resolved(self.document, (*holder, "parameters", str(index)))

    def shown(self, schemas: Schemas) -> dict[Places, list[Any]]:
        """Return the values that examples of messages have for each schema."""
        found: dict[Places, list[Any]] = {}
        for message in self._all():
            for media, places in message.bodies.items():
                for example in self.examples((*message.place, "content", media)):
                    _collect(schemas, example, places, found)
        return found

    def _all(self) -> Iterator[Message]:
        for path, method, operation in operations(self.document):
            for status in operation.get("responses", ()):
                place, response = resolved(self.document, ("paths", path, method.lower(), "responses", status))
                yield Message(place, {}, self._bodies(place, response))
        for name, item in (self.document.get("webhooks") or {}).items():
            if "post" in item and "requestBody" in item["post"]:
                place, body = resolved(self.document, ("webhooks", name, "post", "requestBody"))
                yield Message(place, {}, self._bodies(place, body))

    def _bodies(self, place: Path, content: Mapping[str, Any]) -> dict[str, Places]:
        return {
            media: ((*place, "content", media, "schema"),) if "schema" in described else ()
            for media, described in (content.get("content") or {}).items()
        }

    def examples(self, place: Path) -> Iterator[Any]:
        """Yield the values of the examples of a media type."""
        media = resolved(self.document, place)[1]
        if "example" in media:
            yield media["example"]
        for name in media.get("examples", ()):
            example = resolved(self.document, (*place, "examples", name))[1]
            if "value" in example:
                yield example["value"]


def methods(item: Mapping[str, Any]) -> Sequence[str]:
    """Return the methods of a path."""
    return [method for method in METHODS if method in item]


def _collect(schemas: Schemas, value: Any, places: Places, found: dict[Places, list[Any]]) -> None:
    """Add a value to those that are shown for its schema, and what is in it to theirs."""
    shape = schemas.shape(places)
    if value not in found.setdefault(places, []):
        found[places].append(value)
    chosen: frozenset[Path] = frozenset()
    while shape.choices:  # the branches that a value is shown for are those that it is valid by
        choice = shape.choices[0]
        chosen |= {choice.place}
        branch = next((each for each in choice.branches if schemas.validator(each).is_valid(value)), ())
        places = (*places, *branch)
        shape = schemas.shape(places, chosen)
    if isinstance(value, dict):
        for name in value.keys() & shape.properties.keys():
            _collect(schemas, value[name], shape.properties[name], found)
    elif isinstance(value, list) and shape.items:
        for each in value:
            _collect(schemas, each, shape.items, found)
