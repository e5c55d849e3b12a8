"""Sign and verify."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_fixtures.vectors import Vector, signature_vectors
from oneinvoice_impl.webhooks.signing import sign, verify_signature

VECTORS = signature_vectors()


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_vector(vector: Vector) -> None:
    assert verify_signature(vector.body, vector.signature, vector.secret) is vector.valid
    assert (sign(vector.body, vector.secret) == vector.signature.lower()) is vector.valid


def test_the_vectors_cover_what_goes_wrong() -> None:
    assert len({vector.name for vector in VECTORS}) == len(VECTORS) >= 20
    assert {len(vector.body) for vector in VECTORS} >= {0, 1_048_576}


@given(st.binary(), st.text(), st.text())
def test_no_header_and_no_secret_raise(body: bytes, header: str, secret: str) -> None:
    assert verify_signature(body, header, secret) is False


@given(st.binary(), st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_signed_verifies(body: bytes, secret: str) -> None:
    assert verify_signature(body, sign(body, secret), secret)
    assert not verify_signature(body + b" ", sign(body, secret), secret)


@pytest.mark.parametrize("header", [None, b"00", 7, "\ud800" * 64])
def test_odd_headers(header: Any) -> None:
    assert verify_signature(b"", header, "secret") is False


def test_a_secret_of_bytes_that_are_no_text() -> None:
    assert verify_signature(b"", sign(b"", "\udcff"), "\udcff")
    assert verify_signature(b"", "0" * 64, "\ud800") is False
