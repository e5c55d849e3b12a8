"""Query parameters, read and validated as the authored document describes them (JSON Schema 2020-12)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol, cast
from urllib.parse import parse_qsl

from oneinvoice_openapi.contract import operations

from oneinvoice_impl.api.problem import Problem, bad_parameters
from oneinvoice_impl.clock import Clock
from oneinvoice_impl.store.records.scope import Page, PageQuery, Resource

# As JSON writes them (RFC 8259, section 6). Python's int() also takes "+5", " 5", "1_0" and the digits of all
# scripts, and refuses more than 4,300 digits with an error of its own; no parameter goes beyond 64 bits.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,18})")


CURSOR_EXPECTED = "must be `next` of the page before, with the same status"


class Invalid(Exception):
    """A value is not valid; the text completes the sentence that the parameter's name begins."""


class Validator(Protocol):
    """Validator of values, such as those of `jsonschema_rs`."""

    @property
    def is_valid(self) -> Callable[[Any], bool]:
        """Tells whether a value is valid."""


class LateValidator:
    """Validator of a JSON Schema, which is read with the first value: no start waits for what reads it."""

    def __init__(self, schema: dict[str, Any]) -> None:
        """`schema` is of draft 2020-12, and known to be valid."""
        self._schema = schema

    @cached_property
    def is_valid(self) -> Callable[[Any], bool]:
        from jsonschema_rs import Draft202012Validator

        return Draft202012Validator(self._schema).is_valid


@dataclass(frozen=True, slots=True)
class Parameter:
    """One query parameter: how to read it, and what to say if it is not valid."""

    name: str
    is_integer: bool
    default: Any
    expectation: str
    validator: Validator

    def value(self, texts: Sequence[str]) -> Any:
        if not texts:
            return self.default
        if len(texts) > 1:
            raise Invalid("must be given only once")
        value = self._parse(texts[0])
        if not self.validator.is_valid(value):
            raise Invalid(self.expectation)
        return value

    def _parse(self, text: str) -> Any:
        return int(text) if self.is_integer and _INTEGER.fullmatch(text) else text


def query_parameters(document: dict[str, Any]) -> dict[str, tuple[Parameter, ...]]:
    """Return the query parameters of each operation of an OpenAPI 3.1 document, by operation id."""
    parameters = {}
    for _, _, operation in operations(document):
        described = (_resolve(document, parameter) for parameter in operation.get("parameters", ()))
        parameters[operation["operationId"]] = tuple(
            _parameter(document, parameter) for parameter in described if parameter["in"] == "query"
        )
    return parameters


def read_query(parameters: Sequence[Parameter], query_string: bytes) -> dict[str, Any]:
    """Return the value of each parameter, by name, and ignore unknown ones.

    Raises `Problem` (400), naming all bad ones.
    """
    texts = defaultdict(list)
    # Bytes that are not UTF-8 become U+FFFD, which no parameter allows.
    for name, text in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
        texts[name].append(text)
    values, errors = {}, {}
    for parameter in parameters:
        try:
            values[parameter.name] = parameter.value(texts[parameter.name])
        except Invalid as error:
            errors[parameter.name] = str(error)
    if errors:
        raise bad_parameters(errors)
    return values


class ParameterValidator:
    """Connexion's validator of parameters: puts their values into the request's context."""

    def __init__(self, by_operation: Mapping[str, Sequence[Parameter]], *_: Any, **__: Any) -> None:
        """Connexion gives the parameters of its skeleton too, which has none."""
        self._by_operation = by_operation

    def validate(self, scope: Any) -> None:
        """Read the query of a request. Raises `Problem` (400)."""
        extensions = scope["extensions"]
        context = extensions.setdefault("connexion_context", {})
        if "query" not in context:
            parameters = self._by_operation[extensions["connexion_routing"]["operation_id"]]
            context["query"] = read_query(parameters, scope["query_string"])


class PageQueries:
    """Finds out which page a request is for before it is known whose, so that both are asked for in one go."""

    def __init__(
        self, by_operation: Mapping[str, Sequence[Parameter]], resources: Mapping[str, Resource], clock: Clock
    ) -> None:
        """`resources` are those that operations list, by operation id."""
        self._validator = ParameterValidator(by_operation)
        self._resources = resources
        self._clock = clock

    def query(self, scope: Any) -> PageQuery | None:
        """Return the query of a request, which stays in its context; None if it is for no page, or not valid."""
        resource = self._resources.get(scope["extensions"]["connexion_routing"]["operation_id"])
        if resource is None:
            return None
        with suppress(Problem):
            self._validator.validate(scope)
            context = scope["extensions"]["connexion_context"]
            query = context["query"]
            page = Page(query["limit"], query["offset"], query["status"])
            context["page"] = PageQuery(resource, page, self._clock().date())
            return cast(PageQuery, context["page"])
        return None


def _parameter(document: dict[str, Any], described: dict[str, Any]) -> Parameter:
    schema = _resolve(document, described["schema"])
    return Parameter(
        name=described["name"],
        is_integer=schema["type"] == "integer",
        default=schema.get("default"),
        expectation=_expectation(schema),
        validator=LateValidator(schema),
    )


def _expectation(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        *most, last = schema["enum"]
        return f"must be {', '.join(most)} or {last}"
    if "pattern" in schema:
        return CURSOR_EXPECTED
    return f"must be a whole number from {schema['minimum']} to {schema['maximum']}"


def _resolve(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """Return the node that a reference within the document leads to; anything else as it is."""
    while "$ref" in node:
        target: Any = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node
