"""The examples in the docstrings of what users import."""

import doctest
from importlib import import_module

import pytest

PUBLIC = (
    "oneinvoice_conformance.webhooks.receiver",
    "oneinvoice_conformance.webhooks.signing",  # whose `verify_signature` is imported from `signing`
    "oneinvoice_fixtures.derivation",
    "oneinvoice_fixtures.keys",
    "oneinvoice_fixtures.names",
    "oneinvoice_fixtures.organisations",
    "oneinvoice_fixtures.vectors",
)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_examples_of_a_module_hold(name: str):
    failed, tried = doctest.testmod(import_module(name), optionflags=doctest.ELLIPSIS)
    assert tried
    assert not failed
