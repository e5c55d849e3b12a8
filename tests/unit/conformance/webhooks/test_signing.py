"""Signatures: what verifies, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.webhooks.signing import sign, verify_signature
from oneinvoice_fixtures.vectors import Vector, signature_vectors

SECRET = "whsec_0123456789abcdef"
BODY = '{"event": "invoice.paid","customer":"Bølgen & Sønner AS","total":"12.50"}'.encode()


@pytest.mark.parametrize("vector", signature_vectors(), ids=lambda vector: vector.name)
def test_the_shared_vectors(vector: Vector) -> None:
    assert verify_signature(vector.body, vector.signature, vector.secret) is vector.valid


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_what_is_signed_verifies_in_either_letter_case(body: bytes, secret: str) -> None:
    assert verify_signature(body, sign(body, secret), secret)
    assert verify_signature(body, sign(body, secret).upper(), secret)


@given(st.binary(max_size=60), st.text(max_size=70), st.text(max_size=20))
def test_nothing_else_verifies(body: bytes, header: str, secret: str) -> None:
    assert verify_signature(body, header, secret) is (header.lower() == sign(body, secret))


@pytest.mark.parametrize("position", [0, len(BODY) // 2, len(BODY) - 1])
def test_one_bit_off_does_not_verify(position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1
    assert not verify_signature(bytes(changed), sign(BODY, SECRET), SECRET)
