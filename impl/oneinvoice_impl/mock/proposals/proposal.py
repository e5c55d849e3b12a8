"""A contract that a mock serves in the place of the package's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from typing import Any

from oneinvoice_openapi.contract import held_to, operations
from oneinvoice_openapi.reading.source import Source
from oneinvoice_openapi.references import Path, resolved
from starlette.types import ASGIApp

from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.api.operations import LISTED, Operations
from oneinvoice_impl.api.parameters import Parameter
from oneinvoice_impl.mock.proposals.answers import ProposedAnswers
from oneinvoice_impl.mock.proposals.events import recorder
from oneinvoice_impl.mock.proposals.fields import Way, fields_below
from oneinvoice_impl.mock.proposals.fitting import Fitting
from oneinvoice_impl.mock.proposals.messages import Message, Messages
from oneinvoice_impl.mock.proposals.new_statuses import with_payment_statuses
from oneinvoice_impl.mock.proposals.operations import ProposedOperations
from oneinvoice_impl.mock.proposals.parameters import PAGE, proposed_parameter, untold
from oneinvoice_impl.mock.proposals.schemas import Places, Schemas
from oneinvoice_impl.mock.proposals.values import Values
from oneinvoice_impl.server.components import Components
from oneinvoice_impl.store.database import Database
from oneinvoice_impl.store.records.scope import Resource
from oneinvoice_impl.webhooks.service import WebhookService

_JSON = "application/json"
_SCHEMAS: Mapping[str, Resource] = {"Member": "members", "Quote": "quotes", "Invoice": "invoices"}
_PREFIXES: Mapping[str, Resource] = {"member": "members", "quote": "quotes", "invoice": "invoices"}
PATHS: Mapping[Resource, str] = {
    LISTED[each["operationId"]]: path for path, _, each in operations(document()) if each["operationId"] in LISTED
}


@dataclass(frozen=True)
class Proposal:
    """A document that can be served. `name` is what its user knows it by; `differences` are lines on what is new.

    `statuses` are the new ones of records by resource, `payment_statuses` those of invoices that wait for payment.
    """

    name: str
    file: Source
    differences: Sequence[str]
    statuses: Mapping[str, tuple[str, ...]]
    payment_statuses: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """The document."""
        return self.file.document

    @cached_property
    def held(self) -> dict[str, Any]:
        """The document as a deployment is held to it, whose statuses are those that it names."""
        return held_to(self.document)

    @cached_property
    def events(self) -> tuple[str, ...]:
        """Names of its events."""
        return tuple(self.document.get("webhooks") or ())

    @cached_property
    def messages(self) -> Messages:
        """Its messages."""
        return Messages(self.held)

    @cached_property
    def schemas(self) -> Schemas:
        """Its schemas."""
        return Schemas(self.held)

    @cached_property
    def fitting(self) -> Fitting:
        """Fits what is said to them."""
        return Fitting(self.schemas, Values(self.schemas, self.messages.shown(self.schemas)))

    @cached_property
    def new_fields(self) -> frozenset[Way]:
        """The fields that its records have, and those that are implemented don't."""
        return self._fields - replace(self, file=replace(self.file, document=document()))._fields

    @property
    def notice(self) -> str:
        """A sentence for those who look at the mock."""
        version = self.document["info"]["version"]
        named = self.name if self.name == version else f"{self.name}, {version},"
        return f"This mock serves the contract {named} in place of its own."

    def components(self, components: Components) -> Components:
        """Return components that serve it."""

        def webhooks(*arguments: Any) -> WebhookService:
            service = components.webhooks(*arguments)
            service.events = self.events
            service.recorder = recorder(self.events, self.event)
            return service

        return replace(
            components,
            document=lambda: self.document,
            parameters=self._parameters,
            operations=self._operations,
            webhooks=webhooks,
        )

    def wrap(self, api: ASGIApp) -> ASGIApp:
        """Return the API whose answers are as it describes them."""
        return ProposedAnswers(api, self.answer)

    def answer(self, path: str, method: str, status: int, media: str, content: Any) -> tuple[Any, dict[str, str]]:
        """Return the body of an answer, and headers that it has besides. Raises `Misfit`."""
        message = self._described(path, status)
        if message is None or media not in message.bodies:
            return content, {}
        told = self._with_payment_statuses(content)
        fitted = self.fitting.fit(told, message.bodies[media], f"{path} {status}")
        return fitted, self._headers(message, f"{path} {status}")

    def event(self, name: str, content: Any) -> Any:
        """Return the body of an event. Raises `Misfit`."""
        bodies = self.messages.event(name).bodies
        return self.fitting.fit(self._with_payment_statuses(content), bodies.get(_JSON, ()), content["id"])

    def record(self, resource: Resource, content: Any) -> Any:
        """Return a record as the list of its resource shows it. Raises `Misfit`."""
        told = self._with_payment_statuses(content)
        return self.fitting.fit(told, self.record_places(resource), content["id"])

    def record_places(self, resource: Resource) -> Places:
        """Return the places of the schemas of a resource's records."""
        message = self.messages.answer(PATHS[resource], "GET", 200)
        places = message.bodies.get(_JSON, ()) if message else ()
        data = self.schemas.shape(places).properties.get("data", ())
        return self.schemas.shape(data).items

    def most_records(self, path: str) -> int:
        """Return how many records a page of a list may have."""
        operation = self.document["paths"][path]["get"]
        for place, described in self.messages.parameters(("paths", path, "get"), operation):
            if described["name"] == "limit" and described["in"] == "query":
                return int(min(self.schemas.shape(((*place, "schema"),)).all("maximum")))
        return int(PAGE["limit"])

    def resource_of(self, event: str) -> Resource | None:
        """Return the resource whose record a new event tells of: by its schema, or else by its name."""
        body = self.messages.event(event).bodies.get(_JSON, ())
        waiting = [*self.schemas.shape(body).properties.get("data", ())]
        for place in waiting:
            found, schema = resolved(self.held, place)
            for each in (place, found):
                if tuple(each[:2]) == ("components", "schemas") and each[2] in _SCHEMAS and len(each) == 3:
                    return _SCHEMAS[str(each[2])]
            for word in ("allOf", "anyOf", "oneOf"):
                waiting += [(*found, word, str(index)) for index in range(len(schema.get(word, ())))]
        return _PREFIXES.get(event.partition(".")[0])

    @cached_property
    def _fields(self) -> frozenset[Way]:
        found = (fields_below(self.schemas, self.record_places(each), (each,)) for each in PATHS)
        return frozenset(chain.from_iterable(found))

    def _described(self, path: str, status: int) -> Message | None:
        """Return what an answer is described as; what no operation answers is as discovery describes the rest."""
        is_known = path in (self.document.get("paths") or {})
        return self.messages.answer(path if is_known else "/api/v1", "GET", status)

    def _headers(self, message: Message, key: str) -> dict[str, str]:
        """Return headers that are required, or that the implementation has never heard of."""
        headers = {}
        for name, place in message.headers.items():
            described = resolved(self.held, place)[1]
            if "schema" not in described or (name in SENT and not described.get("required")):
                continue
            value = described.get("example")
            if value is None:
                value = self.fitting.made(((*place, "schema"),), f"{key}.{name}")
            headers[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return headers

    def _with_payment_statuses(self, content: Any) -> Any:
        return with_payment_statuses(content, self.payment_statuses) if self.payment_statuses else content

    def _operations(self, served: dict[str, Any], database: Database) -> Operations:
        return ProposedOperations(served, database, self.record)

    def _parameters(self, served: dict[str, Any]) -> dict[str, tuple[Parameter, ...]]:
        by_operation = {}
        for path, method, operation in operations(served):
            here: Path = ("paths", path, method.lower())
            found = {
                described["name"]: proposed_parameter(self.schemas, place, described)
                for place, described in self.messages.parameters(here, operation)
                if described["in"] == "query"
            }
            if operation["operationId"] in LISTED:
                found |= {name: untold(name) for name in PAGE if name not in found}
            by_operation[operation["operationId"]] = tuple(found.values())
        return by_operation


SENT = frozenset(name.lower() for name in document()["components"]["headers"])
"""Headers of answers, where the implementation has something to say."""
