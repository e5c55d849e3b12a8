"""What a key looks like."""

from __future__ import annotations

import hashlib
import string
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oneinvoice_fixtures.keys import key_text
from oneinvoice_impl.domain.keys import checksum, digest, is_key

BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY = key_text(1, "primary")

steady = settings(derandomize=True, deadline=None, max_examples=300)
bodies = st.text(BASE62, min_size=43, max_size=43)


@steady
@given(body=bodies)
def test_a_body_and_its_checksum_are_a_key(body: str) -> None:
    assert is_key(f"1iv_{body}{checksum(body)}")


@steady
@given(body=bodies)
def test_the_checksum_is_the_crc32_in_base_62(body: str) -> None:
    text = checksum(body)
    assert len(text) == 6
    number = 0
    for letter in text:
        number = number * 62 + BASE62.index(letter)
    assert number == zlib.crc32(body.encode())


@steady
@given(seed=st.integers(0, 2**31), name=st.text(max_size=20))
def test_the_fixtures_keys_are_keys(seed: int, name: str) -> None:
    assert is_key(key_text(seed, name))


@steady
@given(position=st.integers(4, 52), letter=st.sampled_from(BASE62))
def test_one_wrong_letter_is_noticed(position: int, letter: str) -> None:
    typo = KEY[:position] + letter + KEY[position + 1 :]
    assert is_key(typo) == (typo == KEY)


@steady
@given(text=st.text(max_size=80))
def test_other_text_is_no_key(text: str) -> None:
    assert not is_key(text)
    assert not is_key(f"1iv_{text}")


@pytest.mark.parametrize(
    "text",
    ["", "1iv_", KEY[:-1], f"{KEY}0", f" {KEY}", f"{KEY}\n", KEY.upper(), KEY.lower(), "1IV_" + KEY[4:], KEY[4:]],
)
def test_near_misses(text: str) -> None:
    assert is_key(KEY)
    assert not is_key(text)


def test_the_digest_is_sha_256() -> None:
    assert digest(KEY) == hashlib.sha256(KEY.encode("ascii")).hexdigest()
