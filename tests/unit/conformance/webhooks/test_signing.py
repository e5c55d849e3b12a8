"""Signatures, and what is found to be wrong with one."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.webhooks.signing import diagnose, reserialised, sign, verify_signature
from oneinvoice_fixtures.vectors import Vector, signature_vectors

SECRET = "whsec_0123456789abcdef"
BODY = '{"event": "invoice.paid","customer":"Bølgen & Sønner AS","total":"12.50"}'.encode()
MAC = hmac.digest(SECRET.encode(), BODY, "sha256")


@pytest.mark.parametrize("vector", signature_vectors(), ids=lambda vector: vector.name)
def test_the_shared_vectors(vector: Vector) -> None:
    assert verify_signature(vector.body, vector.signature, vector.secret) is vector.valid


@given(st.binary(max_size=200), st.text(min_size=1, max_size=40))
def test_what_is_signed_verifies_in_either_letter_case(body: bytes, secret: str) -> None:
    assert verify_signature(body, sign(body, secret), secret)
    assert verify_signature(body, sign(body, secret).upper(), secret)


@given(st.binary(max_size=60), st.text(max_size=70), st.text(max_size=20))
def test_nothing_else_verifies_and_nothing_raises(body: bytes, header: str, secret: str) -> None:
    assert verify_signature(body, header, secret) is (header.lower() == sign(body, secret))
    assert diagnose(body, header, secret)


@pytest.mark.parametrize("position", [0, len(BODY) // 2, len(BODY) - 1])
def test_one_bit_off_does_not_verify(position: int) -> None:
    changed = bytearray(BODY)
    changed[position] ^= 1
    assert not verify_signature(bytes(changed), sign(BODY, SECRET), SECRET)


def _mac(body: bytes, name: str = "sha256", key: bytes = SECRET.encode()) -> str:
    return hmac.digest(key, body, name).hex()


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        (f"sha256={MAC.hex()}", "has the prefix 'sha256='"),
        (f"v1,{MAC.hex()}", "has the prefix 'v1,'"),
        (f'"{MAC.hex()}"', "quotation marks"),
        (base64.b64encode(MAC).decode(), "base64 instead of hex"),
        (base64.urlsafe_b64encode(MAC).decode().rstrip("="), "base64 instead of hex"),
        (f"sha256={base64.b64encode(MAC).decode()}", "base64 instead of hex and has the prefix"),
        (base64.b64encode(MAC.hex().encode()).decode(), "base64 of its hex digits"),
        (MAC.hex()[:32], "cut short to 32 of 64"),
        (_mac(BODY, "sha1"), "SHA1 instead of SHA-256"),
        (_mac(BODY, "sha512"), "SHA512 instead of SHA-256"),
        (hashlib.sha256(BODY).hexdigest(), "without the secret"),
        (hashlib.sha256(SECRET.encode() + BODY).hexdigest(), "no HMAC"),
        (_mac(SECRET.encode(), key=BODY), "in each other's place"),
        (_mac(BODY + b"\n"), "and a line break"),
        (_mac(b""), "over an empty body"),
        (_mac(json.dumps(json.loads(BODY)).encode()), "written anew (with spaces, escaped to ASCII)"),
        (_mac(json.dumps(json.loads(BODY), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()),
         "written anew (without spaces, sorted)"),
        (_mac(BODY, key=b"another secret"), "matches neither this secret"),
        ("æøå", "matches neither this secret"),
    ],
)  # fmt: skip
def test_it_recognises_what_is_done_wrong_most(header: str, said: str) -> None:
    assert not verify_signature(BODY, header, SECRET)
    assert said in diagnose(BODY, header, SECRET)


def test_it_recognises_a_secret_that_was_decoded() -> None:
    secret = "00ff" * 8
    assert "decoded from hex" in diagnose(BODY, _mac(BODY, key=bytes.fromhex(secret)), secret)


def test_the_diagnosis_never_tells_the_right_signature() -> None:
    for header in ("", "wrong", MAC.hex()[:10], f"sha256={MAC.hex()[:20]}"):
        assert MAC.hex() not in diagnose(BODY, header, SECRET)


def test_only_json_is_written_anew() -> None:
    assert list(reserialised(b"not json")) == []
    assert b'{"a":1}' in {text for _, text in reserialised(b'{ "a" : 1 }')}
