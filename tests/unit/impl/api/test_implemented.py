"""The contract that is implemented is a release, which what is authored may be ahead of."""

from __future__ import annotations

from oneinvoice_impl.api.implemented import IMPLEMENTED, document
from oneinvoice_impl.api.operations import Operations
from oneinvoice_openapi.contract import document as authored
from oneinvoice_openapi.contract import operations
from oneinvoice_openapi.releases import numbers, releases


def test_it_is_a_release_of_the_version_that_is_authored() -> None:
    assert IMPLEMENTED in releases()
    ahead, here = numbers(authored()["info"]["version"]), numbers(document()["info"]["version"])
    assert ahead is not None
    assert here is not None
    assert ahead[0] == here[0]
    assert ahead >= here


def test_each_of_its_operations_is_answered() -> None:
    ids = {each["operationId"] for _, _, each in operations(document())}
    assert ids <= set(dir(Operations))
