import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oneinvoice_conformance.records import long_json
from oneinvoice_conformance.records.json_text import parse
from oneinvoice_conformance.records.long_json import KEPT, Beginning, Elements, parse_long

from tests.unit.conformance.records.test_finder import JSON, STEADY

RECORDS = [{"id": number, "name": "Åse 😀", "tags": [1, [2]]} for number in range(40)]


def all_of(text: bytes, *, is_cut: bool = False) -> object:
    """The value of a text, all elements kept."""
    return parse_long(io.BytesIO(text), lambda path: Elements(), is_cut=is_cut)


@pytest.fixture(params=[1, 2, 7, 100, 2**16], autouse=True)
def window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_json, "_WINDOW", request.param)


@STEADY
@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_a_value_is_what_it_is_when_read_at_once(value: object, indent: int | None, escaped: bool):
    text = json.dumps(value, indent=indent, ensure_ascii=escaped).encode()
    assert all_of(text) == parse(text)
    assert all_of(b"\xef\xbb\xbf \n" + text + b" \n") == value


@pytest.mark.parametrize(
    "text",
    [
        *(
            b"",
            b" ",
            b"[",
            b"[1,]",
            b"[1 2]",
            b"{",
            b'{"a"}',
            b'{"a":}',
            b'{"a":1,}',
            b"{1:2}",
            b"[1]]",
            b"1 2",
            b"nul",
        ),
        *(
            b"[NaN]",
            b"[-Infinity]",
            b'["\xff"]',
            b"[\xc3",
            b'{"a": ["x]',
            b"[" * 100_000,
            b'{"a":{"b":{"c":{"d":' + b"[" * 10**5,
        ),
    ],
)
def test_what_is_not_json_says_why(text: bytes):
    with pytest.raises(ValueError, match=r"\w"):
        all_of(text)
    with pytest.raises(ValueError, match=r"\w"):
        parse(text)


def test_wherever_a_text_is_cut_whole_elements_are_kept():
    text = json.dumps({"meta": {"total": 40}, "data": RECORDS, "end": [7]}, ensure_ascii=False).encode()
    for end in range(1, len(text)):
        value = all_of(text[:end], is_cut=True)
        assert isinstance(value, dict)
        data = value.get("data", Elements())
        assert data == RECORDS[: len(data)]
        assert data.is_cut is (0 < len(data) < len(RECORDS)) or len(data) in (0, len(RECORDS))


@pytest.mark.parametrize("text", [b"", b"  ", b'"abc', b"<html>", b"nul"])
def test_a_text_that_is_cut_before_anything_whole_came_holds_nothing(text: bytes):
    with pytest.raises(ValueError, match=r"\w"):
        all_of(text, is_cut=True)


def test_of_a_long_list_the_beginning_is_kept_and_the_rest_counted():
    text = json.dumps([[number] for number in range(3 * KEPT)]).encode()
    found = parse_long(io.BytesIO(text), lambda path: Beginning())
    assert found == [[number] for number in range(KEPT)]
    assert (found.total, found.is_cut, found.is_whole) == (3 * KEPT, False, False)
    assert found.holding([]).total == 3 * KEPT


def test_long_elements_are_kept_as_far_as_there_is_room():
    text = json.dumps(["x" * 2**20] * 9).encode()
    found = parse_long(io.BytesIO(text), lambda path: Beginning())
    assert (len(found), found.total, found.is_whole) == (5, 9, False)


def test_of_a_name_that_stands_twice_the_last_counts():
    text = b'{"data": [1], "data": [2]}'
    assert all_of(text) == parse(text) == {"data": [2]}
