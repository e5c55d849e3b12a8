"""Refusals: what of a proposed document the reference implementation can't serve, a sentence each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from oneinvoice_openapi.contract import operations
from oneinvoice_openapi.references import Path, resolved

from oneinvoice_impl.api.operations import LISTED
from oneinvoice_impl.domain.event import PING
from oneinvoice_impl.mock.proposals.messages import Messages, methods
from oneinvoice_impl.mock.proposals.parameters import PAGE
from oneinvoice_impl.mock.proposals.schemas import Places, Schemas, Shape

Place = Callable[[Path], str]
"""Tells the JSON pointer and the line of what is in the document."""

_EVENT = re.compile(r"[A-Za-z0-9_]+([.-][A-Za-z0-9_]+)*")
_SCALARS = frozenset({"string", "integer", "number", "boolean", "null"})
_MOST = 2**63 - 1
_OF_HTTP = ("authorization", "accept", "content-type")
"""Headers that OpenAPI passes over among parameters."""
_SENT = {
    "x-1invoice-signature": "5f1c3b0e8a7d42961b0c5de2f7a9834410f6e2b7c9d85a3e6f0412ab7c9e8d13",
    "x-1invoice-signature-previous": "0b7d1e94c2f8a6350d9e4b71c8f2a05367e1d8b4f09c3a52e6d7f8190a2b4c6d",
    "x-1invoice-delivery": "del_01JD2Q7X0Z9Y8W7V6T5S4R3Q2P",
    "user-agent": "1invoice-webhooks/1",
}
"""Headers of a delivery, as they may be."""


class Refusals:
    """Looks a proposed document through for what differs from the authored one beyond what is served."""

    def __init__(self, document: dict[str, Any], authored: dict[str, Any], place: Place) -> None:
        self._document = document
        self._authored = authored
        self._place = place
        self._schemas, self._messages = Schemas(document), Messages(document)
        self._own_schemas, self._own_messages = Schemas(authored), Messages(authored)

    def all(self) -> Iterator[str]:
        """Yield a sentence for each thing that can't be served."""
        own = {(path, method): operation for path, method, operation in operations(self._authored)}
        for path, item in (self._document.get("paths") or {}).items():
            if "$ref" in item:
                yield f"{self._place(('paths', path))} is a reference, which the mock doesn't follow; write it out."
                continue
            if not methods(item):
                continue
            for method in methods(item):
                here: Path = ("paths", path, method)
                if (path, method.upper()) in own:
                    yield from self._operation(here, item[method], own[path, method.upper()])
                else:
                    yield (f"{self._place(here)}: the mock has nothing to answer {method.upper()} {path} with;"
                           " leave it out, and try the rest.")  # fmt: skip
        for name in self._document.get("webhooks") or {}:
            yield from self._event(name)

    def _operation(self, here: Path, operation: dict[str, Any], own: dict[str, Any]) -> Iterator[str]:
        if operation.get("operationId") != own["operationId"]:
            yield (f"{self._place(here)}: the mock knows this operation as {own['operationId']};"
                   " keep that operationId.")  # fmt: skip
            return
        security = self._security(self._document, operation)
        if security != self._security(self._authored, own):
            at = (*here, "security") if "security" in operation else here
            yield f"{self._place(at)}: the mock has keys as they are today alone; leave security as it is."
        if "requestBody" in operation:
            yield f"{self._place((*here, 'requestBody'))}: the mock takes no body there; leave it out."
        for place, described in self._messages.parameters(here, operation):
            yield from self._parameter(place, described, own["operationId"])
        if own["operationId"] in LISTED:
            yield from self._page_size(here)

    def _page_size(self, here: Path) -> Iterator[str]:
        """A page may have no fewer records than the highest limit."""
        most = PAGE["limit"]
        for place, described in self._messages.parameters(here, resolved(self._document, here)[1]):
            if described["name"] == "limit" and described["in"] == "query":
                most = min(self._schemas.shape(((*place, "schema"),)).all("maximum"), default=most)
        answer = self._messages.answer(str(here[1]), "GET", 200)
        places = answer.bodies.get("application/json", ()) if answer else ()
        data = self._schemas.shape(places).properties.get("data", ())
        fewest = min(self._schemas.shape(data).all("maxItems"), default=most)
        if fewest < most:
            yield f"{self._place(data[0])}: limit allows {most} records, and this {fewest}; have them agree."

    def _security(self, document: dict[str, Any], operation: Mapping[str, Any]) -> Any:
        """Return the schemes of an operation, as far as a request shows them."""
        schemes = (document.get("components") or {}).get("securitySchemes") or {}

        def shown(name: str) -> Any:
            _, scheme = resolved(document, ("components", "securitySchemes", name)) if name in schemes else ((), {})
            return {key: value for key, value in scheme.items() if key not in ("description", "bearerFormat")
                    and not key.startswith("x-")}  # fmt: skip

        wanted = operation.get("security", document.get("security") or [])
        return [[(shown(name), scopes) for name, scopes in each.items()] for each in wanted]

    def _parameter(self, place: Path, described: Mapping[str, Any], operation_id: str) -> Iterator[str]:
        name, here = described["name"], self._place(place)
        if described["in"] != "query":
            if name.lower() not in _OF_HTTP:
                yield f"{here}: {name} in the {described['in']} has no effect in the mock; leave it out."
            return
        if "schema" not in described:
            yield f"{here}: the mock reads parameters that have a schema; give {name} one."
            return
        places: Places = ((*place, "schema"),)
        shape = self._schemas.shape(places)
        if shape.types is not None and not shape.types & _SCALARS:
            yield f"{here}: the mock reads single values from a query; {name} is something else, leave it out."
        elif name in ("limit", "offset"):
            yield from self._bounds(name, shape, here)
        elif name == "status":
            return
        elif operation_id not in LISTED:
            yield f"{here}: {name} has no effect in the mock, and no list to filter; leave it out."
        else:
            yield from self._filter(name, operation_id, here)

    def _bounds(self, name: str, shape: Shape, here: str) -> Iterator[str]:
        least, most = shape.all("minimum"), shape.all("maximum")
        if not shape.is_only("integer"):
            yield f"{here}: {name} is a whole number in the mock; give it the type integer."
        elif not least or max(least) < 0:
            yield f"{here}: {name} may be negative there; give it a minimum of 0 or more."
        elif name == "offset" and (not most or min(most) > _MOST):
            yield f"{here}: the mock counts to {_MOST}; give offset that as its maximum, or less."
        elif name == "limit" and (not most or min(most) > _MOST):
            yield f"{here}: the mock counts to {_MOST}; give limit that as its maximum, or less."

    def _filter(self, name: str, operation_id: str, here: str) -> Iterator[str]:
        """A parameter that is named as a field is a filter on it; any other has a meaning that nobody can tell."""
        path = next(path for path, _, each in operations(self._authored) if each["operationId"] == operation_id)
        record = self.record(path)
        fields = self._schemas.shape(record).properties if record else {}
        if name not in fields:
            yield (f"{here}: no field of these records is named {name}, so the mock can't tell what it does;"
                   " leave it out, or add such a field to filter by.")  # fmt: skip
            return
        types = self._schemas.shape(fields[name]).types
        if types is not None and not types & _SCALARS:
            yield f"{here}: the mock filters by fields that have a single value; {name} has none, leave it out."

    def record(self, path: str) -> Places:
        """Return the places of the record in the list at a path, or none."""
        answer = self._messages.answer(path, "GET", 200)
        places = answer.bodies.get("application/json", ()) if answer else ()
        data = self._schemas.shape(places).properties.get("data", ()) if places else ()
        return self._schemas.shape(data).items if data else ()

    def _event(self, name: str) -> Iterator[str]:
        here = self._place(("webhooks", name))
        item = resolved(self._document, ("webhooks", name))[1]
        if not _EVENT.fullmatch(name) or name == PING:
            yield f"{here}: no event can have that name; use a word such as invoice.settled."
            return
        if "post" not in item:
            yield f"{here}: the mock sends events by POST; describe `post`."
            return
        message = self._messages.event(name)
        if message.bodies and "application/json" not in message.bodies:
            yield f"{here}: the mock sends JSON; describe the body as application/json."
        sent = {**_SENT, "x-1invoice-event": name, "content-type": "application/json"}
        for place, described in self._messages.parameters(("webhooks", name, "post"), resolved(
                self._document, ("webhooks", name, "post"))[1]):  # fmt: skip
            header, schema = described["name"].lower(), ((*place, "schema"),)
            if described["in"] != "header" or header not in sent:
                if described.get("required"):
                    yield (f"{self._place(place)}: the mock sends no {described['name']} with its events;"
                           " leave it out, or make it optional.")  # fmt: skip
            elif "schema" in described and not self._schemas.validator(schema).is_valid(sent[header]):
                yield (f"{self._place(place)}: the mock sends {described['name']} there as it is today,"
                       f" such as {sent[header]}; have its schema allow that.")  # fmt: skip

    def statuses(self, resource_path: str, field: str) -> tuple[tuple[str, ...], list[str]]:
        """Return the new values of a field that names its values, and sentences on those that went."""
        own = Refusals(self._authored, self._authored, self._place)
        places = self._schemas.shape(self.record(resource_path)).properties.get(field, ())
        before = self._own_schemas.named(self._own_schemas.shape(own.record(resource_path)).properties[field])
        after = self._schemas.named(places) if places else []
        if not after:
            return (), []
        gone = [each for each in before if each not in after]
        sentences = [
            f"{self._place(places[0])}: the mock's records have the {field} {each}, which went; keep it."
            for each in gone
        ]
        return tuple(each for each in after if each not in before), sentences
