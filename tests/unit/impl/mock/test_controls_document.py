"""The OpenAPI document of the controls is valid, and describes each control that there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from oneinvoice_impl.api.implemented import document as contract
from oneinvoice_impl.clock import SYSTEM_CLOCK
from oneinvoice_impl.domain.event import EVENTS
from oneinvoice_impl.mock.controls import request_bodies
from oneinvoice_impl.mock.controls.description import document
from oneinvoice_impl.mock.extension import LocalMock
from oneinvoice_impl.mock.faults.fault import KINDS
from oneinvoice_impl.mock.faults.webhook_fault import WEBHOOK_KINDS
from oneinvoice_impl.mock_extension import Backend
from oneinvoice_openapi.contract import operations
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

SCHEMAS = document()["components"]["schemas"]


def test_it_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []
    ids = [operation["operationId"] for _, _, operation in operations(document())]
    assert len(set(ids)) == len(ids)


def test_it_describes_each_control_and_no_other() -> None:
    mock = LocalMock(sandboxes=cast(Any, SimpleNamespace()))
    nothing = SimpleNamespace(webhooks=None, database=None, usage=None, clock=SYSTEM_CLOCK)
    served = {
        (method, route.path.removeprefix("/_mock"))
        for route in mock.routes(cast(Backend, nothing))
        if isinstance(route, Route) and "{rest:path}" not in route.path  # of the same, with whatever below
        for method in route.methods or ()
        if method != "HEAD"
    }
    assert {(method, path) for path, method, _ in operations(document())} == served


def test_its_names_are_those_of_the_code() -> None:
    assert SCHEMAS["EventName"]["enum"] == list(EVENTS)
    assert SCHEMAS["FaultKind"]["enum"] == [*KINDS, None]
    assert SCHEMAS["WebhookFaultKind"]["enum"] == [*WEBHOOK_KINDS, None]
    assert list(SCHEMAS["FaultRule"]["properties"]) == list(request_bodies.FAULT)
    names = [operation["operationId"] for _, _, operation in operations(contract())]
    assert SCHEMAS["FaultRule"]["properties"]["operation"]["enum"] == [*names, None]
