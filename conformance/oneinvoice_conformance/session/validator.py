"""Validate exchanges and deliveries against the document of a contract, with openapi-core."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

# Only `--strict` imports this module: openapi-core takes longer to import than all the rest of the suite.
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.media_types.exceptions import MediaTypeDeserializeError
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers

from oneinvoice_conformance.http.delivery import Delivery
from oneinvoice_conformance.http.exchange import Exchange, NotJSON
from oneinvoice_conformance.records.json_text import parse
from oneinvoice_conformance.records.listing import WHOLE

_TOO_LARGE = "the body holds a number that is too large to be held against the document"


@dataclass(slots=True)
class _Request:
    """Request as openapi-core wants it, without query and body: only the answer is judged."""

    path: str
    host_url: str = "http://deployment"
    method: str = "get"
    content_type: str = ""
    body: bytes | None = None
    parameters: RequestParameters = field(default_factory=RequestParameters)


@dataclass(slots=True)
class _Response:
    status_code: int
    content_type: str
    headers: Headers
    data: bytes | None


@dataclass(slots=True)
class _Webhook:
    """Delivery as openapi-core wants it."""

    name: str
    method: str
    body: bytes | None
    content_type: str
    parameters: RequestParameters


class Validator:
    """Validator of answers and deliveries by an OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        config = Config(extra_media_type_deserializers={"application/problem+json": _read_json})
        self._openapi = OpenAPI.from_dict(document, config=config)

    def webhook_problem(self, delivery: Delivery) -> str | None:
        """Return why a delivery is not valid, in one sentence; None if it is."""
        try:
            self._openapi.validate_request(_webhook(delivery))
        except OpenAPIError as error:
            return _sentence(error, delivery.body)
        return None

    def problem(self, exchange: Exchange) -> str | None:
        """Return why an answer is not valid, in one sentence; None if it is."""
        content_type = exchange.header("Content-Type") or ""
        body = _data(exchange)
        response = _Response(exchange.status, content_type, Headers(list(exchange.headers)), body)
        try:
            self._openapi.validate_response(_Request(exchange.request.path), response)
        except OpenAPIError as error:
            return _sentence(error, body)
        except ValueError:  # of `json`, which the validator reads numbers with
            return _TOO_LARGE
        return None


def _read_json(body: bytes, **parameters: str) -> Any:
    """Read a body; the parameters of its type, such as a charset, mean nothing (RFC 8259, 11)."""
    return json.loads(body)


def _data(exchange: Exchange) -> bytes:
    """Return the body, with the first records alone of one that is long."""
    if exchange.body.size <= WHOLE:
        return exchange.body.read()
    try:
        return json.dumps(exchange.json()).encode()
    except NotJSON:
        return exchange.body.read(WHOLE)


def _webhook(delivery: Delivery) -> _Webhook:
    parameters = RequestParameters(header=Headers(list(delivery.headers)))
    content_type = delivery.header("Content-Type") or ""
    return _Webhook(delivery.event or "", delivery.method.lower(), delivery.body, content_type, parameters)


def _sentence(error: BaseException, body: bytes) -> str:
    """Return the innermost cause in a sentence, for a schema with the place of the violation."""
    while error.__cause__ is not None:
        error = error.__cause__
    if isinstance(error, (MediaTypeDeserializeError, ValueError)):  # in whose words the whole body may stand
        try:
            parse(body)
        except ValueError as problem:
            return f"the body is not JSON: {problem}"
        return _TOO_LARGE
    schema_errors = list(getattr(error, "schema_errors", ()))
    if not schema_errors:
        return str(error)
    first = min(schema_errors, key=lambda problem: [str(part) for part in problem.absolute_path])
    where = ".".join(str(part) for part in first.absolute_path) or "the body"
    return f"{where}: {first.message}"[:300]
