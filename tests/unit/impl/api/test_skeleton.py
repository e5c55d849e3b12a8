"""The part of the document that Connexion routes by."""

from __future__ import annotations

from oneinvoice_impl.api.implemented import document
from oneinvoice_impl.api.operations import Operations
from oneinvoice_impl.api.parameters import query_parameters
from oneinvoice_impl.api.skeleton import skeleton
from oneinvoice_openapi.contract import operations
from openapi_spec_validator import OpenAPIV30SpecValidator


def test_it_is_valid_openapi_3_0() -> None:
    assert not list(OpenAPIV30SpecValidator(skeleton(document())).iter_errors())


def test_it_has_every_operation_with_the_security_of_the_document() -> None:
    released = document()
    derived = {operation["operationId"]: operation for _, _, operation in operations(skeleton(released))}
    assert len(derived) == 4
    for _, _, operation in operations(released):
        assert derived[operation["operationId"]]["security"] == operation.get("security", [{"apiKey": []}])


def test_every_operation_is_implemented_and_reads_the_parameters_of_the_document() -> None:
    released = document()
    for _, _, operation in operations(released):
        assert callable(getattr(Operations, operation["operationId"]))
    names = {id: [parameter.name for parameter in found] for id, found in query_parameters(released).items()}
    listed = ["limit", "offset", "status"]
    assert names == {"discover": [], "list_members": listed, "list_quotes": listed, "list_invoices": listed}
